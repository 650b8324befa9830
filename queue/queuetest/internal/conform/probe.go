// Package conform has the rules of SQS as requests and what they are answered.
package conform

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// A Rule is one rule of SQS, and Source is where AWS documents it.
type Rule struct {
	Name, Text, Source string
	Check              func(*Probe)
}

// Run checks the rule on the server that the client talks to.
func (r *Rule) Run(ctx context.Context, client *sqs.Client) (err error) {
	p := &Probe{ctx: ctx, client: client}
	defer func() {
		if failure, ok := recover().(broken); ok {
			err = errors.New(string(failure))
		}
		for _, url := range p.queues {
			_, _ = client.DeleteQueue(context.WithoutCancel(ctx), &sqs.DeleteQueueInput{QueueUrl: &url}) // what is left does no harm
		}
	}()
	r.Check(p)
	return nil
}

// broken ends a check.
type broken string

// A Probe makes the requests of one check. Its methods end the check when an
// answer is not the one that they expect.
type Probe struct {
	ctx    context.Context //nolint:containedctx // lives as long as the check
	client *sqs.Client
	queues []string
}

func (p *Probe) fail(format string, args ...any) { panic(broken(fmt.Sprintf(format, args...))) }

// want ends the check unless ok.
func (p *Probe) want(ok bool, format string, args ...any) {
	if !ok {
		p.fail(format, args...)
	}
}

func (p *Probe) succeed(operation string, err error) {
	if err != nil {
		p.fail("%s: %v", operation, err)
	}
}

// refuse ends the check unless err has one of the codes.
func (p *Probe) refuse(operation string, err error, codes ...string) {
	var answer smithy.APIError
	switch {
	case err == nil:
		p.fail("%s: succeeds, want one of %q", operation, codes)
	case !errors.As(err, &answer):
		p.fail("%s: %v, want one of %q", operation, err, codes)
	case !slices.Contains(codes, code(answer)):
		p.fail("%s: %v, want one of %q", operation, err, codes)
	}
}

// code returns the code of an error without what surrounds it. SQS has two names
// for some: that of its JSON protocol, and that of the query protocol before it,
// which its answers carry in x-amzn-query-error and the SDKs show.
func code(answer smithy.APIError) string {
	text := answer.ErrorCode()
	text = strings.TrimPrefix(text[strings.LastIndexByte(text, '#')+1:], legacy)
	switch text {
	case "QueueDoesNotExist":
		return noQueue
	case "QueueNameExists":
		return "QueueAlreadyExists"
	}
	return strings.TrimSuffix(text, "Exception")
}

// legacy begins many codes of the query protocol.
const legacy = "AWS.SimpleQueueService."

// name returns the name of a queue that nobody else uses.
func (p *Probe) name() string {
	return "thaw-conformance-" + strings.ToLower(rand.Text()[:16])
}

// queue creates a queue; pairs are attributes. FifoQueue makes it a FIFO queue.
func (p *Probe) queue(pairs ...string) (url string) {
	in := &sqs.CreateQueueInput{QueueName: aws.String(p.name()), Attributes: attributes(pairs)}
	if in.Attributes["FifoQueue"] != "" {
		*in.QueueName += ".fifo"
	}
	out, err := p.client.CreateQueue(p.ctx, in)
	p.succeed("CreateQueue", err)
	p.queues = append(p.queues, *out.QueueUrl)
	return *out.QueueUrl
}

func attributes(pairs []string) map[string]string {
	all := make(map[string]string)
	for pair := range slices.Chunk(pairs, 2) {
		all[pair[0]] = pair[1]
	}
	return all
}

// attribute returns one attribute of a queue.
func (p *Probe) attribute(url string, name types.QueueAttributeName) string {
	out, err := p.client.GetQueueAttributes(p.ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{name}})
	p.succeed("GetQueueAttributes", err)
	return out.Attributes[string(name)]
}

// redriving creates a queue with a dead-letter queue that takes messages after
// one receive.
func (p *Probe) redriving(pairs ...string) (url, dead string) {
	dead = p.queue(pairs...)
	policy := fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"1"}`, p.attribute(dead, types.QueueAttributeNameQueueArn))
	return p.queue(append(pairs, "RedrivePolicy", policy)...), dead
}

// trySend sends a message; change may be nil.
func (p *Probe) trySend(url, body string, change func(*sqs.SendMessageInput)) (*sqs.SendMessageOutput, error) {
	in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}
	if change != nil {
		change(in)
	}
	return p.client.SendMessage(p.ctx, in)
}

func (p *Probe) send(url, body string) *sqs.SendMessageOutput {
	out, err := p.trySend(url, body, nil)
	p.succeed("SendMessage", err)
	return out
}

// sendTo sends a message to a group of a FIFO queue.
func (p *Probe) sendTo(url, group, dedup, body string) *sqs.SendMessageOutput {
	out, err := p.trySend(url, body, ordered(group, dedup))
	p.succeed("SendMessage", err)
	return out
}

func ordered(group, dedup string) func(*sqs.SendMessageInput) {
	return func(in *sqs.SendMessageInput) {
		if group != "" {
			in.MessageGroupId = &group
		}
		if dedup != "" {
			in.MessageDeduplicationId = &dedup
		}
	}
}

func entry(id, body string) types.SendMessageBatchRequestEntry {
	return types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body}
}

func (p *Probe) trySendBatch(url string, entries ...types.SendMessageBatchRequestEntry) (*sqs.SendMessageBatchOutput, error) {
	return p.client.SendMessageBatch(p.ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries})
}

// receive receives up to ten messages with everything that there is to know. It
// waits up to two seconds for the first one.
func (p *Probe) receive(url string, change func(*sqs.ReceiveMessageInput)) []types.Message {
	in := &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 2,
		MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	}
	if change != nil {
		change(in)
	}
	out, err := p.client.ReceiveMessage(p.ctx, in)
	p.succeed("ReceiveMessage", err)
	return out.Messages
}

// now receives what is visible now.
func (p *Probe) now(url string) []types.Message {
	return p.receive(url, func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 0 })
}

// bodies ends the check unless the messages have the bodies, in their order.
func (p *Probe) bodies(got []types.Message, want ...string) {
	var bodies []string
	for _, m := range got {
		bodies = append(bodies, *m.Body)
	}
	p.want(slices.Equal(bodies, want), "ReceiveMessage: got %q, want %q", bodies, want)
}

// one receives the one message there is.
func (p *Probe) one(url, body string) types.Message {
	got := p.receive(url, nil)
	p.bodies(got, body)
	return got[0]
}

func (p *Probe) delete(url string, messages ...types.Message) {
	for _, m := range messages {
		_, err := p.client.DeleteMessage(p.ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
		p.succeed("DeleteMessage", err)
	}
}

func (p *Probe) changeVisibility(url string, m types.Message, seconds int32) error {
	_, err := p.client.ChangeMessageVisibility(p.ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: seconds})
	return err
}

// wait lets time pass.
func (p *Probe) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-p.ctx.Done():
		p.fail("%v", p.ctx.Err())
	}
}
