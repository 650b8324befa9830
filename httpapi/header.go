package httpapi

import "strings"

// canonicalize turns the names of pairs into the form of net/http; a name that
// no header can have becomes empty. Most sources send them in lower case and
// net/http knows only some of them by heart, so all that change become parts of
// one string: one allocation rather than one for each. It appends to buffer and
// returns it, to be used again.
func canonicalize(pairs []pair, buffer []byte) []byte {
	for i := range pairs {
		key := pairs[i].key
		start := len(buffer)
		buffer = appendCanonical(buffer, key)
		switch name := buffer[start:]; {
		case len(name) == 0:
			pairs[i].key = ""
		case string(name) == key:
			buffer = buffer[:start]
		default:
			pairs[i].changed = true
		}
	}
	text := string(buffer)
	for i := range pairs {
		if p := &pairs[i]; p.changed {
			p.key, text = text[:len(p.key)], text[len(p.key):]
		}
	}
	return buffer
}

// appendCanonical appends name with the first letter and those after a hyphen in
// upper case and all others in lower case. It appends nothing when name is not
// the name of a header.
func appendCanonical(b []byte, name string) []byte {
	start := len(b)
	upper := true
	for i := range len(name) {
		c := name[i]
		if !tokenBytes[c] {
			return b[:start]
		}
		switch {
		case upper && 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		case !upper && 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		b = append(b, c)
		upper = c == '-'
	}
	return b
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
	const ones = 0x0101010101010101
	for ; len(v) >= 8; v = v[8:] {
		w := uint64(v[0]) | uint64(v[1])<<8 | uint64(v[2])<<16 | uint64(v[3])<<24 |
			uint64(v[4])<<32 | uint64(v[5])<<40 | uint64(v[6])<<48 | uint64(v[7])<<56
		// As in jsonscan.PlainLen: a high bit where a byte is below a space or DEL.
		del := w ^ 0x7f*ones
		if ((w-' '*ones)&^w|(del-ones)&^del)&(0x80*ones) != 0 {
			break // to look at each of them
		}
	}
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
