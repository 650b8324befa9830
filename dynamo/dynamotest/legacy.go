package dynamotest

import (
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// The parameters from before there were expressions.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html

var (
	conditionShape = structShape("Condition",
		wire.Member{Name: "ComparisonOperator", Shape: textShape},
		wire.Member{Name: "AttributeValueList", Shape: listShape(valueShape)},
	)
	expectedShape = structShape("ExpectedAttributeValue",
		wire.Member{Name: "Exists", Shape: flagShape},
		wire.Member{Name: "ComparisonOperator", Shape: textShape},
		wire.Member{Name: "Value", Shape: valueShape},
		wire.Member{Name: "AttributeValueList", Shape: listShape(valueShape)},
	)
	attributeUpdateShape = structShape("AttributeValueUpdate",
		wire.Member{Name: "Action", Shape: textShape},
		wire.Member{Name: "Value", Shape: valueShape},
	)
)

// A legacy is a condition on one attribute.
type legacy struct {
	*request
	name   string
	op     string
	values []value.Value // of AttributeValueList, or Value alone
}

// legacies reads the conditions of a member in the order of their names.
func (r *request) legacies(member string) ([]*legacy, error) {
	var out []*legacy
	if !r.has(member) {
		return nil, nil
	}
	for _, n := range sortedTables(r.kids(member)) {
		l := &legacy{request: r.inside(&n), name: n.Name}
		l.op, _ = l.text("ComparisonOperator")
		var nodes []wire.Node
		nodes = append(nodes, l.kids("AttributeValueList")...)
		if v := n.Member("Value"); v != nil {
			nodes = append(nodes, *v)
		}
		for i := range nodes {
			v, err := value.Decode(&nodes[i], r.layer)
			if err == nil {
				err = v.Check(r.layer)
			}
			if err == nil && v.HasEmptyName() {
				err = refusal.Request(emptyNameText)
			}
			if err != nil {
				return nil, err
			}
			l.values = append(l.values, v)
		}
		out = append(out, l)
	}
	return out, nil
}

// missingOperators notes conditions without an operator.
func (r *request) missingOperators(member string) {
	for _, n := range r.kids(member) {
		if n.Kind == wire.Object && n.Member("ComparisonOperator") == nil {
			r.nullAt(lower(member) + "." + n.Name + ".member.comparisonOperator")
		}
	}
}

// checkConditionalOperator refuses ConditionalOperator without conditions to
// join.
func (r *request) checkConditionalOperator(members []string) error {
	operator, ok := r.text("ConditionalOperator")
	if !ok {
		return nil
	}
	conditions := 0
	for _, m := range members {
		if m == "Expected" || m == "QueryFilter" || m == "ScanFilter" {
			conditions += len(r.kids(m))
		}
	}
	switch {
	case conditions == 0:
		return refusal.Request("ConditionalOperator cannot be used without Filter or Expected")
	case conditions == 1:
		return refusal.Request("ConditionalOperator can only be used when Filter or Expected has two or more elements")
	case operator != "AND" && operator != "OR":
		return refusal.Request("Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]")
	}
	return nil
}

// joiner returns how conditions are joined.
func (r *request) joiner() string {
	if operator, ok := r.text("ConditionalOperator"); ok {
		return operator
	}
	return "AND"
}

// bounds returns how many values an operator takes.
func bounds(op string) (low, high int, ok bool) {
	switch op {
	case "NULL", "NOT_NULL":
		return 0, 0, true
	case "BETWEEN":
		return 2, 2, true
	case "IN":
		return 1, 1 << 30, true
	}
	_, ok = expr.Operators[op]
	return 1, 1, ok
}

const operatorText = invalidText + "Invalid comparison operator"

// check checks the number and types of the values.
func (l *legacy) check() error {
	low, high, ok := bounds(l.op)
	switch n := len(l.values); {
	case !ok:
		return refusal.Request(operatorText)
	case n < low || n > high:
		return refusal.Request(invalidText+"Invalid number of argument(s) for the %s ComparisonOperator", l.op)
	}
	return l.checkTypes()
}

func (l *legacy) checkTypes() error {
	checked := l.values
	if l.op != "IN" && len(checked) > 1 {
		checked = checked[:1]
	}
	for _, v := range checked {
		if !compares(l.op, v.Type()) {
			return refusal.Request(invalidText+"ComparisonOperator %s is not valid for %s AttributeValue type", l.op, v.Type())
		}
	}
	return nil
}

// compares tells that a legacy operator takes values of the type.
func compares(op string, t value.Type) bool {
	switch op {
	case "LT", "LE", "GT", "GE", "IN", "BETWEEN":
		return t.Ordered()
	case "BEGINS_WITH":
		return t == value.S || t == value.B
	case "CONTAINS", "NOT_CONTAINS":
		return t.Ordered() || t == value.BOOL || t == value.NULL
	}
	return true
}

// sameTypes refuses values of different types in one list.
func sameTypes(values []value.Value) error {
	for _, v := range values {
		if v.Type() != values[0].Type() {
			return refusal.Request(invalidText + "AttributeValues inside AttributeValueList must be of same type")
		}
	}
	return nil
}

func (l *legacy) condition() *expr.Condition { return expr.Legacy(l.name, l.op, l.values) }

// legacyFilter returns the condition of QueryFilter or ScanFilter, nil when
// there is none, and the attributes it is about.
func (r *request) legacyFilter(all []*legacy) (*expr.Condition, []string, error) {
	var conditions []*expr.Condition
	var names []string
	for _, l := range all {
		if err := l.check(); err != nil {
			return nil, nil, err
		}
		conditions = append(conditions, l.condition())
		names = append(names, l.name)
	}
	return expr.Join(r.joiner(), conditions), names, nil
}

// notForKeys are the operators that a key condition does not take.
var notForKeys = []string{"NE", "NULL", "NOT_NULL", "IN", "CONTAINS", "NOT_CONTAINS"}

// legacyKeys returns the clauses of KeyConditions. Those without a place in a
// key condition have their own name as their operator.
func legacyKeys(all []*legacy) ([]expr.KeyClause, error) {
	clauses := make([]expr.KeyClause, 0, len(all))
	for _, l := range all {
		if err := l.check(); err != nil {
			return nil, err
		}
		op := l.op
		if !slices.Contains(notForKeys, op) {
			op = expr.Operators[op]
		}
		clauses = append(clauses, expr.KeyClause{Name: l.name, Op: op, Values: l.values})
	}
	return clauses, nil
}

// checkLegacyKeys checks what of KeyConditions is looked at only when the table is
// known.
func (x *reading) checkLegacyKeys(clauses []expr.KeyClause) error {
	if !x.has("KeyConditions") {
		return nil
	}
	for _, c := range clauses {
		if err := sameTypes(c.Values); err != nil {
			return err
		}
		if slices.Contains(notForKeys, c.Op) {
			return refusal.Invalid("Unsupported KeyConditions ComparisonOperator: %s", c.Op)
		}
	}
	return nil
}

// expected returns the condition of Expected, nil when there is none.
func (r *request) expected() (*expr.Condition, error) {
	all, err := r.legacies("Expected")
	if err != nil {
		return nil, requestError(err)
	}
	var conditions []*expr.Condition
	for _, l := range all {
		if err := l.checkExpected(); err != nil {
			return nil, err
		}
		conditions = append(conditions, l.expectedCondition())
	}
	return expr.Join(r.joiner(), conditions), nil
}

// requestError makes a complaint about a value one about the request.
func requestError(err error) error {
	if e, ok := refusal.As(err); ok && e.Code == refusal.ValidationCode &&
		(strings.HasPrefix(e.Message, "Supplied AttributeValue has") || strings.Contains(e.Message, "Null attribute")) {
		out := *e
		out.Request = true
		return &out
	}
	return err
}

// checkExpected checks which members of an entry of Expected go together.
func (l *legacy) checkExpected() error {
	hasValue, hasExists, hasOp, hasList := l.has("Value"), l.has("Exists"), l.has("ComparisonOperator"), l.has("AttributeValueList")
	var text string
	switch {
	case hasExists && hasOp:
		text = "Exists and ComparisonOperator cannot be used together"
	case hasValue && hasList:
		text = "Value and AttributeValueList cannot be used together"
	case hasList && !hasOp:
		text = "AttributeValueList can only be used with a ComparisonOperator"
	case hasOp:
		return l.checkExpectedOperator(hasList)
	case hasExists && l.flag("Exists") && !hasValue:
		text = "Value must be provided when Exists is true"
	case hasExists && !l.flag("Exists") && hasValue:
		text = "Value cannot be used when Exists is false"
	case !hasValue && !hasExists:
		text = "Value must be provided when Exists is null"
	default:
		return nil
	}
	return refusal.Request("%s", invalidText+text+" for Attribute: "+l.name)
}

func (l *legacy) checkExpectedOperator(hasList bool) error {
	low, _, ok := bounds(l.op)
	if ok && low > 0 && len(l.values) == 0 && (!hasList || l.op == "BETWEEN" || l.op == "IN") {
		return refusal.Request("%s", invalidText+"Value or AttributeValueList must be used with ComparisonOperator: "+l.op+" for Attribute: "+l.name)
	}
	if err := l.check(); err != nil {
		return err
	}
	if err := sameTypes(l.values); err != nil {
		return err
	}
	if l.op == "BETWEEN" && l.values[0].Type().Ordered() && value.Compare(l.values[0], l.values[1]) > 0 {
		return refusal.Request("The BETWEEN condition was provided a range where the lower bound is greater than the upper bound")
	}
	return nil
}

func (l *legacy) expectedCondition() *expr.Condition {
	switch {
	case l.op != "":
		return l.condition()
	case l.has("Exists") && !l.flag("Exists"):
		return expr.Legacy(l.name, "NULL", nil)
	}
	return expr.Legacy(l.name, "EQ", l.values)
}
