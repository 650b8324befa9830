package queuetest

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-thaw/thaw/internal/awsfake"
)

func (f *Fake) operations() map[string]awsfake.Operation {
	return map[string]awsfake.Operation{
		"CreateQueue":                  operation(f, (*Fake).createQueue),
		"GetQueueUrl":                  operation(f, (*Fake).getQueueURL),
		"GetQueueAttributes":           operation(f, (*Fake).getQueueAttributes),
		"SetQueueAttributes":           operation(f, (*Fake).setQueueAttributes),
		"ListQueues":                   operation(f, (*Fake).listQueues),
		"ListDeadLetterSourceQueues":   operation(f, (*Fake).listDeadLetterSourceQueues),
		"DeleteQueue":                  operation(f, (*Fake).deleteQueue),
		"PurgeQueue":                   operation(f, (*Fake).purgeQueue),
		"TagQueue":                     operation(f, (*Fake).tagQueue),
		"UntagQueue":                   operation(f, (*Fake).untagQueue),
		"ListQueueTags":                operation(f, (*Fake).listQueueTags),
		"AddPermission":                operation(f, (*Fake).addPermission),
		"RemovePermission":             operation(f, (*Fake).removePermission),
		"SendMessage":                  operation(f, (*Fake).sendMessage),
		"SendMessageBatch":             operation(f, (*Fake).sendMessageBatch),
		"DeleteMessage":                operation(f, (*Fake).deleteMessage),
		"DeleteMessageBatch":           operation(f, (*Fake).deleteMessageBatch),
		"ChangeMessageVisibility":      operation(f, (*Fake).changeMessageVisibility),
		"ChangeMessageVisibilityBatch": operation(f, (*Fake).changeMessageVisibilityBatch),
		"ReceiveMessage":               f.receiveMessage,
		"StartMessageMoveTask":         operation(f, (*Fake).startMessageMoveTask),
		"ListMessageMoveTasks":         operation(f, (*Fake).listMessageMoveTasks),
		"CancelMessageMoveTask":        operation(f, (*Fake).cancelMessageMoveTask),
	}
}

// operation makes an operation of a method that runs with the fake's lock held.
func operation[In any](f *Fake, run func(*Fake, *In) (any, error)) awsfake.Operation {
	return func(_ context.Context, input []byte) (any, error) {
		in, err := decode[In](input)
		if err != nil {
			return nil, err
		}
		f.lock()
		defer f.mu.Unlock()
		return run(f, in)
	}
}

func decode[In any](input []byte) (*In, error) {
	in := new(In)
	if err := json.Unmarshal(input, in); err != nil {
		return nil, &Error{Code: "SerializationException", Message: err.Error()}
	}
	return in, nil
}

type queueInput struct {
	QueueURL string `json:"QueueUrl"`
}

func (f *Fake) createQueue(in *struct {
	QueueName  string
	Attributes map[string]string
	Tags       map[string]string `json:"tags"`
}) (any, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	q, err := f.create(in.QueueName, in.Attributes)
	if err != nil {
		return nil, err
	}
	maps.Copy(q.tags, in.Tags)
	return map[string]string{"QueueUrl": q.url}, nil
}

func (f *Fake) getQueueURL(in *struct {
	QueueName              string
	QueueOwnerAWSAccountID string `json:"QueueOwnerAWSAccountId"`
}) (any, error) {
	q := f.queues[in.QueueName]
	if q == nil || in.QueueOwnerAWSAccountID != "" && in.QueueOwnerAWSAccountID != awsfake.Account {
		return nil, errNoQueue()
	}
	return map[string]string{"QueueUrl": q.url}, nil
}

func (f *Fake) getQueueAttributes(in *struct {
	queueInput
	AttributeNames []string
}) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := checkNames(in.AttributeNames, queueAttributeNames); err != nil {
		return nil, err
	}
	all := q.allAttributes(f.now())
	if !slices.Contains(in.AttributeNames, "All") {
		maps.DeleteFunc(all, func(name, _ string) bool { return !slices.Contains(in.AttributeNames, name) })
	}
	return map[string]any{"Attributes": all}, nil
}

func (f *Fake) setQueueAttributes(in *struct {
	queueInput
	Attributes map[string]string
}) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if _, ok := in.Attributes["FifoQueue"]; ok {
		return nil, &Error{Code: "InvalidAttributeName", Message: "Unknown Attribute FifoQueue."}
	}
	return nil, f.configure(q, in.Attributes)
}

func (f *Fake) listQueues(in *struct {
	QueueNamePrefix string
	MaxResults      *int
	NextToken       string
}) (any, error) {
	limit, err := within("MaxResults", in.MaxResults, 1, 1000, 0)
	if err != nil {
		return nil, err
	}
	urls, next := f.page(in.NextToken, limit, func(q *queueState) bool { return strings.HasPrefix(q.name, in.QueueNamePrefix) })
	return struct {
		QueueURLs []string `json:"QueueUrls,omitempty"`
		NextToken string   `json:",omitempty"`
	}{urls, next}, nil
}

func (f *Fake) listDeadLetterSourceQueues(in *struct {
	queueInput
	MaxResults *int
	NextToken  string
}) (any, error) {
	target, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	limit, err := within("MaxResults", in.MaxResults, 1, 1000, 0)
	if err != nil {
		return nil, err
	}
	urls, next := f.page(in.NextToken, limit, func(q *queueState) bool { return q.redrive != nil && q.redrive.target == target.arn })
	return struct {
		QueueURLs []string `json:"queueUrls"`
		NextToken string   `json:",omitempty"`
	}{urls, next}, nil
}

// page returns the URLs of up to limit (1,000 when it is 0) queues after the one
// named by token, and the token of the next page.
func (f *Fake) page(token string, limit int, include func(*queueState) bool) (urls []string, next string) {
	urls = []string{}
	paged := limit > 0
	if !paged {
		limit = 1000
	}
	last := ""
	for _, name := range slices.Sorted(maps.Keys(f.queues)) {
		if name <= token || !include(f.queues[name]) {
			continue
		}
		if len(urls) == limit {
			if paged { // SQS sends a token only to those who asked for pages
				next = last
			}
			break
		}
		urls, last = append(urls, f.queues[name].url), name
	}
	return urls, next
}

func (f *Fake) deleteQueue(in *queueInput) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	delete(f.queues, q.name)
	f.deleted[q.name] = f.now()
	f.wake()
	return nil, nil
}

func (f *Fake) purgeQueue(in *queueInput) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	now := f.now()
	if !q.purged.IsZero() && now.Sub(q.purged) < time.Minute {
		e := refuse("PurgeQueueInProgress", "Only one PurgeQueue operation on %s is allowed every 60 seconds.", q.name)
		e.Status = http.StatusForbidden
		return nil, e
	}
	q.purged = now
	for _, m := range q.messages {
		q.remove(m)
	}
	f.wake()
	return nil, nil
}
