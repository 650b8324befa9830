package pattern

import (
	"unicode"
	"unicode/utf8"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// EventBridge folds case one way: a character of the pattern matches itself,
// its lower and its upper case, but a character of the event is not folded. So
// the Kelvin sign in a pattern matches "k" and not the other way round, which
// is why strings.EqualFold is not used. A character beyond the basic plane (such
// as an emoji) matches nothing, not even itself: Event Ruler takes each half of
// it for a character. The characters whose other case is longer (such as ß) are
// left as they are.

type foldEqual string

func (m foldEqual) match(v *value) bool {
	rest, ok := foldCut(string(m), v)
	return ok && len(rest) == 0
}

type foldPrefix string

func (m foldPrefix) match(v *value) bool {
	_, ok := foldCut(string(m), v)
	return ok
}

type foldSuffix string

func (m foldSuffix) match(v *value) bool {
	if v.kind != jsonscan.String {
		return false
	}
	text, want := v.text, string(m)
	for len(want) > 0 {
		p, n := utf8.DecodeLastRuneInString(want)
		r, k := utf8.DecodeLastRuneInString(text)
		if k == 0 || !foldMatch(p, r) {
			return false
		}
		want, text = want[:len(want)-n], text[:len(text)-k]
	}
	return true
}

// foldCut removes want from the beginning of v.
func foldCut(want string, v *value) (rest string, ok bool) {
	if v.kind != jsonscan.String {
		return "", false
	}
	text := v.text
	for _, p := range want {
		r, n := utf8.DecodeRuneInString(text)
		if n == 0 || !foldMatch(p, r) {
			return "", false
		}
		text = text[n:]
	}
	return text, true
}

func foldMatch(p, r rune) bool {
	if p > 0xFFFF {
		return false
	}
	const dottedI = 'İ' // lower case is two characters, and Go returns the first
	if p == r || p == dottedI {
		return p == r
	}
	return r == unicode.ToLower(p) || r == unicode.ToUpper(p)
}
