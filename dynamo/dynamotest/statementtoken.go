package dynamotest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A NextToken is the base64 of the statement's fingerprint and the key of the row
// that the page ended with.

// fingerprint identifies a statement with its parameters.
func (s *statement) fingerprint() []byte {
	text := append([]byte(s.source), 0)
	for _, v := range s.parameters {
		text = v.AppendJSON(text)
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// token returns what asks for the next page, nil when there is none.
func (x *selection) token() *string {
	if x.last == "" {
		return nil
	}
	t := base64.StdEncoding.EncodeToString(append(x.fingerprint(), x.last...))
	return &t
}

// resume goes on after a page.
func (x *selection) resume(token string) error {
	raw, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(raw) <= sha256.Size {
		return refusal.Invalid("Invalid NextToken")
	}
	compound := func(v value.Value) bool { return v.Type() == value.L || v.Type() == value.M }
	if !bytes.Equal(raw[:sha256.Size], x.fingerprint()) || slices.ContainsFunc(x.parameters, compound) {
		return refusal.Invalid("NextToken does not match request")
	}
	key := string(raw[sha256.Size:])
	i := slices.IndexFunc(x.ranges, func(r engine.Range) bool { return key >= r.From && (r.To == "" || key < r.To) })
	if i < 0 {
		return refusal.Invalid("Invalid NextToken")
	}
	x.ranges = slices.Clone(x.ranges[i:])
	if x.back {
		x.ranges[0].To = key
	} else {
		x.ranges[0].From = key + "\x00" // the first key after it
	}
	return nil
}
