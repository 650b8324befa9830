package value

// MaxItemSize is the size in bytes that an item may have: 400 KB of 1,024.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const MaxItemSize = 400 << 10

// Size returns the bytes that the item is billed for: the names and the values
// of its attributes.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func (m Item) Size() int {
	size := 0
	for i := range m {
		size += len(m[i].Name) + m[i].Value.Size()
	}
	return size
}

// Size returns the bytes that the value is billed for. A list or map costs 3
// and 1 for each element beside their own sizes.
func (v Value) Size() int {
	switch v.typ {
	case S, B:
		return len(v.text)
	case N:
		return v.Decimal().Size()
	case BOOL, NULL:
		return 1
	case M:
		return 3 + len(v.Map()) + v.Map().Size()
	}
	size := 0
	for _, e := range v.List() {
		size += e.Size()
	}
	if v.typ == L {
		size += 3 + len(v.List())
	}
	return size
}

// Depth returns how many lists and maps are around the innermost value. An empty
// list or map is a value without anything around it.
func (v Value) Depth() int {
	depth := -1
	switch v.typ {
	case L:
		for _, e := range v.List() {
			depth = max(depth, e.Depth())
		}
	case M:
		for _, a := range v.Map() {
			depth = max(depth, a.Value.Depth())
		}
	}
	return depth + 1
}
