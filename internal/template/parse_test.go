package template

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct{ document, want string }{
		"scalars": {"a: 1\nb: x # c\nc:\nd: ~\ne: true\nf: -1.5e3", `{"a":1,"b":"x","c":null,"d":null,"e":true,"f":-1.5e3}`},
		"text that looks like a number": {
			"a: 0123\nb: 10.0.0.1\nc: 2010-09-09\nd: '5'\ne: 0x1F\nf: .inf\ng: 1_000",
			`{"a":"0123","b":"10.0.0.1","c":"2010-09-09","d":"5","e":"0x1F","f":".inf","g":"1_000"}`,
		},
		"flow": {"a: [1, x y, {b: c, Fn::Sub: e}, ]", `{"a":[1,"x y",{"b":"c","Fn::Sub":"e"}]}`},
		"JSON": {"{\"a\": [{\"prefix\": \"x\\u00e9\"}],\n \"b\": null}", `{"a":[{"prefix":"xé"}],"b":null}`},
		"short forms": {
			"a: !Ref X\nb: !Sub \"${X}-y\"\nc: !GetAtt A.B.C\nd: [!Ref X, !If [C, 1, 2]]\ne: !Join\n  - ','\n  - [a]\nf: !Condition C",
			`{"a":{"Ref":"X"},"b":{"Fn::Sub":"${X}-y"},"c":{"Fn::GetAtt":["A","B.C"]},"d":[{"Ref":"X"},{"Fn::If":["C",1,2]}],"e":{"Fn::Join":[",",["a"]]},"f":{"Condition":"C"}}`,
		},
		"a short form with a number": {"a: !ImportValue 5", `{"a":{"Fn::ImportValue":5}}`},
		"nested short forms":         {"a: !Sub\n  - ${X}\n  - X: !GetAtt [A, B]", `{"a":{"Fn::Sub":["${X}",{"X":{"Fn::GetAtt":["A","B"]}}]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decode([]byte(c.document))
			require.NoError(t, err)
			encoded, err := json.Marshal(got)
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(encoded))
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ document, want string }{
		"an anchor":           {"a: &x 1", "line 1: CloudFormation does not support anchors and aliases"},
		"an alias":            {"a: 1\nb: *x", "unknown anchor 'x' referenced"},
		"a merge key":         {"a:\n  <<: {b: 1}", "line 2: CloudFormation does not support merge keys"},
		"a key twice":         {"a: 1\na: 2", `line 2: the key "a" stands there twice`},
		"a key of many":       {"[a, b]: 1", "line 1: a key must be a scalar"},
		"a second document":   {"a: 1\n---\nb: 2", "line 2: a second document"},
		"an open list":        {"a: [1, 2", "line 1: did not find expected ',' or ']'"},
		"too many levels":     {strings.Repeat("[", 300) + strings.Repeat("]", 300), "line 1: nested too deep"},
		"nothing":             {"# nothing\n", "a template is empty"},
		"billion laughs":      {"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]", "line 1: CloudFormation does not support anchors and aliases"},
		"something but a map": {"- a", "a template is a mapping"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.document))
			var failure *Error
			require.ErrorAs(t, err, &failure)
			require.EqualError(t, err, c.want)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a: [1, {b: !Ref c}]\nd:\n  - e: |\n      f\n    g: 'h'\n"))
	f.Add([]byte("a: !Sub\n  - x\n  - ? y\n    : !GetAtt z.w\n"))
	f.Fuzz(func(t *testing.T, document []byte) {
		parsed, err := Parse(document)
		if err != nil {
			var failure *Error
			require.ErrorAs(t, err, &failure)
			return
		}
		_, err = json.Marshal(parsed.Root)
		require.NoError(t, err)
	})
}
