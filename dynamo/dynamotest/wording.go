package dynamotest

import (
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// A Wording chooses between the texts of two generations of DynamoDB's request
// validation. AWS moved its regions from the one to the other during 2026.
type Wording int

const (
	// WordingCurrent is what almost all regions answer: a semantic check of a
	// single-item write that fails reads "1 validation error detected: …", an
	// empty table name reads "Value at 'TableName' failed …" and is reported
	// alone, and UpdateItem stops at its first wrong member.
	WordingCurrent Wording = iota
	// WordingOlder is what all regions answered before. A member is named with
	// its value, "Value '' at 'tableName' failed …", and all members that are
	// wrong are listed: "2 validation errors detected: …; …". What is wrong
	// otherwise has no such prefix. Table names of one and two characters pass,
	// and name no table. An expression value that is wrong is named:
	// "ExpressionAttributeValues contains invalid value: … for key :v".
	//
	// Batches, transactions and PartiQL have one wording, which is this one.
	WordingOlder
)

// layerOf returns the layer that checks the values of a request.
func (f *Fake) layerOf(o operation, root *wire.Node) value.Layer {
	if o.older || f.wording == WordingOlder || value.OlderLayer(root) {
		return value.Older
	}
	return value.Current
}

// older tells that the request is answered in the older wording.
func (r *request) older() bool { return r.fake.wording == WordingOlder }

// readsOlder tells that the members of a single-item write are checked in the
// older wording. Requests with a very deep value are, whatever the wording
// (https://github.com/paritysuite/dynamodb-conformance/blob/main/tests/tier3/validation-ordering/deepRequests.test.ts).
func (r *request) readsOlder() bool { return r.older() || r.isDeep() }

// isDeep tells that a value is too deep for DynamoDB's first check of the depth,
// in a request with members for which that matters.
func (r *request) isDeep() bool {
	return (r.has("ReturnValues") || r.has("ConditionalOperator")) && value.IsDeep(r.node)
}

// phrase counts the failed check of a single-item write, as the current wording
// of the current layer does.
func (f *Fake) phrase(o operation, r *request, err error) error {
	if err == nil || !o.single || r.layer == value.Older {
		return err
	}
	e, ok := refusal.As(err)
	if !ok || !e.Request {
		return err
	}
	counted := *e
	counted.Message = "1 validation error detected: " + e.Message
	return &counted
}

// olderTableName notes what is wrong with the table's name in the older
// wording.
func (r *request) olderTableName() {
	r.needs("TableName")
	name, ok := r.text("TableName")
	note := func(constraint string) {
		r.violates("Value '%s' at 'tableName' failed to satisfy constraint: %s", name, constraint)
	}
	switch {
	case !ok:
	case name == "":
		note("Member must have length greater than or equal to 1")
	case !validName(name):
		note(patternConstraint)
	}
	if c := lengthConstraint(name); len(name) > 3 && c != "" {
		note(c)
	}
}

// olderWriteMembers lists all members of a single-item write that are wrong.
// PutItem is known to name the table last, the others to name it second.
func (r *request) olderWriteMembers(subject string) error {
	r.capacityEnum()
	if subject == "Key" {
		r.olderTableName()
	} else {
		r.needs(subject)
	}
	r.enum("ReturnValues", returnValues...)
	r.onFailureEnum()
	r.metricsEnum()
	if subject == "Key" {
		r.needs(subject)
	} else {
		r.olderTableName()
	}
	r.olderConditions("Expected", false)
	if err := r.violations(); err != nil {
		return err
	}
	if r.op == "DeleteItem" || r.op == "PutItem" && r.isDeep() {
		return r.onlyAllOld()
	}
	return nil
}

// onlyAllOld refuses values of ReturnValues that are for updates.
func (r *request) onlyAllOld() error {
	if v, ok := r.text("ReturnValues"); ok && v != "NONE" && v != "ALL_OLD" {
		return refusal.Invalid(onlyAllOldText)
	}
	return nil
}

// olderReadMembers lists all members of a Query or Scan that are wrong.
func (x *reading) olderReadMembers(filters ...string) error {
	x.selectEnum()
	x.bounded("TotalSegments", 1, maxSegments)
	x.capacityEnum()
	x.olderTableName()
	x.bounded("Segment", 0, maxSegments-1)
	x.limitMember()
	for _, member := range filters {
		x.olderConditions(member, true)
	}
	return x.violations()
}

// olderConditions notes what is wrong with the operators of legacy conditions
// and with the one that joins them.
func (r *request) olderConditions(member string, needed bool) {
	r.enum("ConditionalOperator", "OR", "AND")
	if needed {
		r.missingOperators(member)
	}
	for _, n := range r.kids(member) {
		op, ok := r.inside(&n).text("ComparisonOperator")
		if _, _, known := bounds(op); ok && !known {
			r.violates("Value '%s' at '%s.%s.member.comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [%s]",
				op, lower(member), n.Name, strings.Join(comparisonOperators, ", "))
		}
	}
}

var comparisonOperators = []string{
	"IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS",
}

// unusedValues is the complaint about values without an expression. The older
// wording adds which expressions could have used them.
func (r *request) unusedValues(modern, hint []string) error {
	const text = "ExpressionAttributeValues can only be specified when using expressions"
	if r.older() {
		users := slices.DeleteFunc(slices.Clone(modern), func(m string) bool { return m == "ProjectionExpression" })
		if len(users) == 1 {
			return refusal.Request(text+": %s is null", users[0])
		}
		return refusal.Request(text+": %s are null", strings.Join(users, " and "))
	}
	full := text
	for i, m := range hint {
		full += [...]string{": ", " and "}[min(i, 1)] + m + " is null"
	}
	return refusal.Request("%s", full)
}
