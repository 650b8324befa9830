package dynamotest

import (
	"context"
	"sync"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
	"github.com/go-thaw/thaw/internal/awsfake"
)

// errorType returns an error's "__type".
func errorType(code string) string {
	switch code {
	case refusal.ValidationCode:
		return "com.amazon.coral.validate#" + code
	case refusal.SerializationCode, "UnknownOperationException":
		return "com.amazon.coral.service#" + code
	}
	return "com.amazonaws.dynamodb.v20120810#" + code
}

// An operation answers one request. Its result is encoded as JSON.
type operation struct {
	shape *wire.Shape
	// older tells that its values are checked by the older layer.
	older bool
	// single tells a write of one item, whose failed checks of the request are
	// counted in the answer.
	single bool
	run    func(*request) (any, error)
}

// operations returns the fake's operations as the server wants them.
func (f *Fake) operations() map[string]awsfake.Operation {
	out := make(map[string]awsfake.Operation)
	for name, o := range f.catalogue() {
		out[name] = func(ctx context.Context, input []byte) (any, error) {
			result, err := f.run(ctx, name, o, input)
			if err != nil {
				return nil, wireError(name, err)
			}
			return result, nil
		}
	}
	return out
}

func (f *Fake) run(ctx context.Context, name string, o operation, input []byte) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	reader := readers.Get().(*wire.Reader)
	defer readers.Put(reader) // no operation keeps a node
	root, ok := reader.Parse(input)
	if !ok {
		return nil, refusal.Serialization("")
	}
	if err := o.shape.Check(root); err != nil {
		return nil, err
	}
	r := &request{fake: f, op: name, node: root, layer: f.layerOf(o, root)}
	result, err := o.run(r)
	if e, ok := refusal.As(err); ok && e.Code == refusal.ValidationCode {
		if wrong := o.shape.EachLeaf(root, value.CheckTypes); wrong != nil {
			return nil, wrong // the document could not be read
		}
	}
	f.feed.deliver()
	return result, f.phrase(o, r, err)
}

// readers are those of requests that were answered.
var readers = sync.Pool{New: func() any { return new(wire.Reader) }}

// wireError turns a refusal of the operation into the server's error.
func wireError(operation string, err error) error {
	e, ok := refusal.As(err)
	if !ok {
		return err
	}
	out := &awsfake.Error{Code: e.Code, Message: e.Message, Fields: e.Fields}
	if isEmptyKey(err) {
		out.Fields = nil
	}
	failedStatement := operation == "ExecuteStatement" && e.Code == refusal.ConditionFailedCode && e.Fields["Item"] != nil
	if e.Code == refusal.SerializationCode || e.Code == "TransactionCanceledException" || failedStatement {
		out.MessageKey = "Message"
	}
	return out
}
