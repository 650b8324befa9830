package yamlsubset_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events/internal/yamlsubset"
)

func TestParse(t *testing.T) {
	for name, c := range map[string]struct{ document, want string }{
		"empty":         {"", `null`},
		"comment":       {"# nothing\n", `null`},
		"map":           {"a: 1\nb: x # c\nc:\nd: ~", `{"a":1,"b":"x","c":null,"d":null}`},
		"nested":        {"---\na:\n  b:\n    c: true\n  d: 'it''s'", `{"a":{"b":{"c":true},"d":"it's"}}`},
		"sequence":      {"a:\n  - 1\n  - x: 1\n    y: 2\n  -\n    z: 3\n  - - p\n    - q", `{"a":[1,{"x":1,"y":2},{"z":3},["p","q"]]}`},
		"at the key":    {"a:\n- 1\n- 2\nb: 3", `{"a":[1,2],"b":3}`},
		"flow":          {"a: [1, x y, \"z, w\", {b: c, 'd': [], Fn::Sub: e}, ]", `{"a":[1,"x y","z, w",{"b":"c","d":[],"Fn::Sub":"e"}]}`},
		"flow lines":    {"a: {\n  b: [1, # one\n    2],\n  c: 3}\nd: 4", `{"a":{"b":[1,2],"c":3},"d":4}`},
		"JSON":          {"{\"a\": [{\"prefix\": \"x\\u00e9\"}],\n \"b\": null}", `{"a":[{"prefix":"xé"}],"b":null}`},
		"tags":          {"a: !Ref X\nb: !Sub \"${X}-y\"\nc: !GetAtt A.B\nd: [!Ref X, !If [C, 1, 2]]\ne: !Join\n  - ','\n  - [a]", `{"a":{"Ref":"X"},"b":{"Fn::Sub":"${X}-y"},"c":{"Fn::GetAtt":"A.B"},"d":[{"Ref":"X"},{"Fn::If":["C",1,2]}],"e":{"Fn::Join":[",",["a"]]}}`},
		"literal":       {"a: |\n  x\n    y\n\n  z\nb: 1", `{"a":"x\n  y\n\nz\n","b":1}`},
		"folded":        {"a: >-\n  x\n  y\nb: 1", `{"a":"x y","b":1}`},
		"plain lines":   {"a: one\n  two # c\n  three\nb: http://x/y#z", `{"a":"one two three","b":"http://x/y#z"}`},
		"numbers":       {"a: -1.5e3\nb: 0123\nc: 10.0.0.1\nd: 2010-09-09", `{"a":-1.5e3,"b":"0123","c":"10.0.0.1","d":"2010-09-09"}`},
		"quoted keys":   {"\"a b\": 1\n'c': 2", `{"a b":1,"c":2}`},
		"key, comment":  {"a: # c\n  b: 1\nc:   # d\n  - 1", `{"a":{"b":1},"c":[1]}`},
		"Windows":       {"a: 1\r\nb:\r\n  c: 2\r\n", `{"a":1,"b":{"c":2}}`},
		"quoted lines":  {"a: \"x\n  y\"\nb: 2", `{"a":"x y","b":2}`},
		"item, comment": {"- a # c\n- 'b' # d\n- [c] # e", `["a","b",["c"]]`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := yamlsubset.Parse([]byte(c.document))
			require.NoError(t, err)
			encoded, err := json.Marshal(got)
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(encoded))
		})
	}
}

func TestParseRefusesWhatItDoesNotKnow(t *testing.T) {
	for document, line := range map[string]int{
		"a: &x 1":                  1,
		"a: 1\nb: *x":              2,
		"a:\n  <<: 1":              2,
		"a: [1, 2":                 1,
		"a: \"x":                   1,
		"a: {b 1}":                 1,
		"a: 1\n  b: 2":             2,
		"a: 1\na: 2":               2,
		"a: [1] x":                 1,
		"\ta: 1":                   1,
		"a:\n    b: 1\n  c: 2":     3,
		"a: \"\\q\"":               1,
		"a: 1\n---\nb: 2":          2,
		strings.Repeat("[", 1000):  1,
		strings.Repeat("- ", 1000): 1,
	} {
		_, err := yamlsubset.Parse([]byte(document))
		var failure *yamlsubset.Error
		require.ErrorAs(t, err, &failure, document)
		require.Equal(t, line, failure.Line, document)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a: [1, {b: !Ref c}]\nd:\n  - e: |\n      f\n    g: 'h'\n"))
	f.Add([]byte("- - a\n  - \"b\\n\"\n- >\n c\n"))
	f.Fuzz(func(t *testing.T, document []byte) {
		value, err := yamlsubset.Parse(document)
		if err != nil {
			var failure *yamlsubset.Error
			require.True(t, errors.As(err, &failure))
			return
		}
		_, err = json.Marshal(value)
		require.NoError(t, err)
	})
}
