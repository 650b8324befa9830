package dynamotest

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

// checkSelectEnum checks Select itself.
func (x *reading) checkSelectEnum() error {
	x.selectEnum()
	return x.violations()
}

func (x *reading) selectEnum() {
	x.enum("Select", "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
}

// checkSelect checks Select against the members it goes with.
func (x *reading) checkSelect() error {
	if x.selects == "" {
		return nil
	}
	member := ""
	for _, m := range []string{"AttributesToGet", "ProjectionExpression"} {
		if x.has(m) && member == "" {
			member = m
		}
	}
	switch {
	case x.selects == "SPECIFIC_ATTRIBUTES" && member == "":
		x.violates("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case x.selects == "SPECIFIC_ATTRIBUTES":
	case member != "" && x.selects == "COUNT":
		x.violates("Cannot specify the %s when choosing to get only the Count", member)
	case member != "":
		x.violates("Cannot specify the %s when choosing to get %s", member, x.selects)
	case x.selects == "ALL_PROJECTED_ATTRIBUTES" && !x.has("IndexName"):
		x.violates("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
	}
	if x.older() && len(x.broken) > 0 {
		return refusal.Invalid("%s", x.broken[0]) // no check of members
	}
	return x.violations()
}

// checkIndexSelect refuses to read from a global index what it does not hold.
func (x *reading) checkIndexSelect() error {
	if x.index == nil || x.index.Local {
		return nil
	}
	if x.selects == "ALL_ATTRIBUTES" && x.index.Projection != engine.ProjectAll {
		return refusal.Invalid("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index %s because its projection type is not ALL", x.index.Name)
	}
	for _, name := range x.projection.TopLevel() {
		if !x.index.Projects(name) {
			return refusal.Invalid("One or more parameter values were invalid: Global secondary index %s does not project %s", x.index.Name, name)
		}
	}
	return nil
}
