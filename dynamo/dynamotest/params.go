package dynamotest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

const emptyNameText = "Empty attribute name"

// emptyNames refuses empty attribute names: in the items, among those to get, in
// what names stand for and in expression values.
func (r *request) emptyNames(p *expr.Params, items ...value.Item) error {
	if slices.ContainsFunc(items, value.Item.HasEmptyName) || slices.Contains(r.texts("AttributesToGet"), "") {
		return refusal.Request(emptyNameText)
	}
	for _, ref := range p.NameRefs() {
		if p.Names[ref] == "" {
			return refusal.Request("%s", "ExpressionAttributeNames contains invalid value: "+emptyNameText+" for key "+ref)
		}
	}
	for _, ref := range p.ValueRefs() {
		if v := p.Values[ref]; v.HasEmptyName() {
			if r.layer == value.Older {
				return invalidValue(emptyNameText, ref)
			}
			return refusal.Request(emptyNameText)
		}
	}
	return nil
}

// checkParams checks which members go together, and the names and values for
// expressions. Legacy and modern are the members of both kinds that the
// operation has; hint are the expressions that could use values.
func (r *request) checkParams(p *expr.Params, legacy, modern, hint []string) error {
	old, expressions := r.present(legacy), r.present(modern)
	switch {
	case len(old) > 0 && len(expressions) > 0:
		return refusal.Request("Can not use both expression and non-expression parameters in the same request: "+
			"Non-expression parameters: {%s} Expression parameters: {%s}", strings.Join(old, ", "), strings.Join(expressions, ", "))
	case p.Names != nil && len(expressions) == 0:
		return refusal.Request("ExpressionAttributeNames can only be specified when using expressions")
	case p.Values != nil && len(expressions) == 0:
		return r.unusedValues(modern, hint)
	}
	if err := r.checkRefs(p); err != nil {
		return err
	}
	return r.checkConditionalOperator(legacy)
}

// present returns those of the members that the request has.
func (r *request) present(members []string) (has []string) {
	for _, m := range members {
		if r.has(m) {
			has = append(has, m)
		}
	}
	return has
}

// checkRefs checks the keys of the names and values, and the values.
func (r *request) checkRefs(p *expr.Params) error {
	if p.Names != nil {
		refs := p.NameRefs()
		if err := checkPlaceholders("ExpressionAttributeNames", "#", refs); err != nil {
			return err
		}
	}
	if p.Values == nil {
		return nil
	}
	refs := p.ValueRefs()
	if err := checkPlaceholders("ExpressionAttributeValues", ":", refs); err != nil {
		return err
	}
	for _, ref := range refs {
		if err := r.checkExpressionValue(ref, p.Values[ref]); err != nil {
			return err
		}
	}
	return nil
}

func checkPlaceholders(member, prefix string, refs []string) error {
	if len(refs) == 0 {
		return refusal.Request("%s", member+" must not be empty")
	}
	for _, ref := range refs {
		if !strings.HasPrefix(ref, prefix) {
			return refusal.Invalid("%s", member+` contains invalid key: Syntax error; key: "`+ref+`"`)
		}
		if strings.ContainsFunc(ref, func(c rune) bool { return c > 127 }) {
			return refusal.Request("%s", member+` contains invalid key: Syntax error; key: "`+ref+`"`)
		}
	}
	return nil
}

// checkExpressionValue checks one value. The older layer lets one pass that is
// a level too deep: it may be compared, and fails only when it is stored.
func (r *request) checkExpressionValue(ref string, v value.Value) error {
	err := v.Check(r.layer)
	if r.layer == value.Older {
		switch depth := v.Depth(); {
		case depth == value.MaxDepth+1:
			err = v.CheckSets(r.layer)
		case depth > value.MaxDepth:
			return invalidValue(value.NestingText, ref)
		}
	}
	e, ok := refusal.As(err)
	if !ok {
		return err
	}
	nesting := e.Message == value.NestingText
	switch {
	case nesting && !e.Request, v.IsSet() && len(v.List()) == 0, r.layer == value.Older && !nesting:
		named := invalidValue(e.Message, ref)
		named.Request = e.Request
		return named
	}
	return err
}

// conditionParams are the members that a write's condition may come in.
var (
	legacyConditions = []string{"Expected", "ConditionalOperator"}
	conditionMember  = []string{"ConditionExpression"}
)

// condition returns the condition of a write, nil when it has none.
func (r *request) condition(p *expr.Params) (*expr.Condition, error) {
	source, ok := r.text("ConditionExpression")
	if !ok {
		return r.expected()
	}
	c, err := expr.ParseCondition("ConditionExpression", source, p)
	return c, r.tooLong(err, source, r.op == "TransactWriteItems")
}

// tooLong adds its size to the complaint about an expression that is too long,
// as only a Scan's filter and a transaction's condition still do.
func (r *request) tooLong(err error, source string, sized bool) error {
	e, ok := refusal.As(err)
	if !ok || !sized && !r.older() || !strings.HasSuffix(e.Message, expr.TooLong) {
		return err
	}
	full := *e
	full.Message += " expression size: " + strconv.Itoa(len(source))
	return &full
}
