package queuetest

import "time"

// An attempt is one ReceiveMessage of a FIFO queue with a
// ReceiveRequestAttemptId, which gets the same messages again when its answer was
// lost:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html.
type attempt struct {
	at       time.Time
	messages []attemptedMessage
}

// attemptedMessage is a message as the attempt left it.
type attemptedMessage struct {
	*message
	issue   int
	visible time.Time
}

// attemptWindow is how long an attempt can be repeated.
const attemptWindow = 5 * time.Minute

// repeatAttempt returns the messages of an earlier attempt, invisible for
// another visibility timeout. There are none when it is too old, or when one of
// its messages was deleted, changed or received again.
func (q *queueState) repeatAttempt(id string, visibility time.Duration, now time.Time) []*message {
	old, ok := q.attempts[id]
	if !ok || now.Sub(old.at) >= attemptWindow {
		return nil
	}
	for _, a := range old.messages {
		if a.gone || a.issued != a.issue || !a.message.visible.Equal(a.visible) || !a.inFlight(now) {
			return nil
		}
	}
	var again []*message
	for i := range old.messages {
		a := &old.messages[i]
		a.message.visible = now.Add(visibility)
		a.visible = a.message.visible
		again = append(again, a.message)
	}
	return again
}

// noteAttempt remembers the messages of an attempt, and forgets those that are
// too old.
func (q *queueState) noteAttempt(id string, messages []*message, now time.Time) {
	for old, a := range q.attempts {
		if now.Sub(a.at) >= attemptWindow {
			delete(q.attempts, old)
		}
	}
	a := attempt{at: now}
	for _, m := range messages {
		a.messages = append(a.messages, attemptedMessage{m, m.issued, m.visible})
	}
	q.attempts[id] = a
}
