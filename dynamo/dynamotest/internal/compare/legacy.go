package compare

// legacyWrite gives a write the parameters from before there were expressions,
// now and then.
func (m *maker) legacyWrite(in Document) bool {
	if !m.chance(0.06) {
		return false
	}
	m.expected(in)
	m.extras(in, true)
	return true
}

// expected adds an Expected.
func (m *maker) expected(in Document) {
	if !m.chance(0.6) {
		return
	}
	expected := m.legacyConditions(append(names, "pk"))
	if m.chance(0.5) {
		expected[pick(m, names...)] = pick(m, Document{"Exists": false}, Document{"Exists": true}, Document{"Value": m.value(0)},
			Document{"Exists": true, "Value": m.value(0)}, Document{"Exists": false, "Value": m.value(0)}, Document{})
	}
	in["Expected"] = expected
	if m.chance(0.1) {
		in["ConditionalOperator"] = pick(m, "AND", "OR", "XOR")
	}
	if m.chance(0.02) {
		in["ConditionExpression"] = "attribute_exists(pk)"
	}
}

// legacyOperators are the comparisons with how many operands they take.
var legacyOperators = []choice[struct {
	name string
	n    int
}]{
	{4, operator("EQ", 1)}, {2, operator("NE", 1)}, {2, operator("LE", 1)}, {2, operator("LT", 1)}, {2, operator("GE", 1)}, {2, operator("GT", 1)},
	{2, operator("NOT_NULL", 0)}, {2, operator("NULL", 0)}, {2, operator("CONTAINS", 1)}, {2, operator("NOT_CONTAINS", 1)},
	{2, operator("BEGINS_WITH", 1)}, {2, operator("IN", 2)}, {2, operator("BETWEEN", 2)}, {1, operator("EQ", 0)}, {1, operator("NULL", 1)}, {1, operator("LIKE", 1)},
}

func operator(name string, n int) struct {
	name string
	n    int
} {
	return struct {
		name string
		n    int
	}{name, n}
}

// legacyConditions makes up the conditions on some attributes.
func (m *maker) legacyConditions(names []string) Document {
	out := Document{}
	for range 1 + m.IntN(2) {
		o := weigh(m, legacyOperators)
		condition := Document{"ComparisonOperator": o.name}
		var operands []any
		for range o.n {
			operands = append(operands, m.value(2))
		}
		setList(condition, "AttributeValueList", operands)
		out[pick(m, names...)] = condition
	}
	return out
}

// legacyUpdates makes up AttributeUpdates.
func (m *maker) legacyUpdates() Document {
	out := Document{}
	for range 1 + m.IntN(3) {
		u := Document{}
		if !m.chance(0.3) {
			u["Action"] = pick(m, "PUT", "ADD", "DELETE", "ADD", "SWAP")
		}
		if !m.chance(0.2) {
			u["Value"] = m.value(1)
		}
		out[pick(m, append(names, "pk")...)] = u
	}
	return out
}

// legacyQuery makes up a Query with KeyConditions.
func (m *maker) legacyQuery(t *table) Document {
	in := Document{"TableName": t.name}
	key := t.key
	if len(t.indexes) > 0 && m.chance(0.5) {
		x := pick(m, t.indexes...)
		in["IndexName"], key = x.name, x.key
	}
	conditions := Document{key[0].name: Document{"ComparisonOperator": "EQ", "AttributeValueList": []any{m.keyValue(key[0].typ)}}}
	if len(key) == 2 && m.chance(0.6) {
		o := pick(m, "EQ", "LE", "LT", "GE", "GT", "BEGINS_WITH", "BETWEEN", "NE")
		list := []any{m.keyValue(key[1].typ)}
		if o == "BETWEEN" {
			list = append(list, m.keyValue(key[1].typ))
		}
		conditions[key[1].name] = Document{"ComparisonOperator": o, "AttributeValueList": list}
	}
	in["KeyConditions"] = conditions
	if m.chance(0.3) {
		in["QueryFilter"] = m.legacyConditions(names)
		if m.chance(0.2) {
			in["ConditionalOperator"] = pick(m, "AND", "OR")
		}
	}
	if m.chance(0.3) {
		in["Limit"] = 1 + m.IntN(3)
	}
	if m.chance(0.2) {
		in["AttributesToGet"] = pick(m, []any{"a"}, []any{"pk", "b"})
	}
	m.extras(in, false)
	return in
}
