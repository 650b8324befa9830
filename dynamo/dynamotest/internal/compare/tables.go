package compare

import "slices"

// A table is the schema of a table as the requests about it assume it.
type table struct {
	name    string
	key     []attribute
	indexes []index
}

type attribute struct{ name, typ string }

type index struct {
	name  string
	key   []attribute
	local bool
}

// table makes up a table of the name.
func (m *maker) table(name string) *table {
	t := &table{name: name, key: []attribute{{"pk", m.keyType()}}}
	if m.chance(0.6) {
		t.key = append(t.key, attribute{"sk", m.keyType()})
	}
	for _, n := range []string{"gsi1", "gsi2"} {
		if m.chance(0.3) {
			key := []attribute{{pick(m, "g", "a", "pk"), ""}}
			if m.chance(0.6) {
				key = append(key, attribute{pick(m, "h", "b", "pk"), ""})
			}
			t.addIndex(m, index{name: n, key: key})
		}
	}
	if len(t.key) == 2 && m.chance(0.3) {
		t.addIndex(m, index{name: "lsi", local: true, key: []attribute{{"pk", ""}, {pick(m, "h", "b"), ""}}})
	}
	return t
}

// addIndex gives the key attributes the types that they have elsewhere.
func (t *table) addIndex(m *maker, x index) {
	if len(x.key) == 2 && x.key[0].name == x.key[1].name {
		return
	}
	for i := range x.key {
		if x.key[i].typ = t.typeOf(x.key[i].name); x.key[i].typ == "" {
			x.key[i].typ = m.keyType()
		}
	}
	t.indexes = append(t.indexes, x)
}

// attributes returns the key attributes of the table and its indexes.
func (t *table) attributes() []attribute {
	out := slices.Clone(t.key)
	for _, x := range t.indexes {
		for _, a := range x.key {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

func (t *table) typeOf(name string) string {
	for _, a := range t.attributes() {
		if a.name == name {
			return a.typ
		}
	}
	return ""
}

func (m *maker) keyType() string { return pick(m, "S", "S", "S", "N", "N", "B") }

// creation is the CreateTable of the table.
func (m *maker) creation(t *table) Document {
	in := Document{"TableName": t.name, "KeySchema": keySchema(t.key)}
	var definitions, global, local []any
	for _, a := range t.attributes() {
		definitions = append(definitions, Document{"AttributeName": a.name, "AttributeType": a.typ})
	}
	in["AttributeDefinitions"] = definitions
	onDemand := m.chance(0.7)
	if onDemand {
		in["BillingMode"] = "PAY_PER_REQUEST"
	} else {
		in["ProvisionedThroughput"] = m.throughput()
	}
	for _, x := range t.indexes {
		doc := Document{"IndexName": x.name, "KeySchema": keySchema(x.key), "Projection": m.indexProjection()}
		if x.local {
			local = append(local, doc)
			continue
		}
		if !onDemand {
			doc["ProvisionedThroughput"] = m.throughput()
		}
		global = append(global, doc)
	}
	setList(in, "GlobalSecondaryIndexes", global)
	setList(in, "LocalSecondaryIndexes", local)
	if m.chance(0.2) {
		in["StreamSpecification"] = Document{"StreamEnabled": true, "StreamViewType": pick(m, "NEW_AND_OLD_IMAGES", "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE")}
	}
	m.creationExtras(in)
	return in
}

func (m *maker) creationExtras(in Document) {
	if m.chance(0.05) {
		in["Tags"] = m.tags()
	}
	if m.chance(0.03) {
		in["TableClass"] = pick(m, "STANDARD", "STANDARD_INFREQUENT_ACCESS", "CHEAP")
	}
	if m.chance(0.02) {
		in["DeletionProtectionEnabled"] = true
	}
}

func setList(in Document, name string, list []any) {
	if list != nil {
		in[name] = list
	}
}

func (m *maker) throughput() Document {
	return Document{"ReadCapacityUnits": 1 + m.IntN(9), "WriteCapacityUnits": 1 + m.IntN(9)}
}

func (m *maker) indexProjection() Document {
	if m.chance(0.3) {
		return Document{"ProjectionType": "INCLUDE", "NonKeyAttributes": pick(m, []any{"a"}, []any{"b", "c"}, []any{"c", "a"})}
	}
	return Document{"ProjectionType": pick(m, "ALL", "ALL", "KEYS_ONLY")}
}

func keySchema(key []attribute) []any {
	var out []any
	for i, a := range key {
		out = append(out, Document{"AttributeName": a.name, "KeyType": [...]string{"HASH", "RANGE"}[i]})
	}
	return out
}
