package httpapi

import (
	"net/url"
	"strings"
)

// rawQuery returns the query as the client encoded it, as far as the source
// kept it.
//
//   - Payload format 2.0 has it as it was.
//   - A REST API and payload format 1.0 decode names and values. Encoding them
//     again gives the same names and values, not always the same bytes.
//   - A load balancer splits it and leaves names and values encoded.
//   - VPC Lattice splits it and decodes names and values, but where it leaves
//     the query in the path, that is what the client sent.
func (d *decoder) rawQuery(e *event) string {
	raw := e.rawQuery
	switch e.source {
	case SourceLattice1:
		_, raw, _ = strings.Cut(e.rawPath, "?")
	case SourceLattice2:
		_, raw, _ = strings.Cut(e.path, "?")
	}
	if raw != "" {
		return raw
	}
	parameters := d.of(e.query)
	if multi := d.of(e.multiQuery); len(multi) > 0 {
		parameters = multi
	}
	if len(parameters) == 0 {
		return ""
	}
	encode := url.QueryEscape
	if e.source == SourceALB || e.source == SourceALBMultiValue {
		encode = keepEncoded
	}
	b := d.names[:0]
	for _, p := range parameters {
		b = append(append(append(b, '&'), encode(p.key)...), '=')
		b = append(b, encode(p.value)...)
	}
	d.names = b
	return string(b[1:])
}

// keepEncoded returns s, which a client encoded, with nothing changed but the
// bytes that a client cannot have sent inside a name or value: an event written
// by hand may have them, and the query must keep its parts.
func keepEncoded(s string) string {
	var b []byte
	for i := range len(s) {
		c := s[i]
		if c > ' ' && c < 0x7f && c != '&' && c != '#' {
			if b != nil {
				b = append(b, c)
			}
			continue
		}
		if b == nil {
			b = append(make([]byte, 0, len(s)+8), s[:i]...)
		}
		const hex = "0123456789ABCDEF"
		b = append(b, '%', hex[c>>4], hex[c&15])
	}
	if b == nil {
		return s
	}
	return string(b)
}
