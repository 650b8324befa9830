package queuetest

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

type receiveInput struct {
	queueInput
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
	ReceiveRequestAttemptID     string `json:"ReceiveRequestAttemptId"`
}

// receiveMessage is the one operation that waits, and so takes the lock by
// itself.
func (f *Fake) receiveMessage(ctx context.Context, input []byte) (any, error) {
	in, err := decode[receiveInput](input)
	if err != nil {
		return nil, err
	}
	var over <-chan time.Time // a timer's, so that a clock that stands still cannot make the poll endless
	for {
		out, wait, changed, err := f.receive(in)
		if err != nil || len(out) > 0 || wait.poll == 0 {
			return map[string]any{"Messages": out}, err
		}
		if over == nil {
			timer := time.NewTimer(wait.poll)
			defer timer.Stop()
			over = timer.C
		}
		next, stop := after(wait.next)
		select {
		case <-changed:
		case <-next:
		case <-over:
			stop()
			return map[string]any{}, nil
		case <-ctx.Done():
			stop()
			return nil, ctx.Err()
		}
		stop()
	}
}

// waiting says how long a receive waits: poll in all, next until a message
// becomes visible, 0 when none will by itself.
type waiting struct{ poll, next time.Duration }

// after returns a channel that delivers after d, never when d is 0.
func after(d time.Duration) (c <-chan time.Time, stop func()) {
	if d == 0 {
		return nil, func() {}
	}
	timer := time.NewTimer(d)
	return timer.C, func() { timer.Stop() }
}

func (f *Fake) receive(in *receiveInput) (out []receivedMessage, wait waiting, changed <-chan struct{}, err error) {
	f.lock()
	defer f.mu.Unlock()
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, wait, nil, err
	}
	for _, names := range [][]string{in.AttributeNames, in.MessageSystemAttributeNames} {
		if err := checkNames(names, messageAttributeNames); err != nil {
			return nil, wait, nil, err
		}
	}
	limit, err := within("MaxNumberOfMessages", in.MaxNumberOfMessages, 1, 10, 1)
	if err != nil {
		return nil, wait, nil, err
	}
	visibility, err := within("VisibilityTimeout", in.VisibilityTimeout, 0, 43_200, int(q.visibility/time.Second))
	if err != nil {
		return nil, wait, nil, err
	}
	poll, err := within("WaitTimeSeconds", in.WaitTimeSeconds, 0, 20, int(q.wait/time.Second))
	if err != nil {
		return nil, wait, nil, err
	}
	wait.poll = time.Duration(poll) * time.Second
	messages, err := f.takeFor(q, in, limit, time.Duration(visibility)*time.Second, wait.poll > 0)
	if err != nil {
		return nil, wait, nil, err
	}
	for _, m := range messages {
		out = append(out, in.show(q, m))
	}
	now := f.now()
	if next := f.nextChange(q, now); !next.IsZero() {
		wait.next = max(next.Sub(now), minWait)
	}
	return out, wait, f.changed, nil
}

// takeFor receives messages for one request, those of its earlier attempt if
// there are.
func (f *Fake) takeFor(q *queueState, in *receiveInput, limit int, visibility time.Duration, long bool) ([]*message, error) {
	id, now := in.ReceiveRequestAttemptID, f.now()
	if id != "" {
		if !q.fifo {
			return nil, errValue("Value %s for parameter ReceiveRequestAttemptId is invalid. Reason: The request include parameter that is not valid for this queue type.", id)
		}
		if !identifier.MatchString(id) {
			return nil, errValue("ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.")
		}
		if again := q.repeatAttempt(id, visibility, now); again != nil {
			return again, nil
		}
	}
	if !q.fifo && !long && f.roomInFlight(q) == 0 {
		return nil, &Error{Code: "OverLimit", Status: http.StatusForbidden, Message: fmt.Sprintf("Too many messages in flight for queue %s.", q.name)}
	}
	messages := f.take(q, limit, visibility, nil)
	if id != "" && len(messages) > 0 {
		q.noteAttempt(id, messages, now)
	}
	return messages, nil
}

// roomInFlight returns how many messages more may be in flight.
func (f *Fake) roomInFlight(q *queueState) int {
	if len(q.bySerial) <= f.maxInFlight { // without counting
		return f.maxInFlight
	}
	return max(f.maxInFlight-q.counts(f.now()).InFlight, 0)
}

// nextChange returns when a message of q can be received without anything else
// happening, zero when none can.
func (f *Fake) nextChange(q *queueState, now time.Time) time.Time {
	next, moved := q.nextVisible(now), f.nextMove()
	if next.IsZero() || !moved.IsZero() && moved.Before(next) {
		return moved
	}
	return next
}

// minWait keeps a clock that is stepped by hand, and has stopped just before a
// message becomes visible, from making a loop of a wait.
const minWait = time.Millisecond

func within(name string, value *int, low, high, byDefault int) (int, error) {
	if value == nil {
		return byDefault, nil
	}
	if *value < low || *value > high {
		return 0, errValue("Value %d for parameter %s is invalid. Reason: Must be between %d and %d, if provided.", *value, name, low, high)
	}
	return *value, nil
}
