package rules_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events/pattern"
	"github.com/go-thaw/thaw/events/rules"
)

func TestFromTemplate(t *testing.T) {
	template, err := os.ReadFile("testdata/template.yaml")
	require.NoError(t, err)
	found, err := rules.FromTemplate(template, map[string]string{"AWS::AccountId": "123456789012"})
	require.NoError(t, err)

	event := []byte(`{"account":"123456789012","source":"shop.dev","detail-type":"OrderPlaced","detail":{"id":"o","price":101}}`)
	var names []string
	for _, r := range found {
		names = append(names, r.Name)
		missed, err := r.Pattern.Explain(event)
		require.NoError(t, err)
		require.Empty(t, missed, r.Name)
	}
	require.Equal(t, []string{"Large", "Worker.Placed", "Written"}, names)

	found, err = rules.FromTemplate(template, map[string]string{"AWS::AccountId": "1", "Stage": "prod"})
	require.NoError(t, err)
	for _, r := range found[:2] { // those with parameters in them
		matched, err := r.Pattern.Match(event)
		require.NoError(t, err)
		require.False(t, matched, r.Name)
	}
}

func TestFromTemplateNamesWhatItCannotResolve(t *testing.T) {
	const head = "Resources: {R: {Type: AWS::Events::Rule, Properties: {EventPattern: "
	for value, want := range map[string]string{
		`{a: [!Ref X]}}}}`:                    "no value for X among the parameters",
		`{a: [!Sub "${X}"]}}}}`:               "no value for X among the parameters",
		`{a: [!Sub "${X"]}}}}`:                `"X" has no closing brace`,
		`{a: [!GetAtt X.Arn]}}}}`:             "no value for X.Arn among the parameters",
		`{a: [{"Fn::Sub": ["${X}", {}]}]}}}}`: "no value for X among the parameters",
		`{a: [!If [x, a, b]]}}}}`:             "Fn::If cannot be resolved",
	} {
		_, err := rules.FromTemplate([]byte(head+value), nil)
		require.EqualError(t, err, "rules: template: R: "+want)
	}
	_, err := rules.FromTemplate([]byte(head+`{a: x}}}}`), nil)
	var failure *pattern.SyntaxError
	require.ErrorAs(t, err, &failure)
	_, err = rules.FromTemplate([]byte("a: [1"), nil)
	require.EqualError(t, err, "rules: template: line 1: did not find expected ',' or ']'")
}

func TestSubKeepsWhatIsEscaped(t *testing.T) {
	found, err := rules.FromTemplate([]byte(`Resources:
  R:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        a: [!Sub "${!Name}-${Name}"]
`), map[string]string{"Name": "x"})
	require.NoError(t, err)
	matched, err := found[0].Pattern.Match([]byte(`{"a":"${Name}-x"}`))
	require.NoError(t, err)
	require.True(t, matched)
}

func ExampleFromTemplate() {
	template := []byte(`
Resources:
  LargeOrders:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        detail-type: [OrderPlaced]
        detail:
          price: [{numeric: [">", 100]}]
`)
	found, err := rules.FromTemplate(template, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range found {
		matched, err := r.Pattern.Match([]byte(`{"detail-type": "OrderPlaced", "detail": {"price": 120}}`))
		fmt.Println(r.Name, matched, err)
	}
	// Output:
	// LargeOrders true <nil>
}
