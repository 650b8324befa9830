package httpapi

// Comparable returns r without what tests cannot compare.
func Comparable(r Request) Request {
	r.event, r.log = nil, nil
	return r
}

// A Decoded is what the decoder found in a payload.
type Decoded struct {
	Source                        Source
	Path, RawPath, RawQuery, Body string
	Stage, RequestID              string
	Base64                        bool
	Headers                       map[string][]string
}

// Decode scans a payload.
func Decode(payload string) (Decoded, error) {
	var d decoder
	var e event
	if err := d.decode(payload, &e); err != nil {
		return Decoded{}, err
	}
	out := Decoded{
		Source: e.source, Path: e.path, RawPath: e.rawPath, RawQuery: e.rawQuery, Body: e.body,
		Stage: e.context.stage, RequestID: e.context.requestID, Base64: e.base64, Headers: map[string][]string{},
	}
	for _, p := range d.of(e.headers) {
		out.Headers[p.key] = append(out.Headers[p.key], p.value)
	}
	return out, nil
}

// CanonicalHeaders returns the names in the form of the adapter, an empty one
// for what is no name.
func CanonicalHeaders(names ...string) []string {
	pairs := make([]pair, len(names))
	for i, name := range names {
		pairs[i].key = name
	}
	canonicalize(pairs, nil)
	for i := range names {
		names[i] = pairs[i].key
	}
	return names
}

// ValidHeaderValue tells whether a header may have the value v.
func ValidHeaderValue(v string) bool { return validHeaderValue(v) }

// AppendString appends s as a JSON string.
func AppendString(b []byte, s string) []byte { return appendString(b, s) }
