package compare

import (
	"fmt"
	"slices"
	"strings"
)

// expressions collects the placeholders of a request's expressions.
type expressions struct {
	*maker
	names, values Document
}

func (m *maker) expressions() *expressions {
	return &expressions{maker: m, names: Document{}, values: Document{}}
}

// into adds the placeholders to the request, and once in a while one that is
// not used.
func (e *expressions) into(in Document) {
	if e.chance(0.01) {
		e.names[pick(e.maker, "#unused", "bad", "#")] = pick(e.maker, names...)
	}
	if e.chance(0.01) {
		e.values[pick(e.maker, ":unused", "bad", ":")] = e.maker.value(0)
	}
	if len(e.names) > 0 && !e.chance(0.005) {
		in["ExpressionAttributeNames"] = e.names
	}
	if len(e.values) > 0 && !e.chance(0.005) {
		in["ExpressionAttributeValues"] = e.values
	}
}

// name writes an attribute's name, as it is or as a placeholder.
func (e *expressions) name(name string) string {
	if !strings.ContainsAny(name, "-.Ü") && name != "status" && e.chance(0.7) || e.chance(0.01) {
		return name
	}
	placeholder := fmt.Sprintf("#n%d", len(e.names))
	for known, n := range e.names {
		if n == name {
			placeholder = known
		}
	}
	e.names[placeholder] = name
	return placeholder
}

// path writes a document path.
func (e *expressions) path() string {
	path := e.name(pick(e.maker, slices.Concat(names, names, names, []string{"pk", "sk"})...))
	for e.chance(0.15) {
		if e.chance(0.5) {
			path += fmt.Sprintf("[%d]", e.IntN(3))
		} else {
			path += "." + e.name(pick(e.maker, names...))
		}
	}
	return path
}

// operand writes a value as a placeholder.
func (e *expressions) operand(v any) string {
	if e.chance(0.003) {
		return ":undefined"
	}
	if len(e.values) > 0 && e.chance(0.05) {
		return fmt.Sprintf(":v%d", e.IntN(len(e.values)))
	}
	placeholder := fmt.Sprintf(":v%d", len(e.values))
	e.values[placeholder] = v
	return placeholder
}

func (e *expressions) any() string { return e.operand(e.maker.value(0)) }

// either writes a path or a value.
func (e *expressions) either() string {
	switch {
	case e.chance(0.05):
		return "size(" + e.path() + ")"
	case e.chance(0.5):
		return e.path()
	}
	return e.any()
}

func (e *expressions) comparator() string { return pick(e.maker, "=", "<>", "<", "<=", ">", ">=") }

// ordered writes a path or a value of a type that has an order.
func (e *expressions) ordered() string {
	if e.chance(0.4) {
		return e.path()
	}
	return e.operand(e.maker.valueOf(pick(e.maker, "S", "N", "N", "B"), 0))
}

// compared writes the comparison of two operands.
func (e *expressions) compared() string {
	op := e.comparator()
	if op == "=" || op == "<>" || e.chance(0.03) {
		return e.either() + " " + op + " " + e.either()
	}
	return e.ordered() + " " + op + " " + e.ordered()
}

// condition writes a condition or filter.
func (e *expressions) condition(depth int) string {
	if depth < 3 {
		switch {
		case e.chance(0.15):
			return e.condition(depth+1) + " AND " + e.condition(depth+1)
		case e.chance(0.15):
			return e.condition(depth+1) + pick(e.maker, " OR ", " or ") + e.condition(depth+1)
		case e.chance(0.08):
			return pick(e.maker, "NOT ", "not ") + e.condition(depth+1)
		case e.chance(0.08):
			return "(" + e.condition(depth+1) + ")"
		}
	}
	return e.predicate()
}

func (e *expressions) predicate() string {
	switch e.IntN(11) {
	case 0:
		if e.chance(0.03) {
			return e.either() + " BETWEEN " + e.either() + " AND " + e.either()
		}
		return e.between()
	case 1:
		operands := make([]string, 1+e.IntN(3))
		for i := range operands {
			operands[i] = e.either()
		}
		return e.either() + " IN (" + strings.Join(operands, ", ") + ")"
	case 2:
		return pick(e.maker, "attribute_exists(", "attribute_not_exists(") + e.path() + ")"
	case 3:
		kind := Document{"S": pick(e.maker, "S", "N", "B", "SS", "NS", "BS", "L", "M", "BOOL", "NULL", "X")}
		return "attribute_type(" + e.path() + ", " + e.operand(kind) + ")"
	case 4:
		return "begins_with(" + e.path() + ", " + e.either() + ")"
	case 5:
		return "contains(" + e.path() + ", " + e.either() + ")"
	case 6:
		return "size(" + e.path() + ") " + e.comparator() + " " + e.operand(Document{"N": pick(e.maker, "0", "1", "2")})
	}
	return e.compared()
}

