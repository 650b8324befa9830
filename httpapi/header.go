package httpapi

import "strings"

// A canonicalizer turns header names into the form of net/http. Most sources
// send them in lower case and net/http knows only some of them by heart, so all
// that have to change are written into one string: one allocation rather than
// one for each.
type canonicalizer struct {
	text string
	at   int
}

func newCanonicalizer(pairs []pair) canonicalizer {
	var b strings.Builder
	for _, p := range pairs {
		if !isCanonical(p.key) {
			b.Grow(len(pairs) * 16)
			break
		}
	}
	for _, p := range pairs {
		if !isCanonical(p.key) && isToken(p.key) {
			writeCanonical(&b, p.key)
		}
	}
	return canonicalizer{text: b.String()}
}

// key returns the canonical form of name, the next one of the pairs; it is
// empty when name is not the name of a header.
func (c *canonicalizer) key(name string) string {
	switch {
	case !isToken(name):
		return ""
	case isCanonical(name):
		return name
	}
	key := c.text[c.at : c.at+len(name)]
	c.at += len(name)
	return key
}

// isCanonical tells whether the letters of name are in canonical case.
func isCanonical(name string) bool {
	upper := true
	for i := range len(name) {
		c := name[i]
		if upper && 'a' <= c && c <= 'z' || !upper && 'A' <= c && c <= 'Z' {
			return false
		}
		upper = c == '-'
	}
	return true
}

// writeCanonical writes name with the first letter and those after a hyphen in
// upper case and all others in lower case.
func writeCanonical(b *strings.Builder, name string) {
	upper := true
	for i := range len(name) {
		c := name[i]
		switch {
		case upper && 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		case !upper && 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		b.WriteByte(c)
		upper = c == '-'
	}
}

// isToken tells whether s is a token of RFC 9110, section 5.6.2: a method or
// the name of a header.
func isToken(s string) bool {
	for i := range len(s) {
		if !tokenBytes[s[i]] {
			return false
		}
	}
	return s != ""
}

// tokenBytes are the bytes of a token.
var tokenBytes = func() (t [256]bool) {
	for c := range 256 {
		t[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			c < 0x80 && strings.IndexByte("!#$%&'*+-.^_`|~", byte(c)) >= 0
	}
	return t
}()

// validHeaderValue tells whether v has none of the bytes that net/http refuses
// in the value of a header: control characters other than the tab.
func validHeaderValue(v string) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// validHost tells whether net/http would take v for the Host header: the bytes
// of a host in RFC 3986, without checking its form.
func validHost(v string) bool {
	for i := range len(v) {
		c := v[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			strings.IndexByte("!$%&()*+,-.:;=[]'_~", c) >= 0) {
			return false
		}
	}
	return true
}
