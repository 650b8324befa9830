package jsonscan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// value reads the next value the way encoding/json decodes into an any.
func value(s *jsonscan.Scanner) any {
	switch s.Kind() {
	case jsonscan.Object:
		object := map[string]any{}
		for s.Object(); s.Member(); {
			key := s.Key()
			object[key] = value(s)
		}
		return object
	case jsonscan.Array:
		array := []any{}
		for s.Array(); s.Element(); {
			array = append(array, value(s))
		}
		return array
	case jsonscan.String:
		return s.String()
	case jsonscan.Number:
		return json.Number(s.Number())
	case jsonscan.Bool:
		return s.Bool()
	case jsonscan.Null, jsonscan.Invalid:
		if !s.Null() {
			s.Skip()
		}
	}
	return nil
}

func read(text string) (any, error) {
	s := jsonscan.New(text)
	v := value(&s)
	if err := s.End(); err != nil {
		return nil, err
	}
	return v, nil
}

func skip(text string) (string, error) {
	s := jsonscan.New(text)
	raw := s.Skip()
	return raw, s.End()
}

func standard(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if !json.Valid([]byte(text)) {
		var v any
		return nil, json.Unmarshal([]byte(text), &v)
	}
	var v any
	err := d.Decode(&v)
	return v, err
}

// corpus has one text per rule of the grammar.
var corpus = []string{
	``, ` `, `null`, ` null `, `nul`, `nulll`, `true`, `false`, `tru`, `falsey`,
	`0`, `-0`, `-`, `01`, `1.`, `.1`, `1.0`, `1e`, `1e+`, `1e+2`, `1E-2`, `+1`, `1x`, `-1.5e300`,
	strings.Repeat("9", 400), `0x10`, `1_000`, `NaN`, `Infinity`,
	`""`, `"`, `"a`, `"a"`, `"\"`, `"\\"`, `"\a"`, `"\/\b\f\n\r\t\""`, "\"\n\"", "\"\x7f\"",
	`"\u00e9"`, `"\u12"`, `"\u12g4"`, `"\u+123"`, `"\u1_23"`, `"\uD83D\uDE00"`, `"\uD83D"`, `"\uDE00"`,
	`"\uD83Dx"`, `"\uD83D\n"`, `"\uD83D\uD83D\uDE00"`, `"\uD83D\u0041"`, `"\u0000"`, `"\u2028"`,
	"\"\xff\"", "\"a\xc3\"", "\"\xc3\xa9\"", "\"\xff\\n\"", "\"\xed\xa0\x80\"", "\"\\n\xed\xa0\x80\"",
	`[]`, `[ ]`, `[1]`, `[1,2]`, `[1,]`, `[,1]`, `[1 2]`, `[1`, `[`, `]`, `[1}`, `[[]]`, `[[],[1]]`,
	`{}`, `{ }`, `{"a":1}`, `{"a":1,"a":2}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{1:1}`,
	`{"a":1 "b":2}`, `{"a":1`, `{"a":1]`, `{"a":{"b":[true,null,{"c":"d"}]}}`, `{"\u0061":1}`,
	`{} {}`, `1 2`, "\ufeff{}", "/* */ 1", `{"a":1}x`, "\v1",
	strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999),
	strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
	strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
	strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001),
	strings.Repeat("[", 100_000),
}