// between writes a comparison with bounds, of one type when both are values.
func (e *expressions) between() string {
	low, high := e.path(), e.path()
	if e.chance(0.7) {
		typ := pick(e.maker, "S", "N", "N")
		low, high = e.operand(e.maker.valueOf(typ, 0)), e.operand(e.maker.valueOf(typ, 0))
	}
	return e.ordered() + " BETWEEN " + low + " AND " + high
}

// keyCondition writes a condition on the key.
func (e *expressions) keyCondition(key []attribute) string {
	partition := e.name(key[0].name) + " = " + e.operand(e.keyValue(key[0].typ))
	if len(key) == 1 || e.chance(0.3) {
		if e.chance(0.02) {
			return partition + " AND " + e.predicate()
		}
		return partition
	}
	name, typ := e.name(key[1].name), key[1].typ
	value := func() string { return e.operand(e.keyValue(typ)) }
	var sort string
	switch e.IntN(4) {
	case 0:
		sort = name + " BETWEEN " + value() + " AND " + value()
	case 1:
		sort = "begins_with(" + name + ", " + e.operand(Document{pick(e.maker, "S", "S", "S", typ): pick(e.maker, "k", "k1", "1")}) + ")"
	default:
		sort = name + " " + e.comparator() + " " + value()
	}
	if e.chance(0.1) {
		return sort + " AND " + partition
	}
	return partition + " AND " + sort
}

// update writes an update expression.
func (e *expressions) update() string {
	var clauses []string
	for _, c := range []struct {
		word  string
		often float64
		make  func() string
	}{
		{"SET", 0.6, e.assignment},
		{"REMOVE", 0.2, e.path},
		{"ADD", 0.2, func() string { return e.path() + " " + e.addend() }},
		{"DELETE", 0.12, func() string { return e.path() + " " + e.operand(e.maker.valueOf(pick(e.maker, "SS", "NS", "BS"), 0)) }},
	} {
		if !e.chance(c.often) {
			continue
		}
		parts := make([]string, 1+e.IntN(2))
		for i := range parts {
			parts[i] = c.make()
		}
		clauses = append(clauses, c.word+" "+strings.Join(parts, ", "))
	}
	if clauses == nil && !e.chance(0.02) {
		return "SET " + e.name(pick(e.maker, names...)) + " = " + e.any()
	}
	return strings.Join(clauses, " ")
}

func (e *expressions) addend() string {
	return e.operand(e.maker.valueOf(pick(e.maker, "N", "N", "N", "N", "SS", "SS", "NS", "NS", "BS", "S"), 0))
}

func (e *expressions) assignment() string {
	path := e.path()
	switch e.IntN(8) {
	case 0:
		return path + " = " + e.counted() + pick(e.maker, " + ", " - ") + e.counted()
	case 1:
		return path + " = if_not_exists(" + e.path() + ", " + e.either() + ")"
	case 2:
		return path + " = list_append(" + e.listed() + ", " + e.listed() + ")"
	case 3:
		return path + " = " + e.path()
	case 4:
		return path + " = if_not_exists(" + path + ", " + e.counted() + ") + " + e.counted()
	}
	return path + " = " + e.any()
}

func (e *expressions) counted() string {
	if e.chance(0.5) {
		return e.path()
	}
	return e.operand(Document{"N": e.maker.number()})
}

func (e *expressions) listed() string {
	if e.chance(0.5) {
		return e.path()
	}
	return e.operand(e.maker.valueOf("L", 1))
}

// projection writes a projection.
func (e *expressions) projection() string {
	paths := make([]string, 1+e.IntN(4))
	for i := range paths {
		paths[i] = e.path()
	}
	return strings.Join(paths, ", ")
}

// damage breaks an expression now and then: a token is lost, repeated, moved or
// foreign.
func (m *maker) damage(expression string) string {
	if !m.chance(0.04) {
		return expression
	}
	tokens := strings.Fields(expression)
	if len(tokens) == 0 || m.chance(0.05) {
		return pick(m, "", " ", "?")
	}
	i, j := m.IntN(len(tokens)), m.IntN(len(tokens))
	switch m.IntN(4) {
	case 0:
		tokens[i] = ""
	case 1:
		tokens[i] += " " + tokens[i]
	case 2:
		tokens[i], tokens[j] = tokens[j], tokens[i]
	default:
		tokens[i] = pick(m, "AND", "(", ")", "((", "))", ",", "#", ":", "1", "foo(", "SET", "=", "!", "[0]", ".", "a..b", "a[", "status", "\"a\"", "é", "BETWEEN", "IN", "a[-1]", "a[99999999999]")
	}
	return strings.Join(tokens, " ")
}
