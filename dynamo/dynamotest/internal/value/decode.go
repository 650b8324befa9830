package value

import (
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/number"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// A Layer is one of the two layers by which DynamoDB checks values. They word
// some complaints differently.
type Layer uint8

const (
	// Current checks the single-item writes and the reads.
	Current Layer = iota
	// Older checks the batch writes and the transactions, and every request
	// with a value of several types or a boolean written as a string.
	Older
)

const (
	emptyText    = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
	severalText  = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
	nullText     = "One or more parameter values were invalid: Null attribute value types must have the value of true"
	emptySetText = "One or more parameter values were invalid: An string set  may not be empty"
	emptyNSText  = "One or more parameter values were invalid: An number set  may not be empty"
	emptyBSText  = "One or more parameter values were invalid: Binary sets should not be empty"
)

// DecodeItem reads the attributes of an object. The values still have to be
// checked with [Item.Check].
func DecodeItem(n *wire.Node, layer Layer) (Item, error) {
	var buffer [32]int
	places, count := placesOf(n.Kids, buffer[:0])
	attrs := make(Item, count)
	for i, place := range places {
		v, err := Decode(&n.Kids[i], layer)
		if err != nil {
			return nil, err
		}
		attrs[place] = Attribute{n.Kids[i].Name, v}
	}
	return attrs, nil
}

// placesOf returns where each of the members belongs among so many sorted by
// name; members of one name share a place, for the last of them to stay. To
// sort them by their numbers is several times as fast as to move attributes.
func placesOf(members []wire.Node, buffer []int) (places []int, count int) {
	order := slices.Grow(buffer, 2*len(members))
	for i := range members {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(members[a].Name, members[b].Name) })
	places = order[len(order) : 2*len(order)]
	for i, at := range order {
		if i > 0 && members[at].Name == members[order[i-1]].Name {
			count--
		}
		places[at] = count
		count++
	}
	return places, count
}

// Decode reads one value. Sets come out as they were sent; [Value.Check] checks
// them and puts them in order.
func Decode(n *wire.Node, layer Layer) (Value, error) {
	switch n.Kind {
	case wire.Object:
	case wire.Null:
		return Value{}, refusal.Invalid(emptyText)
	case wire.Array:
		return Value{}, refusal.Serialization("Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue")
	default:
		return Value{}, refusal.Serialization("Unexpected value type in payload")
	}
	present, count := Type(0), 0
	for i := range n.Kids {
		if t, ok := TypeNamed(n.Kids[i].Name); ok && n.Kids[i].Kind != wire.Null {
			present = t
			count++
		}
	}
	switch count {
	case 0:
		return Value{}, refusal.Invalid(emptyText)
	case 1:
		return decodeMember(n.Member(present.String()), present, layer)
	}
	return Value{}, severalTypes(n)
}

// severalTypes returns the complaint about a value of several types, which is
// about its members first if one of them is wrong in itself.
func severalTypes(n *wire.Node) error {
	for _, t := range []Type{BOOL, NULL} {
		if m := n.Member(t.String()); m != nil {
			if err := wire.CheckFlag(m); err != nil {
				return err
			}
		}
	}
	for _, t := range []Type{SS, NS, BS} {
		if m := n.Member(t.String()); m != nil && m.Kind == wire.Array && len(m.Kids) == 0 {
			return refusal.Invalid(emptySet(t))
		}
	}
	for _, t := range []Type{N, NS, NULL} {
		if m := n.Member(t.String()); m != nil {
			if _, err := decodeMember(m, t, Older); err != nil {
				return err
			}
		}
	}
	return refusal.Invalid(severalText)
}

func decodeMember(m *wire.Node, t Type, layer Layer) (Value, error) {
	switch t {
	case S, N, B:
		return decodeScalar(m, t, layer)
	case BOOL, NULL:
		return decodeFlag(m, t, layer)
	case M:
		return decodeMap(m, layer)
	}
	return decodeList(m, t, layer)
}

func decodeScalar(m *wire.Node, t Type, layer Layer) (Value, error) {
	if err := wire.CheckText(m); err != nil {
		return Value{}, err
	}
	v := Value{typ: t, text: m.Text}
	var err error
	switch t {
	case N:
		v.text, err = decodeNumber(m.Text, layer)
	case B:
		v.text, err = decodeBase64(m.Text)
	}
	return v, err
}