func TestScannerAgreesWithEncodingJSON(t *testing.T) {
	for _, text := range corpus {
		agree(t, text)
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range corpus {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	f.Fuzz(agree)
}

// agree checks that text is read, and skipped, as encoding/json reads it.
func agree(t *testing.T, text string) {
	t.Helper()
	want, wantErr := standard(text)
	got, err := read(text)
	require.Equal(t, wantErr == nil, err == nil, "%.80q: encoding/json: %v, jsonscan: %v", text, wantErr, err)
	require.Equal(t, want, got, "%.80q", text)

	raw, err := skip(text)
	require.Equal(t, wantErr == nil, err == nil, "skipping %.80q: encoding/json: %v, jsonscan: %v", text, wantErr, err)
	if err == nil {
		require.Equal(t, strings.Trim(text, " \t\r\n"), raw)
	}
}

func TestScannerErrorsNameTheByte(t *testing.T) {
	for _, tc := range []struct {
		text string
		want jsonscan.SyntaxError
	}{
		{`{"a" 1}`, jsonscan.SyntaxError{Offset: 5, Detail: "expected a colon"}},
		{`[1,]`, jsonscan.SyntaxError{Offset: 3, Detail: "expected a value after the comma"}},
		{`{} x`, jsonscan.SyntaxError{Offset: 3, Detail: "unexpected text after the value"}},
		{`["\x"]`, jsonscan.SyntaxError{Offset: 2, Detail: "malformed escape in a string"}},
	} {
		_, err := skip(tc.text)
		var got *jsonscan.SyntaxError
		require.ErrorAs(t, err, &got)
		require.Equal(t, tc.want, *got)
	}
}

func TestScannerRefusesOtherKinds(t *testing.T) {
	reads := map[string]func(*jsonscan.Scanner){
		"string": func(s *jsonscan.Scanner) { _ = s.String() },
		"number": func(s *jsonscan.Scanner) { s.Number() },
		"bool":   func(s *jsonscan.Scanner) { s.Bool() },
		"object": func(s *jsonscan.Scanner) { s.Object() },
		"array":  func(s *jsonscan.Scanner) { s.Array() },
	}
	texts := map[string]string{"string": `"x"`, "number": `1`, "bool": `true`, "object": `{}`, "array": `[]`}
	for name, readOne := range reads {
		for kind, text := range texts {
			s := jsonscan.New(text)
			readOne(&s)
			require.Equal(t, kind != name, s.Err() != nil, "%s read as %s", text, name)
		}
	}
}

func TestStringsWithoutEscapesAreParts(t *testing.T) {
	text := `{"key": "a value of some length"}`
	allocs := testing.AllocsPerRun(100, func() {
		s := jsonscan.New(text)
		for s.Object(); s.Member(); {
			_ = s.String()
		}
		if s.End() != nil {
			panic("not JSON")
		}
	})
	require.Zero(t, allocs)
}

func TestOffsetDelimitsAValue(t *testing.T) {
	const text = ` [ {"a" : 1} , "\n" ]  `
	var parts []string
	s := jsonscan.New(text)
	for s.Array(); s.Element(); {
		s.Kind()
		start, again := s.Offset(), s
		raw := s.Skip()
		require.Equal(t, raw, text[start:s.Offset()])
		require.Equal(t, raw, again.Skip(), "a copy reads the same again")
		parts = append(parts, raw)
	}
	require.NoError(t, s.End())
	require.Equal(t, []string{`{"a" : 1}`, `"\n"`}, parts)
}

func FuzzPlainLen(f *testing.F) {
	f.Add("plain text of more than eight bytes\"")
	f.Add("0123456\x1f")
	f.Add("01234567\x7f\\")
	f.Add("\x20\x1f\x20\x1f\x21\x22\x5b\x5c")
	f.Add("zwölf Zeichen")
	f.Fuzz(func(t *testing.T, text string) {
		want := strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r >= 0x80 || r == '"' || r == '\\' })
		if want < 0 {
			want = len(text)
		}
		for i := range 8 { // each alignment of what is special
			shifted := strings.Repeat("x", i) + text
			require.Equal(t, i+want, jsonscan.PlainLen(shifted), "%q", shifted)
			require.Equal(t, i+want, jsonscan.PlainLen([]byte(shifted)), "%q", shifted)
		}
	})
}

func TestSince(t *testing.T) {
	s := jsonscan.New(` {"a": [1, 2] } `)
	require.Equal(t, jsonscan.Object, s.Kind())
	start := s.Offset()
	for s.Object(); s.Member(); {
		s.Skip()
	}
	require.Equal(t, `{"a": [1, 2] }`, s.Since(start))
	require.NoError(t, s.End())
	s = jsonscan.New(`[1,]`)
	s.Skip()
	require.Error(t, s.Err())
	require.Empty(t, s.Since(0))
}
