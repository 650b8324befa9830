package dynamotest

import (
	"bytes"
	"encoding/json"
)

// appendJSON appends v as JSON without escaping HTML. v is one of the fake's
// own answers, which always encode.
func appendJSON(b []byte, v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}
