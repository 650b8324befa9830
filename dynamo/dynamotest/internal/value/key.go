package value

// AppendKey appends bytes to b that sort as values of v's type do and of which
// none is a prefix of another's, so that parts of a key can follow each other.
// v must be a string, number or binary.
func (v Value) AppendKey(b []byte) []byte {
	if v.typ == N {
		return v.Decimal().AppendKey(b)
	}
	return append(v.AppendPrefix(b), 0, 1)
}

// AppendPrefix appends what the keys of all strings or binaries that begin with
// v start with.
func (v Value) AppendPrefix(b []byte) []byte {
	for i := range len(v.text) {
		if b = append(b, v.text[i]); v.text[i] == 0 {
			b = append(b, 0xFF) // above the terminator 0 1
		}
	}
	return b
}
