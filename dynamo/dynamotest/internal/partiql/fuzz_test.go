package partiql_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/partiql"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// FuzzParse parses any text. What comes out can be planned and matched, and any
// error is one of DynamoDB's.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`SELECT * FROM "things"."by-kind" WHERE pk = 'a' AND (sk > 1 OR NOT x IN (1, ?)) ORDER BY pk DESC, sk`,
		`SELECT a.b[0], "c" FROM things WHERE begins_with(a, 'x') AND size(b) < 3 AND attribute_type(c, 'S') = true`,
		`INSERT INTO things VALUE {'pk': 'a', 'l': [1, {'x': null}], 's': <<'a', 'b'>>, 'n': <<1, -2.5e3>>, 'p': ?}`,
		`UPDATE things SET a = b + 1, c = list_append(c, [?]) REMOVE d[1] WHERE pk = ? AND sk = 2 RETURNING MODIFIED NEW *`,
		`UPDATE things SET s = set_add(s, <<'a'>>) SET t = set_delete(t, ?) WHERE pk = 'a'`,
		`DELETE FROM things WHERE pk = 'a' AND x BETWEEN 1 AND 2 AND y IS NOT MISSING RETURNING ALL OLD *;`,
		`EXISTS(SELECT * FROM things WHERE pk = 'a' AND x = 1)`, `FROM things WHERE pk = 'a' SET x = 1`,
		"SELECT /* c */ a -- d\n FROM things WHERE a = `2020T` AND b = <<>>", `'`, `"`, `<<`, `{`, `[`, `(((`, `NOT (NOT`, "\xff",
	} {
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, source string, exists bool) {
		s, err := partiql.Parse(source, []value.Value{value.String("a"), value.Bool(true)}, exists)
		if err == nil {
			err = s.CheckOperands()
		}
		if err != nil {
			e, ok := refusal.As(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, refusal.ValidationCode, e.Code)
			return
		}
		partiql.Branches(s.Where, "pk", "sk", false)
		partiql.Branches(s.Where, "pk", "", true)
		partiql.Equalities(s.Where, "pk")
		if s.Where != nil {
			s.Where.Match(nil)
		}
		if s.Update != nil {
			_ = s.Update.CheckTerms()
			_, _ = s.Update.Apply(nil)
		}
	})
}
