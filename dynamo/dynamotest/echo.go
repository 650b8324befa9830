package dynamotest

import (
	"fmt"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// Some complaints repeat a part of the request as the Java objects behind
// DynamoDB print themselves. These functions write them.

// maxEcho bounds how much of a request a complaint repeats.
const maxEcho = 1 << 20

func bounded(echo string) string {
	if len(echo) > maxEcho {
		return strings.ToValidUTF8(echo[:maxEcho], "") + "..."
	}
	return echo
}

// javaList joins what f makes of each element.
func javaList[T any](elements []T, f func(T) string) string {
	parts := make([]string, len(elements))
	for i, e := range elements {
		parts[i] = f(e)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// javaItem writes {name=AttributeValue(…), …} in the order of a hash table.
func javaItem(item value.Item) string {
	names := make([]string, len(item))
	for i, a := range item {
		names[i] = a.Name
	}
	parts := make([]string, 0, len(item))
	for _, name := range javaOrder(names, true) {
		v, _ := item.Get(name)
		parts = append(parts, name+"="+javaValue(v))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// javaFields are the members of Java's AttributeValue; those that never hold
// anything are of no type.
var javaFields = []struct {
	name string
	typ  value.Type
}{
	{"s", value.S}, {"n", value.N}, {"b", value.B}, {"iNT", 0}, {"dECIMAL", 0}, {"dOUBLE", 0},
	{"sS", value.SS}, {"nS", value.NS}, {"bS", value.BS}, {"iNTSET", 0}, {"dECIMALSET", 0}, {"dOUBLESET", 0},
	{"m", value.M}, {"l", value.L}, {"nULL", value.NULL}, {"bOOL", value.BOOL},
}

func javaValue(v value.Value) string {
	parts := make([]string, len(javaFields))
	for i, f := range javaFields {
		shown := "null"
		if f.typ == v.Type() {
			shown = javaShown(v)
		}
		parts[i] = f.name + "=" + shown
	}
	return "AttributeValue(" + strings.Join(parts, ", ") + ")"
}

func javaShown(v value.Value) string {
	switch v.Type() {
	case value.B:
		return fmt.Sprintf("java.nio.HeapByteBuffer[pos=0 lim=%d cap=%d]", len(v.Text()), len(v.Text()))
	case value.SS, value.NS, value.BS:
		return javaList(v.List(), javaShown)
	case value.L:
		return javaList(v.List(), javaValue)
	case value.M:
		return javaItem(v.Map())
	case value.NULL:
		return "true"
	case value.BOOL:
		return fmt.Sprint(v.Flag())
	}
	return v.Text()
}

// javaText writes a string member, null when it is missing.
func (r *request) javaText(member string) string {
	if s, ok := r.text(member); ok {
		return s
	}
	return "null"
}

// javaAttributes writes an item or a map of values, null when it is missing.
func (r *request) javaAttributes(member string) string {
	item, err := r.item(member)
	if err != nil || !r.has(member) {
		return "null"
	}
	return javaItem(item)
}

// javaNames writes ExpressionAttributeNames.
func (r *request) javaNames() string {
	if !r.has("ExpressionAttributeNames") {
		return "null"
	}
	texts := make(map[string]string)
	var names []string
	for _, n := range r.kids("ExpressionAttributeNames") {
		texts[n.Name] = n.Text
		names = append(names, n.Name)
	}
	var parts []string
	for _, name := range javaOrder(names, true) {
		parts = append(parts, name+"="+texts[name])
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// javaWrites writes the RequestItems of BatchWriteItem.
func (r *request) javaWrites(tables []wire.Node) string {
	var parts []string
	for _, t := range tables {
		parts = append(parts, t.Name+"="+javaList(t.Kids, func(n wire.Node) string {
			return "WriteRequest(putRequest=" + r.javaPart(&n, "PutRequest", "Item") +
				", deleteRequest=" + r.javaPart(&n, "DeleteRequest", "Key") + ")"
		}))
	}
	return bounded("{" + strings.Join(parts, ", ") + "}")
}

func (r *request) javaPart(n *wire.Node, class, member string) string {
	part := n.Member(class)
	if part == nil {
		return "null"
	}
	return class + "(" + lower(member) + "=" + r.inside(part).javaAttributes(member) + ", workloadProfileName=null)"
}

// javaTransaction writes the TransactItems of TransactWriteItems.
func (r *request) javaTransaction(actions []wire.Node) string {
	return bounded(javaList(actions, func(n wire.Node) string {
		return "TransactWriteItem(conditionCheck=" + r.javaAction(&n, "ConditionCheck", "Key") +
			", put=" + r.javaAction(&n, "Put", "Item") +
			", delete=" + r.javaAction(&n, "Delete", "Key") +
			", update=" + r.javaAction(&n, "Update", "Key") + ")"
	}))
}

func (r *request) javaAction(n *wire.Node, class, member string) string {
	part := n.Member(class)
	if part == nil {
		return "null"
	}
	in := r.inside(part)
	out := class + "(" + lower(member) + "=" + in.javaAttributes(member)
	if class == "Update" {
		out += ", updateExpression=" + in.javaText("UpdateExpression")
	}
	return out + ", tableName=" + in.javaText("TableName") +
		", conditionExpression=" + in.javaText("ConditionExpression") +
		", expressionAttributeNames=" + in.javaNames() +
		", expressionAttributeValues=" + in.javaAttributes("ExpressionAttributeValues") +
		", returnValuesOnConditionCheckFailure=" + in.javaText("ReturnValuesOnConditionCheckFailure") +
		", workloadProfileName=null)"
}

// javaGets writes the TransactItems of TransactGetItems.
func (r *request) javaGets(actions []wire.Node) string {
	return bounded(javaList(actions, func(n wire.Node) string {
		get := n.Member("Get")
		if get == nil {
			return "TransactGetItem(get=null)"
		}
		in := r.inside(get)
		return "TransactGetItem(get=Get(key=" + in.javaAttributes("Key") + ", tableName=" + in.javaText("TableName") +
			", projectionExpression=" + in.javaText("ProjectionExpression") +
			", expressionAttributeNames=" + in.javaNames() + ", workloadProfileName=null))"
	}))
}
