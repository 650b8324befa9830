package dynamo

import "github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

// A WriteOption changes one write. Those that do not apply to an operation make
// it fail before anything is sent.
type WriteOption func(*writeOptions)

type writeOptions struct {
	condition  expression.ConditionBuilder
	version    uint64
	hasVersion bool
	old        any
}

// If makes a write depend on cond, which sees the stored item. When it does not
// hold, the write fails with a [*ConditionError] that carries the stored item.
// Several conditions must all hold.
func If(cond expression.ConditionBuilder) WriteOption {
	return func(o *writeOptions) {
		if o.condition.IsSet() {
			cond = o.condition.And(cond)
		}
		o.condition = cond
	}
}

// IfVersion makes Update or Delete depend on the stored version, as Put always
// does: another one is [ErrConflict]. The type must have a version field.
func IfVersion(version uint64) WriteOption {
	return func(o *writeOptions) { o.version, o.hasVersion = version, true }
}

// Old stores the item as it was before Put or Delete in *item, which is left
// alone when there was none.
func Old[T any](item *T) WriteOption {
	return func(o *writeOptions) { o.old = item }
}

// A ReadOption changes one read.
type ReadOption func(*readOptions)

type readOptions struct {
	consistent bool
	project    []string
}

// Consistent makes a read see every write that was answered before it began, at
// twice the cost.
func Consistent() ReadOption {
	return func(o *readOptions) { o.consistent = true }
}

// Project reads only the named attributes; all other fields keep their zero
// value. A name may be a path, such as "address.city". It saves bytes, not
// capacity.
func Project(attributes ...string) ReadOption {
	return func(o *readOptions) { o.project = append(o.project, attributes...) }
}
