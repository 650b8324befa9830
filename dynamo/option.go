package dynamo

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
)

// A WriteOption changes one write. Those that do not apply to an operation make
// it fail before anything is sent.
type WriteOption func(*writeOptions)

type writeOptions struct {
	condition  *condition // nil for none
	version    uint64
	hasVersion bool
	old        any
	invalid    error
}

func writeOptionsOf(options []WriteOption) (o writeOptions) {
	for _, option := range options {
		option(&o)
	}
	return o
}

// If makes a write depend on cond, which sees the stored item. When it does not
// hold, the write fails with a [*ConditionError] that carries the stored item.
// Several conditions must all hold.
//
// The option may be kept and used for any number of writes, also at the same
// time; its condition is then built only once.
//
//	var ifOpen = dynamo.If(expression.Name("status").Equal(expression.Value("open")))
func If(cond expression.ConditionBuilder) WriteOption {
	if !cond.IsSet() {
		return func(*writeOptions) {}
	}
	c := &condition{builder: cond}
	return func(o *writeOptions) {
		if o.condition == nil {
			o.condition = c
		} else {
			o.condition = &condition{builder: o.condition.builder.And(cond)}
		}
	}
}

// IfVersion makes Update, Delete or CheckOp depend on the stored version, as Put
// always does: another one is [ErrConflict]. The type must have a version field.
func IfVersion[V integer](version V) WriteOption {
	return func(o *writeOptions) {
		o.hasVersion = true
		if version < 0 {
			o.invalid = fmt.Errorf("IfVersion: a version is not negative, got %d", version)
			return
		}
		o.version = uint64(version)
	}
}

type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Old stores the item as it was before Put or Delete in *item, which is left
// alone when there was none, or when the answer that had it was lost.
func Old[T any](item *T) WriteOption {
	return func(o *writeOptions) {
		if item == nil {
			o.invalid = errors.New("Old: the item is nil")
			return
		}
		o.old = item
	}
}

// A ReadOption changes one read.
type ReadOption func(*readOptions)

type readOptions struct {
	consistent bool
	project    []string
}

func readOptionsOf(options []ReadOption) (o readOptions) {
	for _, option := range options {
		option(&o)
	}
	return o
}

var yes = true

// consistentRead is how requests say it.
func (o *readOptions) consistentRead() *bool {
	if !o.consistent {
		return nil
	}
	return &yes
}

// Consistent makes a read see every write that was answered before it began, at
// twice the cost.
func Consistent() ReadOption {
	return func(o *readOptions) { o.consistent = true }
}

// Project reads only the named attributes, and those of the key; all other
// fields keep their zero value. A name may be a path, such as "address.city".
// It saves bytes, not capacity.
func Project(attributes ...string) ReadOption {
	return func(o *readOptions) { o.project = append(o.project, attributes...) }
}
