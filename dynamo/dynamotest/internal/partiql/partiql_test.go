package partiql_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/partiql"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// TestRefusals has the complaints whose order or position matters; others are
// among the recorded answers of the fake.
func TestRefusals(t *testing.T) {
	const malformed = "Statement wasn't well formed, can't be processed: "
	for _, c := range []struct{ rule, statement, want string }{
		{"positions are line, column and length in characters", "SELECT *\nFROM t WHERE 'ä' = a AND\n  nope(b)", "Unrecognized function: nope at 3:3:4"},
		{"comments do not move positions", "SELECT * FROM t -- c\nWHERE /* d */ nope(b)", "Unrecognized function: nope at 2:15:4"},
		{"a malformed statement comes before any other mistake", "SELECT * FROM t WHERE nope(b) = ", malformed + "Missing right-hand side expression of infix operator"},
		{"a condition's mistakes come before those of SET", "UPDATE t SET a = <<>> WHERE nope(b)", "Unrecognized function: nope at 1:29:4"},
		{"the first mistake of a clause counts", "SELECT * FROM t WHERE one(b) AND two(b)", "Unrecognized function: one at 1:23:3"},
		{"operands come after functions", "SELECT * FROM t WHERE a = a AND nope(b)", "Unrecognized function: nope at 1:33:4"},
		{"operands come before parameters", "SELECT * FROM t WHERE a = a AND b = ?", "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]"},
		{"too few parameters", "SELECT * FROM t WHERE b = ?", "Number of parameters in request and statement don't match."},
		{"the path of a value leaves out its attribute", "INSERT INTO t VALUE {'a': {'b': [1e999]}}", "Number overflow. Attempting to store a number with magnitude larger than supported range under root.b[0]"},
		{"one semicolon may end a statement", "SELECT * FROM t;;", malformed + "Unexpected token after semicolon. (Only one query is allowed.)"},
		{"keywords need quotes after a point", "SELECT a.date FROM t", malformed + "Invalid path dot component"},
		{"a sign names no attribute", "UPDATE t SET * = 1 WHERE pk = 'a'", malformed + "Unexpected term"},
		{"a sign is no column", "SELECT a, * FROM t", malformed + "Unexpected term"},
		{"names are ASCII without quotes", "SELECT ä FROM t", malformed},
	} {
		_, err := partiql.Parse(c.statement, nil, false)
		e, ok := refusal.As(err)
		require.True(t, ok, "%s: %v", c.rule, err)
		require.Equal(t, c.want, e.Message, "%s: %s", c.rule, c.statement)
	}
}

func TestBranches(t *testing.T) {
	for _, c := range []struct {
		where string
		want  int // branches, of which all name the partition key if pinned
		pins  bool
	}{
		{"pk = 'a'", 1, true},
		{"'a' = pk AND x = 1", 1, true},
		{"pk = 'a' AND (x = 1 OR y = 2)", 1, true},
		{"pk = 'a' AND (sk = 1 OR sk = 2)", 2, true},
		{"pk = 'a' OR pk = 'b'", 2, true},
		{"pk = 'a' OR x = 1", 2, false},
		{"NOT (pk <> 'a' OR x = 1)", 1, false},
		{"NOT (NOT pk = 'a')", 1, true},
		{"NOT pk = 'a'", 1, false},
		{"pk < 'a'", 1, false},
		{"pk.a = 'a'", 1, false},
		{"pk = x", 1, false},
	} {
		s, err := partiql.Parse("SELECT * FROM t WHERE "+c.where, nil, false)
		require.NoError(t, err, "%s", c.where)
		branches, ok := partiql.Branches(s.Where, "pk", "sk", false)
		require.True(t, ok)
		pins := true
		for _, b := range branches {
			pins = pins && len(b.Hash) == 1
		}
		require.Len(t, branches, c.want, "%s", c.where)
		require.Equal(t, c.pins, pins, "%s", c.where)
	}
}

// TestBranchesAreBounded has a condition with 2^20 alternatives.
func TestBranchesAreBounded(t *testing.T) {
	where := "pk = 'a'"
	for range 20 {
		where += " AND (sk = 1 OR sk = 2)"
	}
	s, err := partiql.Parse("SELECT * FROM t WHERE "+where, nil, false)
	require.NoError(t, err)
	branches, _ := partiql.Branches(s.Where, "pk", "sk", true)
	require.LessOrEqual(t, len(branches), 256)
}

func TestEqualitiesAreOutsideOfAlternatives(t *testing.T) {
	s, err := partiql.Parse("DELETE FROM t WHERE pk = 'a' AND (sk = 1 OR sk = 2) AND NOT (NOT sk = 3) AND 4 = sk", nil, false)
	require.NoError(t, err)
	require.Equal(t, []value.Value{value.String("a")}, partiql.Equalities(s.Where, "pk"))
	require.Equal(t, []string{"4"}, texts(partiql.Equalities(s.Where, "sk")))
}

func texts(values []value.Value) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.Text()
	}
	return out
}
