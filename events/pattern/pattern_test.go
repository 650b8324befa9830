package pattern_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events/pattern"
)

// A verdict is what AWS's own matcher, Event Ruler 2.1.0, answered about a
// pattern and an event: true, false or invalid.
type verdict struct{ Pattern, Event, Want string }

// verdicts reads testdata/ruler.jsonl: the corners of every operator, then
// generated pairs.
func verdicts(tb testing.TB) []verdict {
	tb.Helper()
	f, err := os.Open("testdata/ruler.jsonl")
	require.NoError(tb, err)
	defer f.Close()
	var out []verdict
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var v verdict
		require.NoError(tb, json.Unmarshal(lines.Bytes(), &v))
		out = append(out, v)
	}
	require.NoError(tb, lines.Err())
	return out
}

func (v verdict) answer() string {
	p, err := pattern.Parse([]byte(v.Pattern))
	if err != nil {
		return "invalid"
	}
	matched, err := p.Match([]byte(v.Event))
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(matched)
}

func TestMatchAnswersAsEventRulerDoes(t *testing.T) {
	all := verdicts(t)
	require.Greater(t, len(all), 500)
	for _, v := range all {
		require.Equal(t, v.Want, v.answer(), "%s\n%s", v.Pattern, v.Event)
	}
}

func parse(tb testing.TB, source string) *pattern.Pattern {
	tb.Helper()
	p, err := pattern.Parse([]byte(source))
	require.NoError(tb, err)
	return p
}

func TestWhatDiffersFromEventRulerOnPurpose(t *testing.T) {
	for _, source := range []string{`{"a":[1]} x`, `{"a":[{"anything-but":{"prefix":[]}}]}`} {
		_, err := pattern.Parse([]byte(source))
		require.Error(t, err, source)
	}
	_, err := parse(t, `{"a":[1]}`).Match([]byte(`{"a":1} x`))
	require.Error(t, err)
	for source, event := range map[string]string{
		`{"a":[{"equals-ignore-case":"straße"}]}`: `{"a":"STRASSE"}`,
		`{"a":[{"cidr":"0.0.0.0/0"}]}`:            `{"a":3}`,
	} {
		matched, err := parse(t, source).Match([]byte(event))
		require.NoError(t, err)
		require.False(t, matched, source)
	}
}

func TestSyntaxErrorsPointAtThePlace(t *testing.T) {
	for source, want := range map[string]pattern.SyntaxError{
		`[]`:                                   {Offset: 0, Line: 1, Column: 1},
		`{"a": "x"}`:                           {Offset: 6, Line: 1, Column: 7, Path: "a"},
		"{\n  \"a\": {\n    \"b\": []\n  }\n}": {Offset: 20, Line: 3, Column: 10, Path: "a.b"},
		`{"a": {}}`:                            {Offset: 6, Line: 1, Column: 7, Path: "a"},
		`{"a": ["x", {"prefix": 3}]}`:          {Offset: 23, Line: 1, Column: 24, Path: "a"},
		`{"a": [{"prefix": "x", "suffix": "y"}]}`: {Offset: 33, Line: 1, Column: 34, Path: "a"},
		`{"a": [{"numeric": [">", 5, "<", 5]}]}`:  {Offset: 19, Line: 1, Column: 20, Path: "a"},
		`{"a": [{"wildcard": "a**"}]}`:            {Offset: 20, Line: 1, Column: 21, Path: "a"},
		`{"a": [{"anything-but": ["x", 3]}]}`:     {Offset: 30, Line: 1, Column: 31, Path: "a"},
		`{"a": {"$or": [{"b": [1]}]}}`:            {Offset: 14, Line: 1, Column: 15, Path: "a"},
		`{"$or": [{"prefix": [1]}, {"b": [1]}]}`:  {Offset: 20, Line: 1, Column: 21, Path: "prefix"},
		`{"a": [{"cidr": "10.0.0.0/33"}]}`:        {Offset: 16, Line: 1, Column: 17, Path: "a"},
		`{"a": [1}`:                               {Offset: 8, Line: 1, Column: 9},
		`{"a": [{"unknown": 1}]}`:                 {Offset: 19, Line: 1, Column: 20, Path: "a"},
		`{"a": [{"exists": "yes"}]}`:              {Offset: 18, Line: 1, Column: 19, Path: "a"},
		`{"a": [{"numeric": ["=", 1e400]}]}`:      {Offset: 25, Line: 1, Column: 26, Path: "a"},
	} {
		_, err := pattern.Parse([]byte(source))
		var got *pattern.SyntaxError
		require.ErrorAs(t, err, &got, source)
		require.NotEmpty(t, got.Message)
		got.Message = ""
		require.Equal(t, want, *got, source)
	}
}

func TestAlternativesAreBounded(t *testing.T) {
	or := func(n int) string {
		var branches []string
		for i := range n {
			branches = append(branches, fmt.Sprintf(`{"f%d":[1]}`, i))
		}
		return `"$or":[` + strings.Join(branches, ",") + `]`
	}
	parse(t, `{`+or(1000)+`}`)
	parse(t, `{`+or(100)+`,"x":{`+or(10)+`}}`)
	for _, source := range []string{`{` + or(1001) + `}`, `{` + or(100) + `,"x":{` + or(11) + `}}`} {
		_, err := pattern.Parse([]byte(source))
		var failure *pattern.SyntaxError
		require.ErrorAs(t, err, &failure)
	}
}

