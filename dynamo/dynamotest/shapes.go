package dynamotest

import "github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"

// The shapes of members. Members are checked in the order in which a shape
// lists them.
var (
	textShape  = &wire.Shape{Type: wire.Text}
	intShape   = &wire.Shape{Type: wire.Int}
	longShape  = &wire.Shape{Type: wire.Long}
	flagShape  = &wire.Shape{Type: wire.Flag}
	textsShape = &wire.Shape{Type: wire.List, Elem: textShape}
	// valueShape leaves the inside of attribute values to their own reader.
	valueShape = structShape("AttributeValue")
	itemShape  = mapShape(valueShape)
	namesShape = &wire.Shape{Type: wire.Map, Class: "java.lang.String", Elem: textShape}
)

const javaPackage = "com.amazonaws.dynamodb.v20120810."

func structShape(class string, members ...wire.Member) *wire.Shape {
	return &wire.Shape{Type: wire.Struct, Class: javaPackage + class, Members: members}
}

func mapShape(elem *wire.Shape) *wire.Shape {
	return &wire.Shape{Type: wire.Map, Class: elem.Class, Elem: elem}
}

func listShape(elem *wire.Shape) *wire.Shape { return &wire.Shape{Type: wire.List, Elem: elem} }

// members names several members of one shape.
func members(shape *wire.Shape, names ...string) []wire.Member {
	out := make([]wire.Member, len(names))
	for i, name := range names {
		out[i] = wire.Member{Name: name, Shape: shape}
	}
	return out
}

// inputShape is the shape of a request: groups of members in order.
func inputShape(groups ...[]wire.Member) *wire.Shape {
	s := structShape("Input")
	for _, g := range groups {
		s.Members = append(s.Members, g...)
	}
	return s
}

// expressionMembers are those that go with any expression.
func expressionMembers(expressions ...string) []wire.Member {
	out := members(namesShape, "ExpressionAttributeNames")
	out = append(out, members(itemShape, "ExpressionAttributeValues")...)
	return append(out, members(textShape, expressions...)...)
}

var (
	putShape = inputShape(
		members(itemShape, "Item"),
		members(mapShape(expectedShape), "Expected"),
		expressionMembers("TableName", "ReturnConsumedCapacity", "ReturnValues", "ReturnItemCollectionMetrics",
			"ReturnValuesOnConditionCheckFailure", "ConditionalOperator", "ConditionExpression"),
	)
	deleteShape = inputShape(
		members(itemShape, "Key"),
		members(mapShape(expectedShape), "Expected"),
		expressionMembers("TableName", "ReturnConsumedCapacity", "ReturnValues", "ReturnItemCollectionMetrics",
			"ReturnValuesOnConditionCheckFailure", "ConditionalOperator", "ConditionExpression"),
	)
	updateShape = inputShape(
		members(mapShape(attributeUpdateShape), "AttributeUpdates"),
		members(itemShape, "Key"),
		members(mapShape(expectedShape), "Expected"),
		expressionMembers("TableName", "ReturnConsumedCapacity", "ReturnValues", "ReturnItemCollectionMetrics",
			"ReturnValuesOnConditionCheckFailure", "ConditionalOperator", "ConditionExpression", "UpdateExpression"),
	)
	getShape = inputShape(
		members(itemShape, "Key"),
		expressionMembers("TableName", "ReturnConsumedCapacity", "ProjectionExpression"),
		members(textsShape, "AttributesToGet"),
		members(flagShape, "ConsistentRead"),
	)
	readMembers = inputShape(
		members(mapShape(conditionShape), "KeyConditions", "QueryFilter", "ScanFilter"),
		members(itemShape, "ExclusiveStartKey"),
		expressionMembers("TableName", "IndexName", "ReturnConsumedCapacity", "ConditionalOperator", "Select",
			"FilterExpression", "KeyConditionExpression", "ProjectionExpression"),
		members(textsShape, "AttributesToGet"),
		members(intShape, "Limit", "Segment", "TotalSegments"),
		members(flagShape, "ScanIndexForward", "ConsistentRead"),
	)
)
