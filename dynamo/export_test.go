package dynamo

import (
	"encoding/base64"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// What the external tests see of the inside.
var (
	SameItem   = sameItem
	SameNumber = sameNumber
	ItemSize   = itemSize
	AnswerLost = answerLost
)

// Forge returns what somebody who knows the format makes of values: a cursor
// for q with the right seal, which without a key is no secret.
func Forge[T any](r *Repository[T], q Query, values []byte) (string, error) {
	p, err := r.core.prepareQuery(&q)
	if err != nil {
		return "", err
	}
	cursor := append([]byte{cursorVersion}, p.seal(nil, values)...)
	return base64.RawURLEncoding.EncodeToString(append(cursor, values...)), nil
}

// Encode returns v as a repository encodes it, and whether it has a plan for
// the type rather than leaving it to attributevalue.
func Encode[T any](v *T) (av types.AttributeValue, planned bool, err error) {
	t := reflect.TypeFor[T]()
	c := &core{typ: t, plan: planItem(t), address: needsAddress(t, map[reflect.Type]bool{})}
	item, _, err := c.encodeStruct(reflect.ValueOf(v).Elem())
	if err != nil {
		return nil, c.plan != nil, err
	}
	return &types.AttributeValueMemberM{Value: item}, c.plan != nil, nil
}

// EncodedSize returns the bytes that encoding *v counts, by its plan.
func EncodedSize[T any](v *T) int {
	_, size, _ := planItem(reflect.TypeFor[T]()).encode(reflect.ValueOf(v).Elem())
	return size
}
