package dynamo

import (
	"reflect"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The functions for types without parts of their own.

func null() types.AttributeValue { return &types.AttributeValueMemberNULL{Value: true} }

func encodeString(v reflect.Value) (types.AttributeValue, bool) {
	return &types.AttributeValueMemberS{Value: v.String()}, true
}

func encodeBool(v reflect.Value) (types.AttributeValue, bool) {
	return &types.AttributeValueMemberBOOL{Value: v.Bool()}, true
}

func encodeNumber(v reflect.Value) (types.AttributeValue, bool) {
	switch {
	case v.CanInt():
		return numberOf(v.Int()), true
	case v.CanUint():
		return numberOf(v.Uint()), true
	}
	text := strconv.FormatFloat(v.Float(), 'f', -1, v.Type().Bits())
	return &types.AttributeValueMemberN{Value: text}, true
}

func encodeTime(v reflect.Value) (types.AttributeValue, bool) {
	return &types.AttributeValueMemberS{Value: timeIn(v).Format(time.RFC3339Nano)}, true
}

func encodeUnixTime(v reflect.Value) (types.AttributeValue, bool) {
	av, err := attributevalue.UnixTime(timeIn(v)).MarshalDynamoDBAttributeValue()
	return av, err == nil
}

// timeIn returns the time in v, without a copy on the heap where that is
// possible.
func timeIn(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
}

func encodeBytes(v reflect.Value) (types.AttributeValue, bool) {
	if v.IsNil() {
		return null(), true
	}
	return &types.AttributeValueMemberB{Value: append([]byte{}, v.Bytes()...)}, true
}

// encodeStrings encodes the commonest list, whose elements share one block.
func encodeStrings(v reflect.Value) (types.AttributeValue, bool) {
	if v.IsNil() {
		return null(), true
	}
	list := make([]types.AttributeValue, v.Len())
	block := make([]types.AttributeValueMemberS, v.Len())
	for i := range list {
		block[i].Value = v.Index(i).String()
		list[i] = &block[i]
	}
	return &types.AttributeValueMemberL{Value: list}, true
}

// encodeLabels encodes the commonest map in the same way, without reflection.
func encodeLabels(v reflect.Value) (types.AttributeValue, bool) {
	labels := v.Interface().(map[string]string)
	if labels == nil {
		return null(), true
	}
	m := make(map[string]types.AttributeValue, len(labels))
	block := make([]types.AttributeValueMemberS, 0, len(labels))
	for key, label := range labels {
		if key == "" {
			return nil, false
		}
		block = append(block, types.AttributeValueMemberS{Value: label})
		m[key] = &block[len(block)-1]
	}
	return &types.AttributeValueMemberM{Value: m}, true
}
