package compare

import "strconv"

// operations makes up the input of each operation, with how often it is asked
// for.
var operations = []choice[operation]{
	{20, operation{"PutItem", (*maker).put}},
	{26, operation{"UpdateItem", (*maker).update}},
	{7, operation{"GetItem", (*maker).get}},
	{7, operation{"DeleteItem", (*maker).remove}},
	{14, operation{"Query", (*maker).query}},
	{8, operation{"Scan", (*maker).scan}},
	{4, operation{"BatchWriteItem", (*maker).batchWrite}},
	{4, operation{"BatchGetItem", (*maker).batchGet}},
	{7, operation{"TransactWriteItems", (*maker).transactWrite}},
	{4, operation{"TransactGetItems", (*maker).transactGet}},
	{2, operation{"CreateTable", func(m *maker, t *table) Document { return m.creation(m.table(t.name)) }}},
	{1, operation{"UpdateTable", (*maker).updateTable}},
	{1, operation{"DescribeTable", about}},
	{1, operation{"ListTables", (*maker).list}},
	{1, operation{"UpdateTimeToLive", (*maker).timeToLive}},
	{1, operation{"DescribeTimeToLive", about}},
	{1, operation{"TagResource", func(m *maker, t *table) Document { return Document{"ResourceArn": arn(t), "Tags": m.tags()} }}},
	{1, operation{"UntagResource", func(m *maker, t *table) Document {
		return Document{"ResourceArn": arn(t), "TagKeys": pick(m, []any{"a"}, []any{"a", "b"}, []any{})}
	}}},
	{1, operation{"ListTagsOfResource", func(_ *maker, t *table) Document { return Document{"ResourceArn": arn(t)} }}},
}

type operation struct {
	name string
	make func(*maker, *table) Document
}

// request makes up the next request.
func (m *maker) request() Request {
	if next := m.next; next != nil && m.chance(0.6) {
		m.next = nil
		return *next
	}
	t := pick(m, m.tables...)
	o := weigh(m, operations)
	r := Request{Op: o.name, In: o.make(m, t)}
	if m.chance(0.04) {
		m.mutate(r.In)
	}
	return r
}

// follow notes the page that comes after an answer.
func (m *maker) follow(r Request, a Answer) {
	out, _ := a.Out.(Document)
	last := out["LastEvaluatedKey"]
	if last == nil {
		return
	}
	in := clone(r.In).(Document)
	in["ExclusiveStartKey"] = last
	m.next = &Request{Op: r.Op, In: in}
}

func about(_ *maker, t *table) Document { return Document{"TableName": t.name} }

func arn(t *table) string { return "arn:aws:dynamodb:us-east-1:000000000000:table/" + t.name }

func (m *maker) tags() []any {
	return []any{Document{"Key": pick(m, "a", "b", ""), "Value": pick(m, "1", "2", "")}}
}

func (m *maker) list(*table) Document {
	in := Document{}
	if m.chance(0.5) {
		in["Limit"] = pick(m, 1, 2, 100, 0, 101)
	}
	if m.chance(0.3) {
		in["ExclusiveStartTableName"] = m.prefix + pick(m, "a", "0", "b")
	}
	return in
}

func (m *maker) timeToLive(t *table) Document {
	return Document{"TableName": t.name, "TimeToLiveSpecification": Document{
		"AttributeName": pick(m, "expires", "expires", "removed", ""), "Enabled": m.chance(0.7),
	}}
}

// extras adds the members that have little to do with the operation itself.
func (m *maker) extras(in Document, write bool) {
	if m.chance(0.3) {
		in["ReturnConsumedCapacity"] = pick(m, "TOTAL", "INDEXES", "INDEXES", "NONE")
	}
	if m.chance(0.003) {
		in["ReturnConsumedCapacity"] = "SOME"
	}
	if write && m.chance(0.1) {
		in["ReturnItemCollectionMetrics"] = weigh(m, []choice[string]{{10, "SIZE"}, {5, "NONE"}, {1, "LENGTH"}})
	}
}

// guard adds a condition to a write.
func (m *maker) guard(e *expressions, in Document) {
	if m.chance(0.3) {
		in["ConditionExpression"] = m.damage(e.condition(0))
	}
	if m.chance(0.2) {
		in["ReturnValuesOnConditionCheckFailure"] = weigh(m, []choice[string]{{20, "ALL_OLD"}, {10, "NONE"}, {1, "ALL_NEW"}})
	}
}

func (m *maker) put(t *table) Document {
	in := Document{"TableName": t.name, "Item": m.item(t)}
	if m.legacyWrite(in) {
		return in
	}
	e := m.expressions()
	m.guard(e, in)
	e.into(in)
	if m.chance(0.3) {
		in["ReturnValues"] = weigh(m, []choice[string]{{10, "ALL_OLD"}, {5, "NONE"}, {1, "ALL_NEW"}, {1, "ALL"}})
	}
	m.extras(in, true)
	return in
}

func (m *maker) remove(t *table) Document {
	in := Document{"TableName": t.name, "Key": m.key(t)}
	if m.legacyWrite(in) {
		return in
	}
	e := m.expressions()
	m.guard(e, in)
	e.into(in)
	if m.chance(0.4) {
		in["ReturnValues"] = weigh(m, []choice[string]{{10, "ALL_OLD"}, {5, "NONE"}, {1, "UPDATED_OLD"}})
	}
	m.extras(in, true)
	return in
}

