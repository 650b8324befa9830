package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/number"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

func num(n int) value.Value { return value.Number(number.FromInt(n)) }

func attr(name string, v value.Value) value.Attribute { return value.Attribute{Name: name, Value: v} }

// sample has the attributes l, m, n and s.
func sample() value.Item {
	return value.Item{
		attr("l", value.List([]value.Value{num(0), num(1), num(2)})),
		attr("m", value.Map(value.Item{attr("a", num(1)), attr("b", value.List(nil))})),
		attr("n", num(5)),
		attr("s", value.String("hello")),
	}
}

func params() *expr.Params {
	return &expr.Params{
		Names:  map[string]string{"#s": "s", "#status": "status"},
		Values: map[string]value.Value{":five": num(5), ":six": num(6), ":he": value.String("he"), ":list": value.List([]value.Value{num(9)})},
	}
}

func TestMatch(t *testing.T) {
	for source, want := range map[string]bool{
		"n = :five":                                  true,
		"(n) = ((:five))":                            false, // redundant parentheses, see below
		"(n) = (:five)":                              true,
		"((n = :five) AND (s <> n)) OR n = :six":     true,
		"NOT n = :five":                              false,
		"NOT (n = :six) AND begins_with(#s, :he)":    true,
		"n BETWEEN :five AND :six":                   true,
		"n IN (:six, :five)":                         true,
		"size(s) = n":                                true,
		"(size(l)) < n":                              true,
		"contains(l, m.a) AND attribute_exists(m.b)": true,
		"attribute_not_exists(m.c) and m.a < n":      true,
		"nope = :five OR nope < :five":               false,
		"nope <> :five":                              true,
		"s < n OR s > n OR s = n":                    false,
		"l[1] = m.a":                                 true,
		"attribute_exists(l[3])":                     false,
		"n = :five OR n = :six AND n = :six":         true,
	} {
		c, err := expr.ParseCondition("ConditionExpression", source, params())
		if source == "(n) = ((:five))" {
			require.ErrorContains(t, err, "redundant parentheses")
			continue
		}
		require.NoError(t, err, source)
		require.Equal(t, want, c.Match(sample()), source)
	}
}

func TestUpdate(t *testing.T) {
	for source, want := range map[string]string{
		"SET n = n + :five, l[0] = n":                            `"l":{"L":[{"N":"5"},{"N":"1"},{"N":"2"}]},"m":{"M":{"a":{"N":"1"},"b":{"L":[]}}},"n":{"N":"10"},"s":{"S":"hello"}`,
		"REMOVE l[0], l[2], m.b, #s":                             `"l":{"L":[{"N":"1"}]},"m":{"M":{"a":{"N":"1"}}},"n":{"N":"5"}`,
		"SET l[9] = :six, l[5] = :five REMOVE l[1]":              `"l":{"L":[{"N":"0"},{"N":"2"},{"N":"5"},{"N":"6"}]},"m":{"M":{"a":{"N":"1"},"b":{"L":[]}}},"n":{"N":"5"},"s":{"S":"hello"}`,
		"ADD n :six, m.c :six SET m.b = list_append(m.b, :list)": `"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"}]},"m":{"M":{"a":{"N":"1"},"b":{"L":[{"N":"9"}]},"c":{"N":"6"}}},"n":{"N":"11"},"s":{"S":"hello"}`,
	} {
		u, err := expr.ParseUpdate(source, params())
		require.NoError(t, err, source)
		item := sample()
		got, err := u.Apply(item)
		require.NoError(t, err, source)
		require.Equal(t, "{"+want+"}", string(got.AppendJSON(nil)), source)
		require.True(t, sample().Equal(item), "the item itself stays")
	}
}

func TestProjection(t *testing.T) {
	p, err := expr.ParseProjection("m.b, l[2], l[0], nope, m.a, n", params())
	require.NoError(t, err)
	require.Equal(t, `{"l":{"L":[{"N":"0"},{"N":"2"}]},"m":{"M":{"a":{"N":"1"},"b":{"L":[]}}},"n":{"N":"5"}}`, string(p.Apply(sample()).AppendJSON(nil)))
}

func TestUnusedNames(t *testing.T) {
	p := params()
	_, err := expr.ParseCondition("ConditionExpression", "#s = :five AND n = :six", p)
	require.NoError(t, err)
	require.EqualError(t, p.CheckUsed(), "ValidationException: Value provided in ExpressionAttributeNames unused in expressions: keys: {#status}")
}

// FuzzExpressions parses any text as each kind of expression. What is accepted
// can be applied to an item; what is not is one of DynamoDB's errors.
func FuzzExpressions(f *testing.F) {
	for _, seed := range []string{
		"n = :five", "((a)) = b", "NOT (a < :six OR contains(l, :he))", "size(m.b[0]) BETWEEN :five AND n",
		"SET a = if_not_exists(b, :five) + (n - :six), l[0] = :he REMOVE m.a ADD n :five DELETE s :he",
		"a, b.c[1], #s", "n = :five AND begins_with(s, :he)", "(((((", "a[99999999999]", "é = :five", "size(size(a)) = a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		check := func(err error) bool {
			var refused *refusal.Error
			if err != nil {
				require.ErrorAs(t, err, &refused)
			}
			return err == nil
		}
		if c, err := expr.ParseCondition("FilterExpression", source, params()); check(err) {
			c.Match(sample())
			c.TopLevel()
		}
		if u, err := expr.ParseUpdate(source, params()); check(err) {
			u.Charge()
			_, err := u.Apply(sample())
			check(err)
			expr.ProjectUpdated(u.Paths()).Apply(sample())
		}
		if p, err := expr.ParseProjection(source, params()); check(err) {
			p.Apply(sample())
		}
		if key, err := expr.ParseKeyCondition(source, params()); check(err) {
			clauses, err := expr.KeyClauses(key)
			if !check(err) {
				return
			}
			_, err = expr.BindKeys(clauses, []string{"n"}, []string{"s"})
			check(err)
		}
	})
}
