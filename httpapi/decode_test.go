package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

// FuzzDecode holds the hand-written decoder against encoding/json.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(string(content))
	}
	for _, source := range httpapitest.Sources() {
		f.Add(string(payload(f, source, "/a?b=c")))
	}
	for _, seed := range []string{
		`{"version":"2.0","version":"1.0","httpMethod":"GET","requestContext":{}}`,
		`{"httpMethod":"GET","Path":"/","path":"\u002fa\ud83d","requestContext":{"stage":"s"},"requestContext":{}}`,
		`{"httpMethod":"GET","requestContext":{"elb":null,"stage":null},"headers":{"a":["b",null],"c":null},"headers":null}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := httpapi.Decode(text)
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal([]byte(text), &want)
		if err != nil {
			var typed *httpapi.PayloadError
			require.ErrorAs(t, err, &typed)
			// What is JSON is refused only for its types or for its source.
			if wantErr == nil && want == nil {
				require.ErrorIs(t, err, httpapi.ErrUnknownPayload)
			}
			return
		}
		require.NoError(t, wantErr)
		require.Equal(t, stringMember(t, want, "path"), got.Path)
		if _, ok := want["raw_path"]; !ok {
			require.Equal(t, stringMember(t, want, "rawPath"), got.RawPath)
		}
		require.Equal(t, stringMember(t, want, "rawQueryString"), got.RawQuery)
		require.Equal(t, stringMember(t, want, "body"), got.Body)
		compareHeaders(t, want["headers"], got.Headers)
		var context map[string]json.RawMessage
		if json.Unmarshal(want["requestContext"], &context) == nil {
			require.Equal(t, stringMember(t, context, "stage"), got.Stage)
			require.Equal(t, stringMember(t, context, "requestId"), got.RequestID)
		}
	})
}

// Headers behind a httpMethod are read only when nothing better follows.
func TestHeadersThatWereLeftForLater(t *testing.T) {
	const rest = `{"httpMethod":"GET","headers":%s%s,"requestContext":{"stage":"s"}}`
	for multi, want := range map[string]map[string][]string{
		``:                                 {"a": {"1"}},
		`,"multiValueHeaders":null`:        {"a": {"1"}},
		`,"multiValueHeaders":{}`:          {"a": {"1"}},
		`,"multiValueHeaders":{"a":["2"]}`: {},
		`,"headers":{"b":"2"}`:             {"b": {"2"}},
		`,"headers":null`:                  {},
	} {
		got, err := httpapi.Decode(fmt.Sprintf(rest, `{"a":"1"}`, multi))
		require.NoError(t, err, multi)
		require.Equal(t, want, got.Headers, multi)
	}
	_, err := httpapi.Decode(fmt.Sprintf(rest, `{"a":1}`, ``))
	require.EqualError(t, err, "httpapi: payload is malformed: expected a string at byte 35")
}

// stringMember returns a member that is a string, null or not there.
func stringMember(t *testing.T, members map[string]json.RawMessage, name string) string {
	t.Helper()
	var s string
	if raw, ok := members[name]; ok {
		require.NoError(t, json.Unmarshal(raw, &s), name)
	}
	return s
}

// compareHeaders compares the names, and the values of names that are given
// once.
func compareHeaders(t *testing.T, raw json.RawMessage, got map[string][]string) {
	t.Helper()
	var want map[string]any
	if raw != nil {
		require.NoError(t, json.Unmarshal(raw, &want))
	}
	for name, values := range got {
		require.Contains(t, want, name)
		if s, ok := want[name].(string); ok {
			require.Contains(t, values, s)
		}
	}
}

func TestSyntaxErrorsKeepTheirPlace(t *testing.T) {
	_, err := httpapi.Decode(`{"path":1}`)
	var typed *httpapi.PayloadError
	require.ErrorAs(t, err, &typed)
	require.Equal(t, "httpapi: payload is malformed: expected a string at byte 8", err.Error())
}

func FuzzCanonicalHeader(f *testing.F) {
	for _, seed := range []string{"", "a", "content-TYPE", "x--a", "-a-", "x_y", "a b", "é", "host:", "X-A"} {
		f.Add(seed, "accept")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		got := httpapi.CanonicalHeaders(a, b, a)
		for i, name := range []string{a, b, a} {
			if got[i] == "" {
				// net/http refuses these, and so does the adapter.
				require.True(t, name == "" || strings.ContainsFunc(name, func(r rune) bool {
					return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
				}), "%q", name)
				continue
			}
			require.Equal(t, textproto.CanonicalMIMEHeaderKey(name), got[i])
		}
	})
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "a\"\\\n\r\t\x00\x1f\x7f", "é€😀\u2028", "\xff\xc3", "\xed\xa0\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		require.NoError(t, json.Unmarshal(httpapi.AppendString(nil, s), &got))
		standard, err := json.Marshal(s)
		require.NoError(t, err)
		var want string
		require.NoError(t, json.Unmarshal(standard, &want))
		require.Equal(t, want, got)
	})
}

func FuzzHeaderValue(f *testing.F) {
	f.Add("text/html; charset=utf-8")
	f.Add("a\tb")
	f.Add("01234567\x7f")
	f.Add("0123456\x80\x1f")
	f.Fuzz(func(t *testing.T, v string) {
		want := !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
		for range 8 { // each alignment
			require.Equal(t, want, httpapi.ValidHeaderValue(v), "%q", v)
			v = "x" + v
		}
	})
}
