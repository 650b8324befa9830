package jsonscan

import "math/bits"

// PlainLen returns how many bytes s begins with that stand for themselves
// inside of a JSON string: ASCII other than quotes, backslashes and control
// characters.
func PlainLen[T string | []byte](s T) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if n := PlainBytes(word(s[i : i+8])); n < 8 {
			return i + n
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x80 || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// PlainBytes is PlainLen for eight bytes at once, the first one in the lowest
// bits of w. Most of a payload is inside of strings, and most of the time for it
// went there.
func PlainBytes(w uint64) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	// A byte below 0x80 has its high bit in w-n*ones exactly when it is below n:
	// the quote is where w^quote is below 1. A byte from 0x80 up has it in w. A
	// borrow comes only from a byte that is special, and the lowest one counts.
	quote, backslash := w^('"'*ones), w^('\\'*ones)
	special := (w | (w - ' '*ones) | (quote - ones) | (backslash - ones)) & highs
	return bits.TrailingZeros64(special) / 8 // 64/8 when there is none
}

// word returns the eight bytes of s, the first one in the lowest bits. It is
// binary.LittleEndian.Uint64 for strings too.
func word[T string | []byte](s T) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
