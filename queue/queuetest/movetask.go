package queuetest

import (
	"net/http"
	"slices"
)

// A moveTask is a redrive of a dead-letter queue, which the fake does at once.
type moveTask struct {
	Source      string `json:"SourceArn"`
	Destination string `json:"DestinationArn,omitempty"`
	Status      string
	Rate        *int  `json:"MaxNumberOfMessagesPerSecond,omitempty"`
	Moved       int   `json:"ApproximateNumberOfMessagesMoved"`
	ToMove      int   `json:"ApproximateNumberOfMessagesToMove"`
	Started     int64 `json:"StartedTimestamp"`
}

func errResource(message string) *Error {
	return &Error{Code: "ResourceNotFoundException", Status: http.StatusNotFound, Message: message}
}

// startMessageMoveTask moves the visible messages of a dead-letter queue to the
// destination or, without one, to the queues that they came from. They become
// new messages:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html.
func (f *Fake) startMessageMoveTask(in *struct {
	SourceARN                    string `json:"SourceArn"`
	DestinationARN               string `json:"DestinationArn"`
	MaxNumberOfMessagesPerSecond *int
}) (any, error) {
	source := f.findARN(in.SourceARN)
	if source == nil {
		return nil, errResource("The resource that you specified for the SourceArn parameter doesn't exist.")
	}
	if !f.isDeadLetterQueue(source) {
		return nil, errValue("Source queue must be configured as a Dead Letter Queue.")
	}
	if in.DestinationARN != "" && f.findARN(in.DestinationARN) == nil {
		return nil, errResource("The resource that you specified for the DestinationArn parameter doesn't exist.")
	}
	now := f.now()
	task := moveTask{Source: in.SourceARN, Destination: in.DestinationARN, Status: "COMPLETED", Rate: in.MaxNumberOfMessagesPerSecond, Started: now.UnixMilli()}
	for _, m := range slices.Collect(source.live()) {
		target := in.DestinationARN
		if target == "" {
			target = m.source
		}
		if q := f.findARN(target); q != nil && !m.visible.After(now) {
			f.renew(source, q, m)
			task.Moved++
		}
	}
	task.ToMove = task.Moved
	f.moves = append(f.moves, task)
	f.wake()
	return map[string]string{"TaskHandle": f.nextID()}, nil
}

func (f *Fake) isDeadLetterQueue(q *queueState) bool {
	for _, other := range f.queues {
		if other.redrive != nil && other.redrive.target == q.arn {
			return true
		}
	}
	return false
}

// renew moves m from one queue to another as a message that was just sent.
func (f *Fake) renew(from, to *queueState, m *message) {
	now := f.now()
	from.remove(m)
	fresh := &message{
		id: f.nextID(), body: m.body, attributes: m.attributes, system: m.system, group: m.group, dedup: m.dedup,
		sent: now, visible: now.Add(to.delay),
	}
	fresh.serial = f.ids
	to.enqueue(fresh, now)
	to.bySerial[fresh.serial] = fresh
}

// listMessageMoveTasks answers the latest tasks of a queue, the newest first.
func (f *Fake) listMessageMoveTasks(in *struct {
	SourceARN  string `json:"SourceArn"`
	MaxResults *int
}) (any, error) {
	if f.findARN(in.SourceARN) == nil {
		return nil, errResource("The resource that you specified for the SourceArn parameter doesn't exist.")
	}
	limit, err := within("MaxResults", in.MaxResults, 1, 10, 1)
	if err != nil {
		return nil, err
	}
	results := []moveTask{}
	for _, task := range slices.Backward(f.moves) {
		if task.Source == in.SourceARN && len(results) < limit {
			results = append(results, task)
		}
	}
	return map[string]any{"Results": results}, nil
}

// cancelMessageMoveTask finds no task that still runs.
func (f *Fake) cancelMessageMoveTask(*struct{ TaskHandle string }) (any, error) {
	return nil, errResource("Only active tasks can be cancelled.")
}
