package dynamo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A cursor is, in base64url: a version byte, a seal, and the key attributes'
// values, each with its length. The seal is an HMAC or, unsigned, a hash, over
// the values and over what the cursor is bound to, which therefore need not be
// in it. 16 bytes of it keep a guess hopeless and the cursor short.
const (
	cursorVersion = 1
	sealBytes     = 16
	maxCursor     = 8 << 10 // keys are at most 2 × (2,048 + 1,024) bytes
)

func (p *preparedQuery) encodeCursor(last map[string]types.AttributeValue) (string, error) {
	var values []byte
	for _, part := range p.cursorParts() {
		value, ok := keyBytes(last[part.name])
		if !ok {
			return "", fmt.Errorf("the item has no attribute %s, which a cursor needs", part.name)
		}
		values = binary.AppendUvarint(values, uint64(len(value)))
		values = append(values, value...)
	}
	var key []byte
	if len(p.core.cursorKeys) > 0 {
		key = p.core.cursorKeys[0]
	}
	cursor := append([]byte{cursorVersion}, p.seal(key, values)...)
	return base64.RawURLEncoding.EncodeToString(append(cursor, values...)), nil
}

// decodeCursor returns where cursor says to start, nil for an empty cursor.
func (p *preparedQuery) decodeCursor(cursor string) (map[string]types.AttributeValue, error) {
	if cursor == "" {
		return nil, nil
	}
	if len(cursor) > base64.RawURLEncoding.EncodedLen(maxCursor) || strings.ContainsAny(cursor, "\r\n") {
		return nil, ErrBadCursor // package base64 would skip the ends of lines
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(data) < 1+sealBytes || data[0] != cursorVersion {
		return nil, ErrBadCursor
	}
	seal, values := data[1:1+sealBytes], data[1+sealBytes:]
	if !p.sealed(seal, values) {
		return nil, ErrBadCursor
	}
	return p.startKey(values)
}

func (p *preparedQuery) sealed(seal, values []byte) bool {
	if len(p.core.cursorKeys) == 0 {
		return hmac.Equal(seal, p.seal(nil, values))
	}
	for _, key := range p.core.cursorKeys {
		if hmac.Equal(seal, p.seal(key, values)) {
			return true
		}
	}
	return false
}

// startKey reads the values. A cursor without a signature can be forged, so
// that it leads into the query's partition is checked too; DynamoDB checks the
// sort key, and the repository each item.
func (p *preparedQuery) startKey(values []byte) (map[string]types.AttributeValue, error) {
	start := make(map[string]types.AttributeValue, 4)
	for _, part := range p.cursorParts() {
		size, n := binary.Uvarint(values)
		if n <= 0 || size > uint64(len(values)-n) {
			return nil, ErrBadCursor
		}
		av := keyValue(part.scalar(), values[n:n+int(size)])
		if part.check(av) != nil {
			return nil, ErrBadCursor
		}
		start[part.name], values = av, values[n+int(size):]
	}
	partition := p.input.ExpressionAttributeValues[":pk"]
	if len(values) > 0 || !sameValue(partition, start[p.keys.partition.name]) {
		return nil, ErrBadCursor
	}
	return start, nil
}

// cursorParts are the attributes of a start key: the table's and the index's.
func (p *preparedQuery) cursorParts() []*keyPart {
	parts := p.core.key.parts()
	if p.keys == p.core.key {
		return parts
	}
	for _, part := range p.keys.parts() {
		if !slices.ContainsFunc(parts, func(have *keyPart) bool { return have.name == part.name }) {
			parts = append(parts, part)
		}
	}
	return parts
}

func keyBytes(av types.AttributeValue) ([]byte, bool) {
	switch av := av.(type) {
	case *types.AttributeValueMemberS:
		return []byte(av.Value), true
	case *types.AttributeValueMemberN:
		return []byte(av.Value), true
	case *types.AttributeValueMemberB:
		return av.Value, true
	}
	return nil, false
}

// keyValue returns nil for a number that is none.
func keyValue(scalar types.ScalarAttributeType, value []byte) types.AttributeValue {
	switch scalar {
	case types.ScalarAttributeTypeS:
		return &types.AttributeValueMemberS{Value: string(value)}
	case types.ScalarAttributeTypeB:
		return &types.AttributeValueMemberB{Value: slices.Clone(value)}
	}
	if _, ok := parseDecimal(string(value)); !ok {
		return nil
	}
	return &types.AttributeValueMemberN{Value: string(value)}
}

// seal binds values to the query under key.
func (p *preparedQuery) seal(key, values []byte) []byte {
	h := sha256.New()
	if key != nil {
		h = hmac.New(sha256.New, key)
	}
	b := binder{h}
	in := &p.input
	b.text("thaw/dynamo cursor")
	for _, s := range []*string{in.TableName, in.IndexName, in.KeyConditionExpression, in.FilterExpression} {
		b.text(aws.ToString(s))
	}
	if in.ScanIndexForward != nil {
		b.text("descending")
	}
	for _, name := range slices.Sorted(maps.Keys(in.ExpressionAttributeNames)) {
		// Names that only the projection has are not part of the query. Those
		// of a filter are numbered from 0, so #1 within #10 is no accident.
		if strings.Contains(*in.KeyConditionExpression, name) || strings.Contains(aws.ToString(in.FilterExpression), name) {
			b.text(name)
			b.text(in.ExpressionAttributeNames[name])
		}
	}
	b.item(in.ExpressionAttributeValues)
	b.text(string(values))
	return h.Sum(nil)[:sealBytes]
}

// A binder hashes values so that no two sequences of them look alike: each has
// its length before it.
type binder struct{ hash.Hash }

func (b binder) text(s string) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(s)))
	b.Write(length[:])
	b.Write([]byte(s))
}

func (b binder) item(item map[string]types.AttributeValue) {
	b.text("M")
	b.length(len(item))
	for _, name := range slices.Sorted(maps.Keys(item)) {
		b.text(name)
		b.value(item[name])
	}
}

func (b binder) length(n int) { b.text(fmt.Sprint(n)) }

func (b binder) value(av types.AttributeValue) {
	switch av := av.(type) {
	case *types.AttributeValueMemberM:
		b.item(av.Value)
	case *types.AttributeValueMemberL:
		b.text("L")
		b.length(len(av.Value))
		for _, element := range av.Value {
			b.value(element)
		}
	case *types.AttributeValueMemberBS:
		b.text("BS")
		b.length(len(av.Value))
		for _, member := range av.Value {
			b.text(string(member))
		}
	default: // the others print all they are: a kind and scalars
		b.text(fmt.Sprintf("%T %q", av, scalarOf(av)))
	}
}

func scalarOf(av types.AttributeValue) []string {
	switch av := av.(type) {
	case *types.AttributeValueMemberBOOL:
		return []string{fmt.Sprint(av.Value)}
	case *types.AttributeValueMemberSS:
		return av.Value
	case *types.AttributeValueMemberNS:
		return av.Value
	}
	value, _ := keyBytes(av)
	return []string{string(value)}
}
