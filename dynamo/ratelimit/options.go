package ratelimit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Options configure a [Limiter]. The zero value and nil are the defaults.
type Options struct {
	// Name tells this limit from others in the same table, and is the policy's
	// name in the fields of [Limiter.Middleware]: printable ASCII without
	// quotes, backslashes and "#". Default: "default".
	Name string
	// Partition is the name of the table's partition key, a string. Default:
	// "id".
	Partition string
	// Sort is the name of the table's sort key, a string, whose value is then
	// "LIMIT". Default: the table has none.
	Sort string
	// Expires is the attribute that says when an item has become useless, in
	// seconds since 1970. Enable time to live on it. Default: "expires".
	Expires string

	// Batch is the largest number of tokens that one request takes, though never
	// more than a quarter of those that are there. What the caller does not use
	// stays in the process for Hold, so that most decisions need no request.
	// Default: 1, every decision to allow costs a request.
	Batch int
	// Hold is how long the tokens of a batch may be used. Default: a second;
	// nothing is held when Batch is 1.
	Hold time.Duration

	// Timeout bounds a decision's requests, with all the SDK's attempts.
	// Default: a second.
	Timeout time.Duration
	// Skew is by how much two clocks may differ, see the package's doc. Default:
	// 100 ms.
	Skew time.Duration

	// Failure says what to do when the table does not answer. Default:
	// [FailClosed].
	Failure Failure
	// OnError is called with every such failure, on the caller's goroutine.
	// Default: nothing.
	OnError func(context.Context, *StoreError)

	// Keys is how many keys are remembered in the process. Default: 10,000,
	// about 2 MB.
	Keys int
	// Now is the clock. Default: [time.Now].
	Now func() time.Time
}

// withDefaults returns a copy of o, filled in and checked.
func (o *Options) withDefaults(limit *Limit) (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	c.Name = cmp.Or(c.Name, "default")
	c.Partition = cmp.Or(c.Partition, "id")
	c.Expires = cmp.Or(c.Expires, "expires")
	c.Batch = cmp.Or(c.Batch, 1)
	c.Hold = cmp.Or(c.Hold, time.Second)
	c.Timeout = cmp.Or(c.Timeout, time.Second)
	c.Skew = cmp.Or(c.Skew, 100*time.Millisecond)
	c.Keys = cmp.Or(c.Keys, 10_000)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, c.validate(limit)
}

func (o *Options) validate(limit *Limit) error {
	for _, c := range []byte(o.Name) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '#' {
			return fmt.Errorf("Options.Name: must be printable ASCII without \", \\ and #, got %q", o.Name)
		}
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"Hold", o.Hold}, {"Timeout", o.Timeout}, {"Skew", o.Skew}} {
		if d.value < 0 || d.value > maxFill {
			return fmt.Errorf("%s: must not be negative or above %v, got %v", "Options."+d.name, maxFill, d.value)
		}
	}
	switch {
	case o.Batch < 1 || o.Batch > limit.Burst:
		return fmt.Errorf("Options.Batch: must be from 1 to the burst of %d, got %d", limit.Burst, o.Batch)
	case o.Keys < 1:
		return fmt.Errorf("Options.Keys: must be at least 1, got %d", o.Keys)
	case o.Failure < FailClosed || o.Failure > FailLocal:
		return fmt.Errorf("Options.Failure: unknown value %d", o.Failure)
	case o.Partition == o.Sort || o.Partition == o.Expires || o.Sort == o.Expires:
		return errors.New("Options.Partition, Sort and Expires: must be different attributes")
	}
	for _, name := range []string{o.Partition, o.Sort, o.Expires} {
		if name == slots[0] || name == slots[1] || name == writer {
			return fmt.Errorf("Options: the attribute %q is the limiter's own", name)
		}
	}
	return nil
}
