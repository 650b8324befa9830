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
	c := &core{plan: planOf(t), address: needsAddress(t, map[reflect.Type]bool{})}
	av, err = c.encodeStruct(reflect.ValueOf(v).Elem())
	return av, c.plan != nil, err
}
