package value

import (
	"encoding/base64"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// AppendJSON appends the item as DynamoDB writes it.
func (m Item) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	for i := range m {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.AppendString(b, m[i].Name)
		b = append(b, ':')
		b = m[i].Value.AppendJSON(b)
	}
	return append(b, '}')
}

// MarshalJSON makes items members of answers that encoding/json writes.
func (m Item) MarshalJSON() ([]byte, error) { return m.AppendJSON(nil), nil }

// MarshalJSON makes values members of answers that encoding/json writes.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// AppendJSON appends the value with its type descriptor.
func (v Value) AppendJSON(b []byte) []byte {
	b = append(b, '{', '"')
	b = append(b, v.typ.String()...)
	b = append(b, '"', ':')
	switch v.typ {
	case S, N, B:
		b = v.appendText(b)
	case BOOL:
		if v.flag {
			b = append(b, "true"...)
		} else {
			b = append(b, "false"...)
		}
	case NULL:
		b = append(b, "true"...)
	case M:
		b = v.Map().AppendJSON(b)
	default:
		b = v.appendList(b)
	}
	return append(b, '}')
}

func (v Value) appendText(b []byte) []byte {
	if v.typ != B {
		return wire.AppendString(b, v.text)
	}
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, []byte(v.text))
	return append(b, '"')
}

func (v Value) appendList(b []byte) []byte {
	b = append(b, '[')
	for i, e := range v.List() {
		if i > 0 {
			b = append(b, ',')
		}
		if v.typ == L {
			b = e.AppendJSON(b)
		} else {
			b = e.appendText(b)
		}
	}
	return append(b, ']')
}
