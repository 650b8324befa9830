package outbox

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/go-thaw/thaw/dynamo"
)

var (
	state  = expression.Name("outbox")
	due    = expression.Name("outbox_due")
	reason = expression.Name("reason")
)

// mark notes that i was sent: out of the index, and gone after a while. Whoever
// else did it before has not taken anything away.
func (o *Outbox) mark(ctx context.Context, i *item) error {
	if o.options.Keep < 0 {
		err := o.events.Delete(ctx, i.key())
		return unless(err, dynamo.ErrNotFound)
	}
	now := o.options.Now()
	update := expression.Remove(state).Remove(due).Remove(reason).
		Set(expression.Name("sent"), expression.Value(now.UnixMilli())).
		Set(expression.Name("expires"), expression.Value(now.Add(o.options.Keep).Unix()))
	_, err := o.events.Update(ctx, i.key(), update, dynamo.If(expression.AttributeExists(state)))
	return unless(err, dynamo.ErrNotFound, dynamo.ErrCondition)
}

// park puts i aside, unless somebody else has sent it.
func (o *Outbox) park(ctx context.Context, i *item, why error) error {
	update := expression.Set(state, expression.Value(parked)).
		Set(due, expression.Value(o.options.Now().UnixMilli())).
		Set(reason, expression.Value(why.Error()))
	_, err := o.events.Update(ctx, i.key(), update, dynamo.If(state.Equal(expression.Value(i.State))))
	if err == nil && o.options.OnParked != nil {
		o.options.OnParked(ctx, Parked{Event: i.event(), Time: o.options.Now(), Reason: why.Error(), key: i.key()})
	}
	return unless(err, dynamo.ErrNotFound, dynamo.ErrCondition)
}

// unless returns err if it is none of those.
func unless(err error, those ...error) error {
	for _, one := range those {
		if errors.Is(err, one) {
			return nil
		}
	}
	return err
}

// A Parked event could not be published. It stays until [Outbox.Requeue] or
// [Outbox.Discard].
type Parked struct {
	Event Event
	// Time is when it was parked and Reason why: the error's text.
	Time   time.Time
	Reason string

	key dynamo.Key
}

// Parked yields the events that are parked, the longest first. After an error,
// which comes with a zero event, it ends. It reads an index, which may be a
// moment behind.
func (o *Outbox) Parked(ctx context.Context) iter.Seq2[Parked, error] {
	return func(yield func(Parked, error) bool) {
		for i, err := range o.events.Query(ctx, dynamo.Query{Index: index, Partition: dynamo.Key{parked}}) {
			if err != nil {
				yield(Parked{}, err)
				return
			}
			if !yield(Parked{Event: i.event(), Time: time.UnixMilli(i.Due), Reason: i.Reason, key: i.key()}, nil) {
				return
			}
		}
	}
}

// Requeue has a parked event published again, in its place: through the stream
// at once, or by the next sweep. An event that is not parked is left alone.
func (o *Outbox) Requeue(ctx context.Context, p Parked) error {
	key, _ := p.key[0].(string)
	update := expression.Set(state, expression.Value(o.stateOf(key))).
		Set(due, expression.Value(o.options.Now().UnixMilli())).
		Remove(reason)
	_, err := o.events.Update(ctx, p.key, update, dynamo.If(state.Equal(expression.Value(parked))))
	return unless(err, dynamo.ErrNotFound, dynamo.ErrCondition)
}

// Discard deletes a parked event. One that is not parked is left alone.
func (o *Outbox) Discard(ctx context.Context, p Parked) error {
	err := o.events.Delete(ctx, p.key, dynamo.If(state.Equal(expression.Value(parked))))
	return unless(err, dynamo.ErrNotFound, dynamo.ErrCondition)
}
