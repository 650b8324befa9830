package dynamotest

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/partiql"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// maxStatement is the length of a PartiQL statement in characters.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
const maxStatement = 8192

// statementMembers are the members of a statement wherever it stands.
func statementMembers() []wire.Member {
	out := members(textShape, "Statement", "ReturnValuesOnConditionCheckFailure")
	out = append(out, members(flagShape, "ConsistentRead")...)
	return append(out, members(listShape(valueShape), "Parameters")...)
}

// A statement is a PartiQL statement of a request on its way.
type statement struct {
	*request
	*partiql.Statement
	source     string
	parameters []value.Value
}

// checkStatementMembers notes what is wrong with the members of a statement;
// path leads to it.
func (r *request) checkStatementMembers(in *request, path string) {
	if v, ok := in.text("ReturnValuesOnConditionCheckFailure"); ok && v != "ALL_OLD" && v != "NONE" {
		r.violates("Value '%s' at '%sreturnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]", v, path)
	}
	if n, ok := in.number("Limit"); ok && n < 1 {
		r.violates("Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", n)
	}
	source, ok := in.text("Statement")
	switch n := len([]rune(source)); {
	case !ok:
		r.nullAt(path + "statement")
	case n == 0:
		r.violates("Value '' at '%sstatement' failed to satisfy constraint: Member must have length greater than or equal to 1", path)
	case n > maxStatement:
		r.violates("Value '%s' at '%sstatement' failed to satisfy constraint: Member must have length less than or equal to %d", source, path, maxStatement)
	}
}

// checkParameterCount notes an empty list of parameters.
func (r *request) checkParameterCount(in *request, path string) {
	if in.has("Parameters") && len(in.kids("Parameters")) == 0 {
		r.violates("Value '[]' at '%sparameters' failed to satisfy constraint: Member must have length greater than or equal to 1", path)
	}
}

// readParameters reads the values of a statement's parameters.
func (r *request) readParameters() ([]value.Value, error) {
	nodes := r.kids("Parameters")
	out := make([]value.Value, len(nodes))
	for i := range nodes {
		v, err := value.Decode(&nodes[i], value.Older)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// checkParameters refuses values that no statement can use, and brings sets into
// order.
func checkParameters(parameters []value.Value) error {
	for _, v := range parameters {
		if v.HasEmptyName() {
			return refusal.Invalid("Empty attribute name")
		}
	}
	for _, v := range parameters {
		if v.Depth() > value.MaxDepth {
			return refusal.Invalid(value.NestingText)
		}
	}
	for _, v := range parameters {
		if err := v.CheckSets(value.Older); err != nil {
			return err
		}
	}
	return nil
}

// parse parses the statement. With exists, it may be EXISTS.
func (r *request) parse(parameters []value.Value, exists bool) (*statement, error) {
	source, _ := r.text("Statement")
	parsed, err := partiql.Parse(source, parameters, exists)
	if err != nil {
		return nil, err
	}
	return &statement{request: r, Statement: parsed, source: source, parameters: parameters}, nil
}

// check checks what does not depend on a table.
func (s *statement) check() error {
	if err := s.CheckOperands(); err != nil {
		return err
	}
	switch {
	case !s.Reads() && s.Index != "":
		return refusal.Invalid("This operation is not supported on an index")
	case s.Kind == partiql.Delete && s.Returning != "" && s.Returning != "ALL OLD":
		return refusal.Invalid("Invalid returning clause: RETURNING %s *. Only RETURNING ALL OLD * is allowed in DELETE statements.", s.Returning)
	}
	return nil
}

// returned returns what RETURNING asks for, nil for nothing.
func (s *statement) returned(e effect) value.Item {
	switch s.Returning {
	case "ALL OLD":
		return e.oldItem()
	case "ALL NEW":
		return e.now.Item
	case "MODIFIED OLD":
		return expr.ProjectPaths(s.Update.Paths()).Apply(e.oldItem())
	case "MODIFIED NEW":
		return expr.ProjectPaths(s.Update.Paths()).Apply(e.now.Item)
	}
	return nil
}

// target returns the key of the one item that the statement is about, nil when
// it does not name one. Its values may be of other types than the table's.
func (s *statement) target(t *engine.Table) value.Item {
	var key value.Item
	for _, a := range t.Key.Attributes() {
		v, ok := s.keyValue(a.Name)
		if !ok || !v.Type().Ordered() {
			return nil
		}
		key = key.With(a.Name, v)
	}
	return key
}

func (s *statement) keyValue(name string) (value.Value, bool) {
	if s.Kind == partiql.Insert {
		return s.Item.Get(name)
	}
	values := s.keyValues(name)
	if len(values) == 0 {
		return value.Value{}, false
	}
	for _, v := range values[1:] {
		if !v.Equal(values[0]) {
			return value.Value{}, false
		}
	}
	return values[0], true
}

// keyValues returns what the condition says the attribute equals. A read may
// say so with an IN of one value.
func (s *statement) keyValues(name string) []value.Value {
	if !s.Reads() {
		return partiql.Equalities(s.Where, name)
	}
	var out []value.Value
	for _, c := range partiql.Conjuncts(s.Where) {
		if k, ok := partiql.Clause(c); ok && k.Name == name && k.Op == "=" && len(k.Values) == 1 {
			out = append(out, k.Values[0])
		}
	}
	return out
}

// isKeyed tells that a read names one item by its key and says nothing else.
func (s *statement) isKeyed(t *engine.Table) bool {
	for _, c := range partiql.Conjuncts(s.Where) {
		if k, ok := partiql.Clause(c); !ok || k.Op != "=" || len(c.Args()) != 2 || !t.Key.Has(k.Name) {
			return false
		}
	}
	for _, name := range t.Key.Names() {
		if _, ok := s.keyValue(name); !ok {
			return false
		}
	}
	return true
}

// keyType refuses a value that the key attribute cannot have.
func keyType(a engine.KeyAttribute, v value.Value) error {
	switch {
	case !v.Type().Ordered():
		return refusal.Invalid("%s", notKeyText+a.Name+", Key type: "+v.Type().String())
	case v.Type() != a.Type:
		return refusal.Invalid("Key attribute's data type should match its data type in table's schema: Key %s", a.Name)
	}
	return nil
}

// notKeyText is the complaint about a type that no key has.
const notKeyText = "Key value must be of type S, N, or B. Key name: "
