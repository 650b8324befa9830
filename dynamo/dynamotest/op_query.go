package dynamotest

import (
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

var queryShape = readMembers

// query is Query.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
func query(r *request) (any, error) {
	x, err := newReading(r)
	if err != nil {
		return nil, err
	}
	if err := x.checkQueryMembers(); err != nil {
		return nil, err
	}
	clauses, err := x.queryExpressions()
	if err != nil {
		return nil, err
	}
	if n := r.node.Member("ScanIndexForward"); n != nil {
		x.back = !r.flag("ScanIndexForward")
	}
	var out []byte
	err = r.fake.view(r.flag("ConsistentRead"), func(tx *engine.Tx) error {
		if err := x.bindQuery(tx, clauses); err != nil {
			return err
		}
		out = x.answer(x.read())
		return nil
	})
	return out, err
}

func (x *reading) checkQueryMembers() error {
	if x.older() {
		return x.olderReadMembers("QueryFilter", "KeyConditions")
	}
	if !x.has("TableName") {
		x.selectEnum()
		x.capacityEnum()
		x.needs("TableName")
		x.limitMember()
		return x.violations()
	}
	x.limitMember()
	if name, _ := x.text("TableName"); name == "" {
		x.violatesEmptyTable()
	}
	if err := x.violations(); err != nil {
		return err
	}
	x.tableName()
	x.capacityEnum()
	x.missingOperators("KeyConditions")
	x.missingOperators("QueryFilter")
	return x.violations()
}

// queryExpressions parses the query's expressions and returns the clauses of
// the key condition.
func (x *reading) queryExpressions() ([]expr.KeyClause, error) {
	if err := x.emptyNames(x.params, x.startNames()); err != nil {
		return nil, err
	}
	if err := x.checkParams(x.params,
		[]string{"AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"},
		[]string{"ProjectionExpression", "FilterExpression", "KeyConditionExpression"},
		[]string{"FilterExpression", "KeyConditionExpression"}); err != nil {
		return nil, err
	}
	if err := x.checkSelectEnum(); err != nil {
		return nil, err
	}
	if x.isLegacy("KeyConditions", "QueryFilter", "AttributesToGet") {
		clauses, err := x.legacyQuery()
		if err != nil {
			return nil, err
		}
		return clauses, x.checkSelect()
	}
	return x.parseQuery()
}

// isLegacy tells that the request has one of the parameters from before
// expressions.
func (x *reading) isLegacy(members ...string) bool { return len(x.present(members)) > 0 }

// parseQuery reads the starting key and the expressions of a query: that of the
// key first, but what is particular to keys last
// (https://github.com/architect/dynalite/blob/main/test/query.js).
func (x *reading) parseQuery() ([]expr.KeyClause, error) {
	if err := x.readStart(false); err != nil {
		return nil, err
	}
	var key *expr.Condition
	var err error
	if source, ok := x.text("KeyConditionExpression"); ok {
		if key, err = expr.ParseKeyCondition(source, x.params); err != nil {
			return nil, err
		}
	}
	if err := x.parseFilter(); err != nil {
		return nil, err
	}
	if x.projection, err = x.request.projection(x.params); err != nil {
		return nil, err
	}
	if err := x.checkSelect(); err != nil || key == nil {
		return nil, err
	}
	return expr.KeyClauses(key)
}

// legacyQuery reads the parameters from before expressions: the values of both
// kinds of conditions, then what each kind is.
func (x *reading) legacyQuery() ([]expr.KeyClause, error) {
	filter, err := x.legacies("QueryFilter")
	if err != nil {
		return nil, err
	}
	keys, err := x.legacies("KeyConditions")
	if err != nil {
		return nil, err
	}
	if x.filter, x.legacy, err = x.legacyFilter(filter); err != nil {
		return nil, err
	}
	clauses, err := legacyKeys(keys)
	if err != nil {
		return nil, err
	}
	if x.projection, err = x.request.projection(x.params); err != nil {
		return nil, err
	}
	return clauses, x.readStart(false)
}

// parseFilter reads the filter expression.
func (x *reading) parseFilter() (err error) {
	source, ok := x.text("FilterExpression")
	if !ok {
		return nil
	}
	x.filter, err = expr.ParseCondition("FilterExpression", source, x.params)
	return x.tooLong(err, source, x.op == "Scan")
}

// bindQuery finds the rows that the query is about.
func (x *reading) bindQuery(tx *engine.Tx, clauses []expr.KeyClause) error {
	if err := x.openTable(tx); err != nil {
		return err
	}
	if len(clauses) == 0 {
		return refusal.Invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	if err := x.checkLegacyKeys(clauses); err != nil {
		return err
	}
	if err := x.openIndex(); err != nil {
		return err
	}
	if err := x.checkStart(false); err != nil {
		return err
	}
	key := x.key()
	bounds, err := expr.BindKeys(clauses, key.HashNames(), key.SortNames())
	if err != nil {
		return err
	}
	if err := checkClauseTypes(key, clauses); err != nil {
		return err
	}
	if err := expr.CheckBounds(clauses); err != nil {
		return err
	}
	if err := x.checkStartWithin(bounds); err != nil {
		return err
	}
	if err := x.checkFilterKeys(); err != nil {
		return err
	}
	if err := x.checkIndexSelect(); err != nil {
		return err
	}
	if err := x.params.CheckUsed(); err != nil {
		return err
	}
	x.keys = keyRange(bounds)
	x.resume()
	return nil
}

// checkClauseTypes compares the types of the values with those of the key.
func checkClauseTypes(key engine.Key, clauses []expr.KeyClause) error {
	for _, a := range key.Attributes() {
		for _, c := range clauses {
			for _, v := range c.Values {
				if c.Name == a.Name && v.Type() != a.Type {
					return refusal.Invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
				}
			}
		}
	}
	for _, a := range key.Attributes() {
		for _, c := range clauses {
			for _, v := range c.Values {
				if c.Name == a.Name && a.Type != value.N && v.Text() == "" && c.Op == "=" {
					return refusal.Invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", emptyKind(v), a.Name)
				}
			}
		}
	}
	return nil
}

// checkFilterKeys refuses filters on the key that is read.
func (x *reading) checkFilterKeys() error {
	if x.filter == nil {
		return nil
	}
	for _, name := range x.legacy {
		if x.node.Member("QueryFilter") != nil && x.key().Has(name) {
			return refusal.Invalid("QueryFilter can only contain non-primary key attributes: Primary key attribute: %s", name)
		}
	}
	if x.legacy != nil {
		return nil
	}
	names, _ := x.filter.TopLevel()
	slices.Sort(names)
	for _, name := range names {
		if x.key().Has(name) {
			return refusal.Invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", name)
		}
	}
	return x.checkNestedKeys()
}

// checkNestedKeys refuses filters that take a key attribute for a map or list.
func (x *reading) checkNestedKeys() error {
	if x.filter == nil || x.legacy != nil {
		return nil
	}
	names, nested := x.filter.TopLevel()
	for _, name := range names {
		kind := "Key"
		if !x.table.Key.Has(name) {
			kind = "IndexKey"
		}
		if nested[name] && (kind == "Key" || x.key().Has(name)) {
			return refusal.Invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: %s: %s", kind, name)
		}
	}
	return nil
}

// keyRange returns the keys of the rows that the bounds allow.
func keyRange(b expr.KeyBounds) engine.Range {
	prefix := []byte(engine.Partition(b.Hash))
	for _, v := range b.Equal {
		prefix = v.AppendKey(prefix)
	}
	all := engine.Range{From: string(prefix), To: engine.AfterPrefix(string(prefix))}
	if b.Last == nil {
		return all
	}
	with := func(v value.Value) string { return string(v.AppendKey(slices.Clone(prefix))) }
	after := func(v value.Value) string { return engine.AfterPrefix(with(v)) }
	v := b.Last.Values[0]
	switch b.Last.Op {
	case "<":
		all.To = with(v)
	case "<=":
		all.To = after(v)
	case ">":
		all.From = after(v)
	case ">=":
		all.From = with(v)
	case "BETWEEN":
		all.From, all.To = with(v), after(b.Last.Values[1])
	case "begins_with":
		all.From = string(v.AppendPrefix(slices.Clone(prefix)))
		all.To = engine.AfterPrefix(all.From)
	}
	return all
}

// checkStartWithin refuses a starting key that the query would not come by.
func (x *reading) checkStartWithin(b expr.KeyBounds) error {
	if x.start == nil {
		return nil
	}
	const atMostOne = "The query can return at most one row and cannot be restarted"
	key := x.key()
	holds := func(name string, v value.Value) bool {
		w, ok := x.start.Get(name)
		return ok && w.Equal(v)
	}
	last := len(key.Hash) - 1
	for i, a := range key.Hash[:last] {
		if !holds(a.Name, b.Hash[i]) {
			return refusal.Invalid(atMostOne)
		}
	}
	outside := b.Last != nil && !x.meets(*b.Last)
	for i, v := range b.Equal {
		outside = outside || !holds(key.Sort[i].Name, v)
	}
	switch {
	case outside:
		return refusal.Invalid("The provided starting key does not match the range key predicate")
	case holds(key.Hash[last].Name, b.Hash[last]):
		return nil
	case len(b.Equal) > 0 || b.Last != nil:
		return refusal.Invalid(atMostOne)
	case x.index == nil && len(key.Sort) == 0:
		return refusal.Invalid("The provided exclusive start key is invalid")
	}
	return refusal.Invalid("The provided starting key is outside query boundaries based on provided conditions")
}

// meets tells that the starting key meets a condition on the sort key.
func (x *reading) meets(c expr.KeyClause) bool {
	v, ok := x.start.Get(c.Name)
	if !ok {
		return false
	}
	if c.Op == "begins_with" {
		return strings.HasPrefix(v.Text(), c.Values[0].Text())
	}
	order := value.Compare(v, c.Values[0])
	switch c.Op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	return order >= 0 && value.Compare(v, c.Values[1]) <= 0
}
