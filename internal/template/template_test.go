package template_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/internal/template"
)

const document = `
Parameters:
  Stage: {Type: String, Default: dev}
  Days: {Type: Number, Default: 30}
  Key: {Type: String}
Globals:
  Function:
    Timeout: 10
    Architectures: [arm64]
    Environment: {Variables: {TABLE: !Ref Table, LEVEL: info}}
    Layers: [a]
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Environment: {Variables: {LEVEL: debug}}
      Layers: [b]
  Table: {Type: AWS::DynamoDB::Table}
`

func parse(t *testing.T) *template.Template {
	t.Helper()
	parsed, err := template.Parse([]byte(document))
	require.NoError(t, err)
	return parsed
}

func TestAFunctionHasItsGlobals(t *testing.T) {
	resources := parse(t).Resources()
	require.Len(t, resources, 2)
	require.Equal(t, "Table", resources[0].ID)
	require.Empty(t, resources[0].Properties, "globals are those of functions")

	worker, ok := parse(t).Resource("Worker")
	require.True(t, ok)
	require.Equal(t, "AWS::Serverless::Function", worker.Type)
	require.Equal(t, map[string]any{
		"Timeout":       json.Number("30"),
		"Architectures": []any{"arm64"},
		"Layers":        []any{"a", "b"},
		"Environment":   map[string]any{"Variables": map[string]any{"TABLE": map[string]any{"Ref": "Table"}, "LEVEL": "debug"}},
	}, worker.Properties)

	_, ok = parse(t).Resource("Missing")
	require.False(t, ok)
}

func TestTheGlobalsStayAsTheyAre(t *testing.T) {
	parsed := parse(t)
	first, _ := parsed.Resource("Worker")
	template.Object(first.Properties, "Environment", "Variables")["LEVEL"] = "changed"
	second, _ := parsed.Resource("Worker")
	require.Equal(t, "debug", template.Object(second.Properties, "Environment", "Variables")["LEVEL"])
}

func TestDefaults(t *testing.T) {
	require.Equal(t, map[string]string{"Stage": "dev", "Days": "30"}, parse(t).Defaults())
}

func TestTarget(t *testing.T) {
	for source, want := range map[string]string{
		"a: !Ref X":            "X",
		"a: !GetAtt X.Arn":     "X",
		"a: {Ref: X}":          "X",
		"a: !Sub X":            "",
		"a: X":                 "",
		"a: {Ref: X, Ref2: Y}": "",
		"a: [X]":               "",
	} {
		parsed, err := template.Parse([]byte(source))
		require.NoError(t, err)
		id, ok := template.Target(parsed.Root["a"])
		require.Equal(t, want, id, source)
		require.Equal(t, want != "", ok, source)
	}
}

func TestResolve(t *testing.T) {
	values := map[string]string{"X": "x", "Q.Arn": "arn:q"}
	parsed, err := template.Parse([]byte("a: [!Ref X, !Sub 'a-${X}-${!Y}', 1, !GetAtt Q.Arn, !Sub '${Q.Arn}/',\n" +
		"  !Sub ['${Y}-${X}', {Y: !Ref X}], !Join ['-', [a, !Ref X, !Sub 'b${X}']], {Fn::GetAtt: Q.Arn}, {Fn::GetAtt: [Q, Arn]}]"))
	require.NoError(t, err)
	resolved, err := template.Resolve(parsed.Root["a"], values)
	require.NoError(t, err)
	require.Equal(t, []any{"x", "a-x-${Y}", json.Number("1"), "arn:q", "arn:q/", "x-x", "a-x-bx", "arn:q", "arn:q"}, resolved)
	for source, want := range map[string]string{
		"a: !Ref Z":             "no value for Z among the parameters",
		"a: {b: [!Sub '${Z}']}": "no value for Z among the parameters",
		"a: !Sub '${X'":         `"X" has no closing brace`,
		"a: !GetAtt X.Arn":      "no value for X.Arn among the parameters",
		"a: !GetAtt [X]":        "Fn::GetAtt cannot be resolved",
		"a: !If [c, 1, 2]":      "Fn::If cannot be resolved",
		"a: !Ref [X]":           "Ref cannot be resolved",
		"a: !Sub [x]":           "Fn::Sub cannot be resolved",
		"a: !Sub [x, y]":        "Fn::Sub takes a text and its variables",
		"a: !Sub [x, {A: [b]}]": "[b] is no text",
		"a: !Sub ['${A}', {}]":  "no value for A among the parameters",
		"a: !Join [x, y]":       "Fn::Join takes a separator and a list",
		"a: !Join [x, [[y]]]":   "[y] is no text",
	} {
		parsed, err := template.Parse([]byte(source))
		require.NoError(t, err)
		_, err = template.Resolve(parsed.Root, values)
		require.EqualError(t, err, want, source)
	}
}
