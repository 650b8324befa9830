package compare

import (
	"encoding/base64"
	"strings"
)

// names are the attributes that items have; some are reserved words or need a
// placeholder for another reason.
var names = []string{"a", "b", "c", "g", "h", "a", "b", "c", "status", "n-1", "x.y", "Ünïcode"}

// value makes up an attribute value, most of them valid.
func (m *maker) value(depth int) any {
	if m.chance(0.015) {
		return m.badValue()
	}
	choices := []choice[string]{{30, "S"}, {30, "N"}, {8, "B"}, {6, "BOOL"}, {4, "NULL"}, {6, "SS"}, {6, "NS"}, {4, "BS"}}
	if depth < 3 {
		choices = append(choices, choice[string]{14, "L"}, choice[string]{14, "M"})
	}
	return m.valueOf(weigh(m, choices), depth)
}

// valueOf makes up a value of the type.
func (m *maker) valueOf(typ string, depth int) Document {
	switch typ {
	case "N":
		return Document{"N": m.number()}
	case "B":
		return Document{"B": m.binary()}
	case "BOOL":
		return Document{"BOOL": m.chance(0.5)}
	case "NULL":
		return Document{"NULL": true}
	case "SS":
		return Document{"SS": m.set(m.text)}
	case "NS":
		return Document{"NS": m.set(m.number)}
	case "BS":
		return Document{"BS": m.set(m.binary)}
	case "L":
		list := []any{}
		for range m.IntN(4) {
			list = append(list, m.value(depth+1))
		}
		return Document{"L": list}
	case "M":
		object := Document{}
		for range m.IntN(4) {
			object[pick(m, names...)] = m.value(depth + 1)
		}
		return Document{"M": object}
	}
	return Document{"S": m.text()}
}

// set makes up a set, with a repeated or no member once in a while.
func (m *maker) set(member func() string) []any {
	out := []any{}
	seen := map[string]bool{}
	for range 1 + m.IntN(4) {
		s := member()
		if !seen[s] || m.chance(0.05) {
			out = append(out, s)
		}
		seen[s] = true
	}
	if m.chance(0.02) {
		return []any{}
	}
	return out
}

func (m *maker) text() string {
	if m.wide && m.chance(0.3) {
		return strings.Repeat("w", m.IntN(150<<10))
	}
	return weigh(m, []choice[string]{
		{20, "k0"}, {20, "k1"}, {10, "k2"}, {6, "k"}, {3, ""}, {3, "é"}, {2, "𐀀"}, {2, "k10"}, {2, "K1"},
		{1, "line\nbreak \"quoted\""}, {2, strings.Repeat("z", 100)}, {1, strings.Repeat("z", 1025)}, {1, strings.Repeat("z", 2049)},
	})
}

func (m *maker) binary() string {
	return base64.StdEncoding.EncodeToString([]byte(m.text()))
}

func (m *maker) number() string {
	return weigh(m, []choice[string]{
		{20, "0"}, {20, "1"}, {20, "2"}, {10, "-1"}, {8, "10"}, {4, "1.5"}, {4, "0.1"}, {2, "01"}, {2, "1.0"}, {2, "1e2"}, {2, "-0"},
		{1, "100"}, {1, "9.99E125"}, {1, "9.9999999999999999999999999999999999999E+125"}, {1, "1E-130"}, {1, "-1E-130"},
		{1, "12345678901234567890123456789012345678"}, {1, "0.00001234"}, {1, ".5"}, {1, "5."}, {1, "+3"}, {1, "1E3"},
		{1, "123456789012345678901234567890123456789"}, {1, "1E126"}, {1, "1E-131"}, {1, "one"}, {1, ""}, {1, " 1"}, {1, "1_0"}, {1, "0x1"},
	})
}

// badValue makes up what is no attribute value.
func (m *maker) badValue() any {
	return pick[any](m,
		Document{}, Document{"S": "a", "N": "1"}, Document{"X": "a"}, Document{"S": 1}, Document{"N": 1}, Document{"NULL": false},
		Document{"NULL": "true"}, Document{"BOOL": "true"}, Document{"B": "not base64!"}, Document{"SS": "a"}, Document{"SS": []any{1}},
		Document{"L": Document{}}, Document{"M": []any{}}, Document{"S": nil}, Document{"L": []any{nil}}, Document{"M": Document{"": Document{"S": "a"}}},
		Document{"NS": []any{"1", "1.0"}}, Document{"SS": []any{""}}, Document{"BS": []any{""}}, Document{"NS": []any{""}}, Document{"L": []any{Document{}}},
		"text", 1, nil, true, []any{}, Document{"S": "a", "B": "YQ=="}, Document{"S": nil, "N": "1"},
	)
}

// keyValue makes up a value of a key attribute: few different ones, so that
// requests meet.
func (m *maker) keyValue(typ string) any {
	if m.chance(0.01) {
		return m.value(2)
	}
	switch typ {
	case "N":
		return Document{"N": pick(m, "0", "1", "2", "3", "-1", "1.5", "10")}
	case "B":
		return Document{"B": pick(m, "YQ==", "Yg==", "YWI=", "/w==")}
	}
	if m.chance(0.01) {
		return Document{"S": m.text()}
	}
	return Document{"S": pick(m, "k0", "k1", "k2", "k10", "é")}
}

// key makes up a key of the table.
func (m *maker) key(t *table) Document {
	key := Document{}
	for _, a := range t.key {
		key[a.name] = m.keyValue(a.typ)
	}
	if m.chance(0.01) {
		key[pick(m, "a", "sk")] = m.value(2)
	}
	if m.chance(0.01) {
		delete(key, pick(m, "pk", "sk"))
	}
	return key
}

// item makes up an item of the table.
func (m *maker) item(t *table) Document {
	item := m.key(t)
	for range m.IntN(5) {
		name := pick(m, names...)
		if typ := t.typeOf(name); typ != "" && m.chance(0.97) {
			item[name] = m.keyValue(typ)
		} else {
			item[name] = m.value(0)
		}
	}
	return item
}
