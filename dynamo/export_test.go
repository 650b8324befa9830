package dynamo

import "encoding/base64"

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
