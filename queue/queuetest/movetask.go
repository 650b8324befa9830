package queuetest

import (
	"net/http"
	"slices"
	"time"
)

// A moveTask is a redrive of a dead-letter queue. Without a rate it is done as
// soon as it starts; with one, what is due is moved whenever the fake is looked
// at.
type moveTask struct {
	Handle      string `json:"TaskHandle,omitempty"`
	Source      string `json:"SourceArn"`
	Destination string `json:"DestinationArn,omitempty"`
	Status      string
	Rate        int   `json:"MaxNumberOfMessagesPerSecond,omitempty"`
	Moved       int   `json:"ApproximateNumberOfMessagesMoved"`
	ToMove      int   `json:"ApproximateNumberOfMessagesToMove"`
	Started     int64 `json:"StartedTimestamp"`

	start time.Time
}

const (
	moveRunning   = "RUNNING"
	moveCompleted = "COMPLETED"
	moveCancelled = "CANCELLED"
)

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
	rate, err := within("MaxNumberOfMessagesPerSecond", in.MaxNumberOfMessagesPerSecond, 1, 500, 0)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(f.moves, func(t *moveTask) bool { return t.Source == in.SourceARN && t.Status == moveRunning }) {
		return nil, errValue("There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
	}
	now := f.now()
	task := &moveTask{Handle: f.nextID(), Source: in.SourceARN, Destination: in.DestinationARN, Status: moveRunning, Rate: rate, Started: now.UnixMilli(), start: now}
	for m := range source.live() {
		if f.targetOf(task, m) != nil && !m.visible.After(now) {
			task.ToMove++
		}
	}
	f.moves = append(f.moves, task)
	f.move(task, now)
	f.wake()
	return map[string]string{"TaskHandle": task.Handle}, nil
}

func (f *Fake) isDeadLetterQueue(q *queueState) bool {
	for _, other := range f.queues {
		if other.redrive != nil && other.redrive.target == q.arn {
			return true
		}
	}
	return false
}

// targetOf returns the queue to which task moves m, nil when there is none.
func (f *Fake) targetOf(task *moveTask, m *message) *queueState {
	if task.Destination != "" {
		return f.findARN(task.Destination)
	}
	return f.findARN(m.source)
}

// move moves what task should have moved by now.
func (f *Fake) move(task *moveTask, now time.Time) {
	due := task.ToMove
	if task.Rate > 0 {
		due = min(due, int(now.Sub(task.start).Seconds()*float64(task.Rate)))
	}
	source := f.findARN(task.Source)
	left := source != nil
	if left && task.Moved < due {
		left = f.moveMessages(task, source, due, now)
	}
	if !left || task.Moved == task.ToMove {
		task.Status, task.Handle = moveCompleted, ""
	}
}

// moveMessages moves messages until due of them are, and tells whether there may
// be more.
func (f *Fake) moveMessages(task *moveTask, source *queueState, due int, now time.Time) (more bool) {
	for _, m := range slices.Collect(source.live()) {
		if task.Moved == due {
			return true
		}
		if target := f.targetOf(task, m); target != nil && !m.visible.After(now) {
			f.renew(source, target, m)
			task.Moved++
		}
	}
	f.wake()
	return false
}

// moveDue goes on with the tasks that run.
func (f *Fake) moveDue() {
	for _, task := range f.moves {
		if task.Status == moveRunning {
			f.move(task, f.now())
		}
	}
}

// nextMove returns when a task that runs has something to move again, zero when
// none runs.
func (f *Fake) nextMove() (next time.Time) {
	for _, task := range f.moves {
		if task.Status != moveRunning {
			continue
		}
		at := task.start.Add(time.Duration(float64(task.Moved+1) / float64(task.Rate) * float64(time.Second)))
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
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
			results = append(results, *task)
		}
	}
	return map[string]any{"Results": results}, nil
}

// cancelMessageMoveTask ends a task that runs; what it has moved stays moved.
func (f *Fake) cancelMessageMoveTask(in *struct{ TaskHandle string }) (any, error) {
	for _, task := range f.moves {
		if task.Status == moveRunning && task.Handle == in.TaskHandle {
			task.Status, task.Handle = moveCancelled, ""
			return map[string]int{"ApproximateNumberOfMessagesMoved": task.Moved}, nil
		}
	}
	return nil, errResource("The resource that you specified for the TaskHandle parameter doesn't exist, or its task is not active.")
}