func decodeNumber(text string, layer Layer) (string, error) {
	if text == "" && layer == Older {
		return "", refusal.Invalid("The parameter cannot be converted to a numeric value")
	}
	canonical, err := number.Normalize(text)
	switch {
	case err == nil:
		return canonical, nil
	case layer == Current:
		return "", refusal.Request("%s", err.Error())
	}
	if older := number.CheckOlder(text); older != nil {
		err = older
	}
	return "", refusal.Invalid("%s", err.Error())
}

func decodeFlag(m *wire.Node, t Type, layer Layer) (Value, error) {
	flag, ok := wire.ReadFlag(m)
	if !ok {
		if m.Kind == wire.Array {
			return Value{}, refusal.Serialization("")
		}
		return Value{}, wire.CheckFlag(m)
	}
	if t == BOOL {
		return Bool(flag), nil
	}
	if !flag {
		if m.Kind == wire.String || layer == Older {
			return Value{}, refusal.Invalid(nullText)
		}
		return Value{}, refusal.Request(nullText)
	}
	return Value{typ: NULL}, nil
}

var mapShape = &wire.Shape{
	Type:  wire.Map,
	Class: "com.amazonaws.dynamodb.v20120810.AttributeValue",
	Elem:  &wire.Shape{Type: wire.Anything},
}

func decodeMap(m *wire.Node, layer Layer) (Value, error) {
	if err := mapShape.Check(m); err != nil {
		return Value{}, err
	}
	attrs, err := DecodeItem(m, layer)
	return Map(attrs), err
}

var listShape = &wire.Shape{Type: wire.List, Elem: &wire.Shape{Type: wire.Anything}}

// decodeList reads a list or a set.
func decodeList(m *wire.Node, t Type, layer Layer) (Value, error) {
	if err := listShape.Check(m); err != nil {
		return Value{}, err
	}
	out := make([]Value, len(m.Kids))
	for i := range m.Kids {
		var err error
		switch t {
		case SS:
			out[i], err = decodeMemberOf(&m.Kids[i], S, layer)
		case NS:
			out[i], err = decodeMemberOf(&m.Kids[i], N, layer)
		case BS:
			out[i], err = decodeMemberOf(&m.Kids[i], B, layer)
		default:
			out[i], err = Decode(&m.Kids[i], layer)
		}
		if err != nil {
			return Value{}, err
		}
	}
	return Value{typ: t, more: &compound{list: out}}, nil
}

// decodeMemberOf reads a member of a set, where null does not stand for absent.
func decodeMemberOf(m *wire.Node, t Type, layer Layer) (Value, error) {
	if m.Kind == wire.Null {
		return Value{}, refusal.Serialization("NULL_VALUE cannot be converted to String")
	}
	return decodeScalar(m, t, layer)
}

// OlderLayer tells that the request holds a value of several types or a boolean
// written as a string, for which DynamoDB checks all of it by the older layer.
func OlderLayer(n *wire.Node) bool {
	if n.Kind == wire.Object && (textFlag(n) || manyTypes(n)) {
		return true
	}
	for i := range n.Kids {
		if k := &n.Kids[i]; len(k.Kids) > 0 && OlderLayer(k) {
			return true
		}
	}
	return false
}

// IsDeep tells that the request holds a value that only the second of DynamoDB's
// checks of the depth refuses.
func IsDeep(n *wire.Node) bool { return levels(n) > secondDepth }

// levels counts the lists and maps on the way to the deepest value.
func levels(n *wire.Node) int {
	deepest := 0
	for i := range n.Kids {
		k := &n.Kids[i]
		d := levels(k)
		if k.Name == "M" || k.Name == "L" {
			d++
		}
		deepest = max(deepest, d)
	}
	return deepest
}

func textFlag(n *wire.Node) bool {
	for i := range n.Kids {
		switch n.Kids[i].Name {
		case "BOOL", "NULL", "Exists":
			if n.Kids[i].Kind == wire.String {
				return true
			}
		}
	}
	return false
}

// manyTypes tells that n has several type descriptors as members and is not
// just an item with attributes of such names.
func manyTypes(n *wire.Node) bool {
	if len(n.Kids) < 2 {
		return false
	}
	types, other := 0, false
	for i := range n.Kids {
		if _, ok := TypeNamed(n.Kids[i].Name); ok && n.Kids[i].Kind != wire.Null {
			types++
			other = other || n.Kids[i].Kind != wire.Object
		}
	}
	return types > 1 && other
}
