package dynamo

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A write is one write to one item, made ready to be sent on its own or within
// a transaction.
type write struct {
	core *core
	op   string // "create", "put", …
	key  Key    // for messages; that of a put is taken from value on demand

	value      reflect.Value                   // of a put: the caller's struct
	item       map[string]types.AttributeValue // of a put
	size       int                             // what item had in bytes when it was encoded, or more
	attributes map[string]types.AttributeValue // the key of the others
	statement

	expect  state
	version *types.AttributeValueMemberN // the version that expect is about, nil for none
	next    uint64                       // the version that follows
	clauses clauses                      // of an update
	old     any
}

// conditional tells whether w can fail because of the stored item.
func (w *write) conditional() bool { return w.condition != nil }

// fail wraps err with the operation and the item.
func (w *write) fail(err error) error { return w.core.fail(w.op, w.keyValues(), err) }

func (w *write) keyValues() Key {
	if w.key == nil && w.value.IsValid() {
		return w.core.key.keyOf(w.value)
	}
	return w.key
}

// stored writes the new version into the caller's struct, after a put.
func (w *write) stored() {
	if w.core.version == nil || !w.value.IsValid() {
		return
	}
	v := w.value.FieldByIndex(w.core.version.index)
	if v.CanInt() {
		v.SetInt(int64(w.next))
	} else {
		v.SetUint(w.next)
	}
}

// refused explains a condition that failed on current, nil for no item.
func (w *write) refused(current map[string]types.AttributeValue, answerLost bool) *ConditionError {
	if len(current) == 0 || w.core.expired(current) {
		current = nil
	}
	reason := ErrCondition
	switch {
	case w.expect == absent && current != nil:
		reason = ErrExists
		if w.op != opCreate {
			reason = ErrConflict
		}
	case (w.expect == present || w.expect == presentAtVersion) && current == nil:
		reason = ErrNotFound
	case w.version != nil && !w.isCurrent(current):
		reason = ErrConflict
	}
	return &ConditionError{Item: current, AnswerLost: answerLost, reason: reason}
}

// isCurrent tells whether current has the version that w expects.
func (w *write) isCurrent(current map[string]types.AttributeValue) bool {
	return current != nil && sameNumber(number(current[w.core.version.name]), w.version.Value)
}

// isNext tells whether current has the version after the one that w expects.
func (w *write) isNext(current map[string]types.AttributeValue) bool {
	return sameNumber(number(current[w.core.version.name]), numberOf(w.next).Value)
}

// The operations as errors name them.
const (
	opCreate = "create"
	opPut    = "put"
	opUpdate = "update"
	opDelete = "delete"
	opCheck  = "check"
)

// preparePut makes a put of the struct that value is.
func (c *core) preparePut(op string, value reflect.Value, options []WriteOption) (w write, err error) {
	w = write{core: c, op: op, value: value}
	o := writeOptionsOf(options)
	switch {
	case o.invalid != nil:
		return w, w.fail(o.invalid)
	case o.hasVersion:
		return w, w.fail(errors.New("IfVersion does not apply: the item has its version"))
	}
	w.old = o.old
	if err := w.encode(); err != nil {
		return w, w.fail(err)
	}
	if err := w.checkVersion(); err != nil {
		return w, w.fail(err)
	}
	if err := w.complete(); err != nil {
		return w, w.fail(err)
	}
	if w.statement, err = o.condition.statement(); err != nil {
		return w, w.fail(err)
	}
	c.require(&w.statement, w.expect, w.version)
	return w, nil
}

// encode makes the item of a put.
func (w *write) encode() (err error) {
	w.item, w.size, err = w.core.encodeStruct(w.value)
	return err
}

// checkVersion says what a put expects of the stored item, and puts the next
// version into the item that is sent. The caller's struct is left alone until
// the write is done.
func (w *write) checkVersion() error {
	if w.op == opCreate {
		w.expect = absent
	}
	f := w.core.version
	if f == nil {
		return nil
	}
	current, err := f.versionOf(w.value)
	if err != nil {
		return err
	}
	if w.op == opCreate {
		current = 0
	}
	w.next = current + 1
	if current == 0 {
		w.expect = absent
	} else {
		w.expect, w.version = atVersion, numberOf(current)
	}
	w.item[f.name] = numberOf(w.next)
	return nil
}

// versionOf returns the version in the struct v, which has a successor.
func (f *field) versionOf(v reflect.Value) (uint64, error) {
	fv := v.FieldByIndex(f.index)
	if fv.CanInt() {
		n := fv.Int()
		if n < 0 || fv.OverflowInt(n+1) || n+1 < 0 {
			return 0, fmt.Errorf("field %s: version %d cannot be increased", f.goName, n)
		}
		return uint64(n), nil
	}
	n := fv.Uint()
	if fv.OverflowUint(n+1) || n+1 == 0 {
		return 0, fmt.Errorf("field %s: version %d cannot be increased", f.goName, n)
	}
	return n, nil
}

// complete adds the keys to the item, drops a time to live that means
// "forever", and refuses what DynamoDB would.
func (w *write) complete() error {
	c, item := w.core, w.item
	if err := c.key.complete(item); err != nil {
		return err
	}
	for _, index := range c.indexes {
		if err := index.complete(item); err != nil {
			return err
		}
	}
	if c.ttl != nil {
		if at, ok := wholeSeconds(number(item[c.ttl.name])); !ok || at <= 0 {
			delete(item, c.ttl.name)
		}
	}
	if w.size < maxItemBytes-maxAddedBytes {
		return nil // no need to measure it again
	}
	if size := itemSize(item); size > maxItemBytes {
		return fmt.Errorf("%w: the item has %d bytes, the limit is %d", ErrTooLarge, size, maxItemBytes)
	}
	return nil
}

// maxAddedBytes is more than what the keys of a table and 25 indexes and a
// version can add to an item: 26 × (2,048 + 1,024 + two names of 255) + 277.
const maxAddedBytes = 100 << 10

// prepareKeyed makes a write that names its item by key. It expects a version
// if one is given, else what expect says.
func (c *core) prepareKeyed(op string, key Key, expect state, s statement, o *writeOptions) (w write, err error) {
	w = write{core: c, op: op, key: key, expect: expect, statement: s, old: o.old}
	if w.attributes, err = c.key.attributes(key); err != nil {
		return w, w.fail(err)
	}
	if o.invalid != nil {
		return w, w.fail(o.invalid)
	}
	if o.hasVersion {
		if c.version == nil {
			return w, w.fail(fmt.Errorf("IfVersion does not apply: %s has no version field", c.typ))
		}
		w.expect, w.version, w.next = presentAtVersion, numberOf(o.version), o.version+1
	}
	c.require(&w.statement, w.expect, w.version)
	return w, nil
}
