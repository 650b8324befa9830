package dynamotest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// A request is what an operation reads its members from: a document of the
// right shape, or an object inside one.
type request struct {
	fake  *Fake
	op    string // the operation's name
	node  *wire.Node
	layer value.Layer
	// broken collects the constraints that members violate.
	broken []string
}

// inside returns a request for an object inside r.
func (r *request) inside(n *wire.Node) *request {
	return &request{fake: r.fake, op: r.op, node: n, layer: r.layer}
}

func (r *request) has(member string) bool { return r.node.Member(member) != nil }

// text returns a string member and whether it is there.
func (r *request) text(member string) (string, bool) {
	if n := r.node.Member(member); n != nil {
		return n.Text, true
	}
	return "", false
}

// flag returns a boolean member, false when it is not there.
func (r *request) flag(member string) bool {
	n := r.node.Member(member)
	if n == nil {
		return false
	}
	on, _ := wire.ReadFlag(n)
	return on
}

// number returns an integer member and whether it is there. Fractions are cut
// off and the result is kept within 32 bits.
func (r *request) number(member string) (int, bool) {
	n := r.node.Member(member)
	if n == nil {
		return 0, false
	}
	f, _ := strconv.ParseFloat(n.Text, 64) // ±Inf when it is too large
	return int(min(max(f, math.MinInt32), math.MaxInt32)), true
}

// long returns a 64-bit integer member, 0 when it is not there.
func (r *request) long(member string) int64 {
	n := r.node.Member(member)
	if n == nil {
		return 0
	}
	if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
		return i
	}
	f, _ := strconv.ParseFloat(n.Text, 64)
	return int64(min(max(f, -1<<62), 1<<62))
}

// kids returns the elements of a list or the entries of a map.
func (r *request) kids(member string) []wire.Node {
	if n := r.node.Member(member); n != nil {
		return n.Kids
	}
	return nil
}

// texts returns the strings of a list.
func (r *request) texts(member string) []string {
	kids := r.kids(member)
	out := make([]string, len(kids))
	for i := range kids {
		out[i] = kids[i].Text
	}
	return out
}

// item returns an item or key.
func (r *request) item(member string) (value.Item, error) {
	n := r.node.Member(member)
	if n == nil {
		return nil, nil
	}
	return value.DecodeItem(n, r.layer)
}

// names returns the names for the expressions of an operation that takes no
// values.
func (r *request) names() *expr.Params {
	p := new(expr.Params)
	if n := r.node.Member("ExpressionAttributeNames"); n != nil {
		p.Names = make(map[string]string, len(n.Kids))
		for i := range n.Kids {
			p.Names[n.Kids[i].Name] = n.Kids[i].Text
		}
	}
	return p
}

// params returns the names and values for expressions.
func (r *request) params() (*expr.Params, error) {
	p := r.names()
	n := r.node.Member("ExpressionAttributeValues")
	if n == nil {
		return p, nil
	}
	p.Values = make(map[string]value.Value, len(n.Kids))
	for i := range n.Kids {
		v, err := value.Decode(&n.Kids[i], r.layer)
		if err != nil {
			return nil, r.aboutValue(n.Kids[i].Name, err)
		}
		p.Values[n.Kids[i].Name] = v
	}
	return p, nil
}

// violates notes a violated constraint.
func (r *request) violates(format string, args ...any) {
	r.broken = append(r.broken, fmt.Sprintf(format, args...))
}

// violations returns the collected constraints as one error and forgets them.
func (r *request) violations() error {
	broken := r.broken
	r.broken = nil
	switch len(broken) {
	case 0:
		return nil
	case 1:
		return refusal.Invalid("%s", "1 validation error detected: "+broken[0])
	}
	return refusal.Invalid("%s", fmt.Sprintf("%d validation errors detected: ", len(broken))+strings.Join(broken, "; "))
}

// needs notes that a required member is missing.
func (r *request) needs(member string) {
	if !r.has(member) {
		r.violates("Value null at '%s' failed to satisfy constraint: Member must not be null", lower(member))
	}
}

// lower writes a member's name as most complaints do.
func lower(member string) string { return strings.ToLower(member[:1]) + member[1:] }

// enum notes that a member has none of the values.
func (r *request) enum(member string, values ...string) {
	if v, ok := r.text(member); ok && !slices.Contains(values, v) {
		r.violates("Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]",
			v, lower(member), strings.Join(values, ", "))
	}
}

func (r *request) capacityEnum() {
	r.enum("ReturnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
}

// emptyTable refuses an empty table name, which is reported alone and before
// anything else.
func (r *request) emptyTable() error {
	if name, ok := r.text("TableName"); ok && name == "" {
		r.violatesEmptyTable()
	}
	return r.violations()
}

func (r *request) violatesEmptyTable() {
	r.violates("Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1")
}

// tableName notes what is wrong with the table's name.
func (r *request) tableName() {
	r.needs("TableName")
	if name, ok := r.text("TableName"); ok {
		if c := lengthConstraint(name); c != "" {
			r.violates("Value '%s' at 'tableName' failed to satisfy constraint: %s", name, c)
		} else if !validName(name) {
			r.violates("Value '%s' at 'tableName' failed to satisfy constraint: %s", name, patternConstraint)
		}
	}
}

const patternConstraint = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"

// lengthConstraint returns the bound that the length of a table's or index's
// name breaks.
func lengthConstraint(name string) string {
	switch n := len(name); {
	case n < 3:
		return "Member must have length greater than or equal to 3"
	case n > 255:
		return "Member must have length less than or equal to 255"
	}
	return ""
}

// validName tells that a name has only the characters it may have.
func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.' || c == '-')
	})
}