func TestEventErrors(t *testing.T) {
	p := parse(t, `{"a":[1]}`)
	for _, event := range []string{``, `[]`, `{"a":1`, `{"a":1,"b":nul}`} {
		_, err := p.Match([]byte(event))
		var failure *pattern.EventError
		require.ErrorAs(t, err, &failure, event)
		_, err = pattern.NewSet(p).Match([]byte(event))
		require.ErrorAs(t, err, &failure, event)
	}
}

// The choices of elements must not multiply: without forgetting arrays that are
// done with, this takes 100^6 steps.
func TestArraysDoNotMultiply(t *testing.T) {
	elements := strings.TrimSuffix(strings.Repeat(`{"x":1,"y":2},`, 100), ",")
	var rule, event []string
	for i := range 6 {
		rule = append(rule, fmt.Sprintf(`"f%d":{"x":[1],"y":[2]}`, i))
		event = append(event, fmt.Sprintf(`"f%d":[%s]`, i, elements))
	}
	matched, err := parse(t, "{"+strings.Join(rule, ",")+`,"z":[1]}`).Match([]byte("{" + strings.Join(event, ",") + `,"z":1}`))
	require.NoError(t, err)
	require.True(t, matched)
}

func TestExplain(t *testing.T) {
	p := parse(t, `{"source":["a"],"detail":{"n":[{"numeric":[">",5]}],"s":[{"exists":false}]}}`)
	missed, err := p.Explain([]byte(`{"source":"b","detail":{"n":[1,2],"s":null}}`))
	require.NoError(t, err)
	require.Equal(t, []pattern.Mismatch{
		{Path: "detail.n", Want: `[{"numeric":[">",5]}]`, Got: []string{"1", "2"}},
		{Path: "detail.s", Want: `[{"exists":false}]`, Got: []string{"null"}},
		{Path: "source", Want: `["a"]`, Got: []string{`"b"`}},
	}, missed)
	require.Equal(t, `source: want ["a"], got "b"`, missed[2].String())

	missed, err = p.Explain([]byte(`{"source":"a","detail":{"n":6}}`))
	require.NoError(t, err)
	require.Empty(t, missed)
}

func TestExplainTakesTheNearestAlternative(t *testing.T) {
	p := parse(t, `{"$or":[{"a":[1],"b":[1]},{"a":[1],"c":[1],"d":[1]}]}`)
	missed, err := p.Explain([]byte(`{"a":1,"c":1,"d":2}`))
	require.NoError(t, err)
	require.Len(t, missed, 1)
}

func TestExplainNamesFieldsOfDifferentElements(t *testing.T) {
	missed, err := parse(t, `{"a":{"x":[1],"y":[2]}}`).Explain([]byte(`{"a":[{"x":1},{"y":2}]}`))
	require.NoError(t, err)
	require.Equal(t, "a.x: want [1] in the same element, got 1", missed[0].String())
	require.Len(t, missed, 2)
}

func TestAPatternEncodesAsItself(t *testing.T) {
	const source = `{"a":[{"prefix":"x"}]}`
	encoded, err := json.Marshal(map[string]any{"EventPattern": parse(t, source)})
	require.NoError(t, err)
	require.Equal(t, `{"EventPattern":`+source+`}`, string(encoded))
}

func TestASetAgreesWithItsPatterns(t *testing.T) {
	var patterns []*pattern.Pattern
	seen := map[string]bool{}
	all := verdicts(t)
	for _, v := range all {
		if p, err := pattern.Parse([]byte(v.Pattern)); err == nil && !seen[v.Pattern] {
			seen[v.Pattern] = true
			patterns = append(patterns, p)
		}
	}
	set := pattern.NewSet(patterns...)
	for n, v := range all {
		got, err := set.Match([]byte(v.Event))
		if n%4 != 0 || err != nil {
			continue // a quarter of the pairs is enough, and every one takes all patterns
		}
		want := []int{}
		for i, p := range patterns {
			matched, err := p.Match([]byte(v.Event))
			require.NoError(t, err)
			if matched {
				want = append(want, i)
			}
		}
		require.Equal(t, want, got, v.Event)
	}
}

func FuzzParseAndMatch(f *testing.F) {
	for _, v := range verdicts(f) {
		f.Add([]byte(v.Pattern), []byte(v.Event))
	}
	f.Fuzz(func(t *testing.T, source, event []byte) {
		p, err := pattern.Parse(source)
		if err != nil {
			var failure *pattern.SyntaxError
			require.ErrorAs(t, err, &failure)
			require.LessOrEqual(t, failure.Offset, len(source))
			return
		}
		require.True(t, json.Valid(source))
		matched, err := p.Match(event)
		if err != nil {
			var failure *pattern.EventError
			require.ErrorAs(t, err, &failure)
			return
		}
		missed, err := p.Explain(event)
		require.NoError(t, err)
		require.Equal(t, matched, len(missed) == 0)
		indexes, err := pattern.NewSet(p).Match(event)
		require.NoError(t, err)
		require.Equal(t, matched, len(indexes) == 1)
	})
}
