package dynamotest

import (
	"fmt"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// javaStatements writes the statements of a batch or transaction.
func (r *request) javaStatements(class string, nodes []wire.Node) string {
	return bounded(javaList(nodes, func(n wire.Node) string {
		in := r.inside(&n)
		out := class + "(statement=" + in.javaText("Statement") + ", parameters="
		if in.has("Parameters") {
			parameters, _ := in.readParameters()
			out += javaList(parameters, javaValue)
		} else {
			out += "null"
		}
		if class == "BatchStatementRequest" {
			out += ", consistentRead=" + in.javaFlag("ConsistentRead")
		}
		return out + ", returnValuesOnConditionCheckFailure=" + in.javaText("ReturnValuesOnConditionCheckFailure") + ")"
	}))
}

func (r *request) javaFlag(member string) string {
	if !r.has(member) {
		return "null"
	}
	return fmt.Sprint(r.flag(member))
}