func (m *maker) update(t *table) Document {
	in := Document{"TableName": t.name, "Key": m.key(t)}
	if m.chance(0.1) {
		in["AttributeUpdates"] = m.legacyUpdates()
		m.expected(in)
		m.updateReturns(in)
		return in
	}
	e := m.expressions()
	if !m.chance(0.03) {
		in["UpdateExpression"] = m.damage(e.update())
	}
	m.guard(e, in)
	e.into(in)
	m.updateReturns(in)
	return in
}

func (m *maker) updateReturns(in Document) {
	if m.chance(0.6) {
		in["ReturnValues"] = pick(m, "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW", "NONE")
	}
	m.extras(in, true)
}

func (m *maker) get(t *table) Document {
	in := Document{"TableName": t.name, "Key": m.key(t)}
	m.consistent(in)
	m.project(in)
	m.extras(in, false)
	return in
}

func (m *maker) consistent(in Document) {
	if m.chance(0.3) {
		in["ConsistentRead"] = m.chance(0.7)
	}
}

// project adds a projection.
func (m *maker) project(in Document) {
	switch {
	case m.chance(0.03):
		in["AttributesToGet"] = pick(m, []any{"a"}, []any{"pk", "b"}, []any{"a", "a"}, []any{}, []any{"status", ""})
	case m.chance(0.35):
		e := m.expressions()
		in["ProjectionExpression"] = m.damage(e.projection())
		e.into(in)
	}
}

// reading is what Query and Scan share.
func (m *maker) reading(t *table, e *expressions) (Document, []attribute) {
	in := Document{"TableName": t.name}
	key := t.key
	if len(t.indexes) > 0 && m.chance(0.5) {
		x := pick(m, t.indexes...)
		in["IndexName"], key = x.name, x.key
	} else if m.chance(0.01) {
		in["IndexName"] = pick(m, "gsi1", "missing", "ab")
	}
	if m.chance(0.35) {
		in["FilterExpression"] = m.damage(e.condition(0))
	}
	if m.chance(0.2) {
		in["ProjectionExpression"] = m.damage(e.projection())
	}
	if m.chance(0.5) {
		in["Limit"] = weigh(m, []choice[int]{{10, 1}, {10, 2}, {5, 3}, {5, 100}, {1, 0}, {1, -1}})
	}
	if m.chance(0.15) {
		in["Select"] = pick(m, "COUNT", "ALL_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT", "SOME")
	}
	m.consistent(in)
	m.extras(in, false)
	if m.chance(0.05) {
		start := m.key(t)
		for _, a := range key {
			start[a.name] = m.keyValue(a.typ)
		}
		in["ExclusiveStartKey"] = start
	}
	return in, key
}

func (m *maker) query(t *table) Document {
	if m.chance(0.1) {
		return m.legacyQuery(t)
	}
	e := m.expressions()
	in, key := m.reading(t, e)
	if !m.chance(0.01) {
		in["KeyConditionExpression"] = m.damage(e.keyCondition(key))
	}
	if m.chance(0.3) {
		in["ScanIndexForward"] = m.chance(0.2)
	}
	e.into(in)
	return in
}

func (m *maker) scan(t *table) Document {
	e := m.expressions()
	in, _ := m.reading(t, e)
	if m.chance(0.15) {
		total := 1 + m.IntN(4)
		in["TotalSegments"], in["Segment"] = total, m.IntN(total)
		if m.chance(0.1) {
			in["Segment"] = pick(m, -1, 4, 100)
		}
	}
	if m.chance(0.05) {
		delete(in, "FilterExpression")
		delete(in, "ProjectionExpression")
		in["ScanFilter"] = m.legacyConditions(names)
		return in
	}
	e.into(in)
	return in
}

func (m *maker) updateTable(t *table) Document {
	in := Document{"TableName": t.name}
	switch m.IntN(7) {
	case 0:
		in["BillingMode"] = "PAY_PER_REQUEST"
	case 1:
		in["BillingMode"], in["ProvisionedThroughput"] = "PROVISIONED", m.throughput()
	case 2:
		in["ProvisionedThroughput"] = m.throughput()
	case 3:
		in["GlobalSecondaryIndexUpdates"] = []any{Document{"Delete": Document{"IndexName": pick(m, "gsi1", "gsi2", "gsi3")}}}
	case 4:
		in["AttributeDefinitions"] = []any{Document{"AttributeName": "c", "AttributeType": m.keyType()}}
		in["GlobalSecondaryIndexUpdates"] = []any{Document{"Create": Document{
			"IndexName": "gsi" + strconv.Itoa(1+m.IntN(3)), "KeySchema": keySchema([]attribute{{"c", "S"}}), "Projection": m.indexProjection(),
		}}}
	case 5:
		in["DeletionProtectionEnabled"] = false
	case 6:
		in["StreamSpecification"] = Document{"StreamEnabled": m.chance(0.5)}
		if m.chance(0.5) {
			in["StreamSpecification"] = Document{"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"}
		}
	}
	return in
}
