package eventstest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A DeadLetter is an event that could not be delivered.
type DeadLetter struct {
	// Body is the event, or the payload made of it.
	Body []byte
	// Attributes say why: RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE,
	// EXHAUSTED_RETRY_CONDITION and RETRY_ATTEMPTS, the attributes of the
	// message that EventBridge sends to the dead-letter queue. See
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html.
	Attributes map[string]string
}

// A State is where a delivery stands.
type State string

// The states of a delivery.
const (
	Pending      State = "pending"
	Delivered    State = "delivered"
	DeadLettered State = "dead-lettered"
	Dropped      State = "dropped"
)

// A Delivery is what became of one event at one target.
type Delivery struct {
	// Bus, Rule and Target (its ID) say where it goes.
	Bus, Rule, Target string
	// EventID is the envelope id of the event, Payload what the target gets.
	EventID string
	Payload []byte
	// State is where it stands; Due is when it is tried next while it is
	// pending.
	State State
	Due   time.Time
	// Attempts are the attempts so far.
	Attempts []Attempt
}

// An Attempt is one call of a target.
type Attempt struct {
	// Time is when it was made.
	Time time.Time
	// Err is the target's error, nil for success.
	Err error
}

type delivery struct {
	Delivery
	target  *target
	ruleARN string
	created time.Time
	running bool
}

func (d *delivery) letter(exhausted string) DeadLetter {
	last := d.Attempts[len(d.Attempts)-1].Err
	code := "SDK_CLIENT_ERROR"
	if errors.Is(last, errNotConnected) {
		code = "NO_RESOURCE"
	}
	attributes := map[string]string{
		"RULE_ARN":       d.ruleARN,
		"TARGET_ARN":     d.target.ARN,
		"ERROR_CODE":     code,
		"ERROR_MESSAGE":  last.Error(),
		"RETRY_ATTEMPTS": strconv.Itoa(len(d.Attempts) - 1),
	}
	if code != "NO_RESOURCE" {
		attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted
	}
	return DeadLetter{Body: d.Payload, Attributes: attributes}
}

// Deliveries returns the deliveries of a rule in the order in which they came
// up, of all rules when rule is empty.
func (f *Fake) Deliveries(rule string) []Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Delivery
	for _, d := range f.deliveries {
		if rule == "" || d.Rule == rule {
			copied := d.Delivery
			copied.Attempts = slices.Clone(d.Attempts)
			out = append(out, copied)
		}
	}
	return out
}

// Redeliver queues the deliveries of an event once more, as EventBridge may do
// at any time, and returns how many there are. It panics when there are none.
func (f *Fake) Redeliver(eventID string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, d := range slices.Clone(f.deliveries) {
		if d.EventID == eventID {
			again := &delivery{Delivery: d.Delivery, target: d.target, ruleARN: d.ruleARN}
			again.Attempts = nil
			f.enqueue(again)
			n++
		}
	}
	if n == 0 {
		panic(fmt.Sprintf("eventstest: Redeliver: the event %s had no delivery", eventID))
	}
	return n
}
