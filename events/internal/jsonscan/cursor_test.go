package jsonscan_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events/internal/jsonscan"
)

var documents = []string{
	`{}`, `[]`, `{"a":1}`, ` { "a" : [ 1 , -2.5e+3 , true , null , "x\u00e9\n" ] } `,
	`"\ud83d\ude00"`, `"\ud83d"`, `"\ud83d\u0041"`, `"\udc00\ud83d"`, "\"\xff\"", `0`, `-0`, `1E5`,
	``, ` `, `{`, `[`, `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[1 2]`, `{1:2}`, `01`, `-`, `1.`, `1e`, `.5`,
	`"a`, `"\`, `"\u12"`, `"\u12g4"`, `"\x"`, "\"\n\"", `tru`, `nul`, `nan`, `{"a":1}}`, `[1]x`, `"\u"`,
}

func valid(document []byte) error {
	c := jsonscan.New(document)
	if err := c.Skip(); err != nil {
		return err
	}
	return c.End()
}

func TestValidityIsThatOfEncodingJSON(t *testing.T) {
	for _, document := range documents {
		require.Equal(t, json.Valid([]byte(document)), valid([]byte(document)) == nil, document)
	}
}

func TestErrorsPointAtThePlace(t *testing.T) {
	var failure *jsonscan.Error
	require.ErrorAs(t, valid([]byte(`{"a": [1, x]}`)), &failure)
	require.Equal(t, 10, failure.Offset)
}

func TestDepthIsBounded(t *testing.T) {
	nest := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	require.NoError(t, valid(nest(jsonscan.MaxDepth)))
	require.Error(t, valid(nest(jsonscan.MaxDepth+1)))
}

func TestSiblingsDoNotAddUpToDepth(t *testing.T) {
	require.NoError(t, valid([]byte("["+strings.Repeat("[],{},", 2*jsonscan.MaxDepth)+"1]")))
}

func TestObjectGivesKeysAndStopsAtAnError(t *testing.T) {
	stop := errors.New("stop")
	c := jsonscan.New([]byte(`{"a":1,"b":{"c":2},"d":3}`))
	var keys []string
	err := c.Object(func(key []byte) error {
		keys = append(keys, string(key))
		if string(key) == "b" {
			return stop
		}
		return c.Skip()
	})
	require.ErrorIs(t, err, stop)
	require.Equal(t, []string{"a", "b"}, keys)
}

func FuzzSkip(f *testing.F) {
	for _, document := range documents {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		err := valid(document)
		if json.Valid(document) {
			var failure *jsonscan.Error
			if errors.As(err, &failure) && strings.Contains(failure.Message, "deeper") {
				return
			}
			require.NoError(t, err)
			return
		}
		require.Error(t, err)
	})
}

func FuzzUnquote(f *testing.F) {
	for _, document := range documents {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		c := jsonscan.New(document)
		raw, err := c.String()
		if err != nil || c.End() != nil {
			return
		}
		var want string
		require.NoError(t, json.Unmarshal(document, &want))
		// encoding/json replaces invalid UTF-8, which a scanner leaves alone.
		require.Equal(t, want, strings.ToValidUTF8(perByte(jsonscan.Unquote(raw)), "\uFFFD"))
	})
}

// perByte separates invalid bytes, each of which encoding/json replaces on its
// own, where ToValidUTF8 replaces a run of them.
func perByte(text []byte) string {
	var b strings.Builder
	for _, r := range string(text) {
		b.WriteRune(r)
	}
	return b.String()
}
