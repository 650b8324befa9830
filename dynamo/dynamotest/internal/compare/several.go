package compare

// several makes up requests about more than one item.

func (m *maker) batchWrite(*table) Document {
	requests := Document{}
	for range 1 + m.IntN(2) {
		t := pick(m, m.tables...)
		var list []any
		for range 1 + m.IntN(5) {
			if m.chance(0.7) {
				list = append(list, Document{"PutRequest": Document{"Item": m.item(t)}})
			} else {
				list = append(list, Document{"DeleteRequest": Document{"Key": m.key(t)}})
			}
		}
		if m.chance(0.01) {
			list = append(list, pick(m, Document{}, Document{"PutRequest": Document{}}))
		}
		requests[t.name] = list
	}
	in := Document{"RequestItems": requests}
	m.extras(in, true)
	return in
}

func (m *maker) batchGet(*table) Document {
	requests := Document{}
	for range 1 + m.IntN(2) {
		t := pick(m, m.tables...)
		var keys []any
		for range 1 + m.IntN(4) {
			keys = append(keys, m.key(t))
		}
		in := Document{"Keys": keys}
		m.consistent(in)
		m.project(in)
		requests[t.name] = in
	}
	in := Document{"RequestItems": requests}
	m.extras(in, false)
	return in
}

func (m *maker) transactWrite(*table) Document {
	var actions []any
	for range 1 + m.IntN(4) {
		t := pick(m, m.tables...)
		in := Document{"TableName": t.name}
		e := m.expressions()
		kind := pick(m, "Put", "Put", "Update", "Delete", "ConditionCheck")
		switch kind {
		case "Put":
			in["Item"] = m.item(t)
		case "Update":
			in["Key"], in["UpdateExpression"] = m.key(t), m.damage(e.update())
		default:
			in["Key"] = m.key(t)
		}
		m.guard(e, in)
		if kind == "ConditionCheck" {
			in["ConditionExpression"] = m.damage(e.condition(1))
		}
		e.into(in)
		actions = append(actions, Document{kind: in})
	}
	in := Document{"TransactItems": actions}
	if m.chance(0.1) {
		in["ClientRequestToken"] = pick(m, "token-1", "token-2", "0123456789012345678901234567890123456789")
	}
	m.extras(in, true)
	return in
}

func (m *maker) transactGet(*table) Document {
	var actions []any
	for range 1 + m.IntN(4) {
		t := pick(m, m.tables...)
		in := Document{"TableName": t.name, "Key": m.key(t)}
		if m.chance(0.3) {
			e := m.expressions()
			in["ProjectionExpression"] = m.damage(e.projection())
			e.into(in)
		}
		actions = append(actions, Document{"Get": in})
	}
	in := Document{"TransactItems": actions}
	m.extras(in, false)
	return in
}
