package compare

import (
	"fmt"
	"strings"
)

// A writer writes PartiQL statements with their parameters.
type writer struct {
	*maker
	t          *table
	parameters []any
}

// statement makes up a statement, with its parameters, as a member of a request.
func (m *maker) statement(t *table, kinds ...func(*writer) string) Document {
	w := &writer{maker: m, t: t}
	text := pick(m, kinds...)(w)
	if m.chance(0.04) {
		text = m.damage(text)
	}
	in := Document{"Statement": text}
	if len(w.parameters) > 0 {
		in["Parameters"] = w.parameters
	}
	if m.chance(0.1) {
		in["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
	}
	return in
}

// writes are the kinds of statements that write, reads those that read one item
// and selects all that read.
var (
	writes  = []func(*writer) string{(*writer).insert, (*writer).update, (*writer).delete}
	reads   = []func(*writer) string{(*writer).keyed}
	selects = []func(*writer) string{(*writer).keyed, (*writer).query, (*writer).query, (*writer).scan}
)

// executeRequest makes up a request of one of the operations of PartiQL.
func (m *maker) executeRequest() Request {
	t := pick(m, m.tables...)
	capacity := func(in Document) Document {
		if m.chance(0.4) {
			in["ReturnConsumedCapacity"] = pick(m, "TOTAL", "INDEXES", "NONE")
		}
		return in
	}
	switch n := m.IntN(10); {
	case n < 4:
		return Request{Op: "ExecuteStatement", In: capacity(m.statement(t, writes...))}
	case n < 7:
		in := m.statement(t, selects...)
		if m.chance(0.2) {
			in["ConsistentRead"] = m.chance(0.5)
		}
		return Request{Op: "ExecuteStatement", In: in}
	}
	kinds := writes
	if m.chance(0.3) {
		kinds = reads
	}
	var list []any
	for range 1 + m.IntN(4) {
		list = append(list, m.statement(pick(m, m.tables...), kinds...))
	}
	if m.chance(0.5) {
		return Request{Op: "BatchExecuteStatement", In: capacity(Document{"Statements": list})}
	}
	return Request{Op: "ExecuteTransaction", In: capacity(Document{"TransactStatements": list})}
}

// plainNames are the attributes that need no quotes.
var plainNames = []string{"a", "b", "c", "g", "h", "n1"}

func (w *writer) name(name string) string {
	if w.chance(0.2) {
		return `"` + name + `"`
	}
	return name
}

func (w *writer) path() string {
	path := w.name(pick(w.maker, plainNames...))
	for w.chance(0.15) {
		path += pick(w.maker, ".a", "[0]", "[1]", `."b"`)
	}
	return path
}

// operand writes a value as a literal or a parameter.
func (w *writer) operand(v any) string {
	if text, ok := literal(v); ok && w.chance(0.6) {
		return text
	}
	w.parameters = append(w.parameters, v)
	return "?"
}

// literal writes the value in PartiQL, if it has a form there.
func literal(v any) (string, bool) {
	d, _ := v.(Document)
	if len(d) != 1 {
		return "", false
	}
	for typ, x := range d {
		switch x := x.(type) {
		case string:
			if typ == "S" {
				return "'" + strings.ReplaceAll(x, "'", "''") + "'", true
			}
			return x, typ == "N" && x != "" && !strings.ContainsAny(x, " _xo")
		case bool:
			if typ == "NULL" {
				return "null", x
			}
			return fmt.Sprint(x), true
		case []any:
			return literals(typ, x)
		}
	}
	return "", false
}

func literals(typ string, list []any) (string, bool) {
	element := map[string]string{"SS": "S", "NS": "N"}[typ]
	if typ == "BS" {
		return "", false
	}
	parts := make([]string, len(list))
	for i, v := range list {
		if element != "" {
			v = Document{element: v}
		}
		text, ok := literal(v)
		if !ok {
			return "", false
		}
		parts[i] = text
	}
	text := strings.Join(parts, ", ")
	if element != "" {
		return "<<" + text + ">>", true
	}
	return "[" + text + "]", true
}

// keys writes the condition that names one item.
func (w *writer) keys() string {
	var parts []string
	for _, a := range w.t.key {
		parts = append(parts, w.name(a.name)+" = "+w.operand(w.keyValue(a.typ)))
	}
	if w.chance(0.02) {
		parts = parts[1:]
	}
	return strings.Join(parts, " AND ")
}

func (w *writer) where(condition string) string {
	if condition == "" {
		return ""
	}
	return " WHERE " + condition
}

func (w *writer) insert() string {
	item := w.item(w.t)
	var parts []string
	for name, v := range item {
		parts = append(parts, "'"+name+"': "+w.operand(v))
	}
	return "INSERT INTO " + w.table() + " VALUE {" + strings.Join(parts, ", ") + "}"
}

func (w *writer) table() string {
	if w.chance(0.01) {
		return "nowhere"
	}
	return `"` + w.t.name + `"`
}

func (w *writer) update() string {
	var clauses []string
	for range 1 + w.IntN(2) {
		clauses = append(clauses, w.change())
	}
	condition := w.keys()
	if w.chance(0.3) {
		condition += " AND " + w.condition(1)
	}
	return "UPDATE " + w.table() + " " + strings.Join(clauses, " ") + w.where(condition) + w.returning("ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW")
}

func (w *writer) change() string {
	path := w.path()
	switch w.IntN(8) {
	case 0:
		return "REMOVE " + path
	case 1:
		return "SET " + path + " = " + pick(w.maker, plainNames...) + pick(w.maker, " + ", " - ") + w.operand(w.valueOf("N", 0))
	case 2:
		name := pick(w.maker, plainNames...)
		return "SET " + name + " = list_append(" + name + ", " + w.operand(w.valueOf("L", 2)) + ")"
	case 3:
		return "SET " + path + " = " + pick(w.maker, "set_add", "SET_DELETE") + "(" + path + ", " + w.operand(w.valueOf(pick(w.maker, "SS", "NS"), 0)) + ")"
	}
	return "SET " + path + " = " + w.operand(w.value(1))
}

func (w *writer) returning(variants ...string) string {
	if !w.chance(0.4) {
		return ""
	}
	return " RETURNING " + pick(w.maker, variants...) + " *"
}

func (w *writer) delete() string {
	condition := w.keys()
	if w.chance(0.3) {
		condition += " AND " + w.condition(1)
	}
	return "DELETE FROM " + w.table() + w.where(condition) + w.returning("ALL OLD", "ALL OLD", "ALL OLD", "ALL NEW")
}

func (w *writer) columns() string {
	if w.chance(0.6) {
		return "*"
	}
	return w.path() + ", " + w.path()
}

func (w *writer) keyed() string {
	return "SELECT " + w.columns() + " FROM " + w.table() + w.where(w.keys())
}

// query reads a part of a partition of a table or index.
func (w *writer) query() string {
	from, key := w.table(), w.t.key
	if len(w.t.indexes) > 0 && w.chance(0.4) {
		x := pick(w.maker, w.t.indexes...)
		from, key = from+"."+`"`+x.name+`"`, x.key
	}
	condition := w.name(key[0].name) + " = " + w.operand(w.keyValue(key[0].typ))
	if len(key) > 1 && w.chance(0.6) {
		condition += " AND " + w.keyRange(key[1])
	}
	if w.chance(0.3) {
		condition += " AND " + w.condition(0)
	}
	order := ""
	if len(key) > 1 && w.chance(0.4) {
		order = " ORDER BY " + key[1].name + pick(w.maker, "", " ASC", " DESC")
	}
	return "SELECT " + w.columns() + " FROM " + from + w.where(condition) + order
}

func (w *writer) keyRange(a attribute) string {
	value := func() string { return w.operand(w.keyValue(a.typ)) }
	name := w.name(a.name)
	if w.chance(0.2) {
		return name + " BETWEEN " + value() + " AND " + value()
	}
	return name + pick(w.maker, " = ", " < ", " <= ", " > ", " >= ", " <> ") + value()
}

func (w *writer) scan() string {
	condition := ""
	if w.chance(0.7) {
		condition = w.condition(0)
	}
	return "SELECT " + w.columns() + " FROM " + w.table() + w.where(condition)
}

func (w *writer) condition(depth int) string {
	if depth < 3 && w.chance(0.35) {
		switch w.IntN(4) {
		case 0:
			return w.condition(depth+1) + " AND " + w.condition(depth+1)
		case 1:
			return "(" + w.condition(depth+1) + " OR " + w.condition(depth+1) + ")"
		case 2:
			return "NOT " + w.condition(depth+1)
		}
		return "(" + w.condition(depth+1) + ")"
	}
	value := func() string { return w.operand(w.maker.value(2)) }
	path := w.path()
	switch w.IntN(9) {
	case 0:
		return path + pick(w.maker, " BETWEEN ", " NOT BETWEEN ") + value() + " AND " + value()
	case 1:
		return path + pick(w.maker, " IN ", " NOT IN ") + "(" + value() + ", " + value() + ")"
	case 2:
		return path + pick(w.maker, " IS ", " IS NOT ") + pick(w.maker, "MISSING", "NULL", "STRING", "NUMERIC", "LIST", "STRUCT", "BOOLEAN", "BLOB", "INT")
	case 3:
		return "begins_with(" + path + ", " + w.operand(w.valueOf(pick(w.maker, "S", "S", "S", "N"), 0)) + ")"
	case 4:
		return "contains(" + path + ", " + value() + ")"
	case 5:
		return "size(" + path + ")" + pick(w.maker, " = ", " < ", " >= ") + w.operand(w.valueOf("N", 0))
	case 6:
		return "attribute_type(" + path + ", " + w.operand(Document{"S": pick(w.maker, "S", "N", "L", "X")}) + ")"
	case 7:
		return pick(w.maker, "attribute_exists(", "attribute_not_exists(") + path + ")" + pick(w.maker, "", "", " = true", " <> false")
	}
	return path + pick(w.maker, " = ", " <> ", " < ", " <= ", " > ", " >= ", " != ") + value()
}
