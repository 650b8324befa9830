package costs

import (
	"strings"
	"time"
)

// maxDuration is Lambda's longest timeout, 900 s, and a minute for INIT and
// overrun. What claims to be longer is not a duration.
const maxDuration = 960 * time.Second

const reportMarker = "REPORT RequestId: "

// parseTextReport reads "REPORT RequestId: <id>\t<label>: <value>\t…".
func parseTextReport(text string) (*Report, error) {
	prefix, body, ok := cutReport(text)
	if !ok {
		return nil, notReport(text)
	}
	r := &Report{}
	if !r.parsePrefix(prefix) {
		return nil, notReport(text)
	}
	id, rest, ok := cutRequestID(body)
	if !ok {
		return nil, malformed(text, "RequestId", "not an id")
	}
	r.RequestID = id
	fields := fieldReader{rest}
	for {
		name, value, ok := fields.next()
		if !ok {
			break
		}
		if problem := r.setText(name, value); problem != "" {
			return nil, malformed(text, name, problem)
		}
	}
	return r.checked(text)
}

// cutReport splits a line into the prefix and what follows the marker.
func cutReport(text string) (prefix, body string, ok bool) {
	if body, ok = strings.CutPrefix(text, reportMarker); ok {
		return "", body, true
	}
	i := strings.Index(text, " "+reportMarker)
	if i < 0 {
		i = strings.Index(text, "\t"+reportMarker)
	}
	if i < 0 {
		return "", "", false
	}
	return text[:i], text[i+1+len(reportMarker):], true
}

// idByte has the characters that ids are made of.
var idByte = func() (set [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_." {
		set[c] = true
	}
	return set
}()

// cutRequestID cuts the id at the start of s, which must end there or at white
// space.
func cutRequestID(s string) (id, rest string, ok bool) {
	n := 0
	for n < len(s) && idByte[s[n]] {
		n++
	}
	ends := n == len(s) || isSpace(s[n])
	return s[:n], s[n:], ends && n > 0 && n <= maxRequestID
}

// maxRequestID is far above the 36 of a UUID.
const maxRequestID = 128

func validRequestID(id string) bool {
	_, rest, ok := cutRequestID(id)
	return ok && rest == ""
}

// textLabels are the labels of a REPORT in text form. Between a value and the
// next label there is a tab, or spaces where a tool has replaced it, so that the
// known labels are what separates fields in such a line.
var textLabels = [...]string{
	"Duration", "Billed Duration", "Memory Size", "Max Memory Used", "Init Duration",
	"Restore Duration", "Billed Restore Duration", "Status", "Error Type",
	"XRAY TraceId", "SegmentId", "Sampled",
}

// fieldReader cuts a REPORT into its fields.
type fieldReader struct{ rest string }

// next cuts "label: value" at the start of the rest.
func (f *fieldReader) next() (name, value string, ok bool) {
	for f.rest != "" && isSpace(f.rest[0]) {
		f.rest = f.rest[1:]
	}
	if f.rest == "" {
		return "", "", false
	}
	name, after, found := cutLabel(f.rest)
	if !found {
		value, f.rest = f.rest, ""
		return "", value, true // half a field: the line was cut off
	}
	value, f.rest = cutValue(after)
	return name, strings.TrimSpace(value), true
}

// cutLabel cuts at the first ": " that no end of a field comes before.
func cutLabel(s string) (name, after string, found bool) {
	for i := range len(s) - 1 {
		switch c := s[i]; {
		case c > ':':
		case c == ':' && s[i+1] == ' ':
			return s[:i], s[i+2:], true
		case c < ' ' && isSpace(c):
			return "", "", false
		}
	}
	return "", "", false
}

// cutValue ends a value at a tab, at a line break, or before a known label. A
// value without a colon has no label in it, which is nearly every one.
func cutValue(s string) (value, rest string) {
	end := 0
	for end < len(s) && s[end] != '\t' && s[end] != '\n' && s[end] != '\r' {
		end++
	}
	if strings.IndexByte(s[:end], ':') < 0 {
		return s[:end], s[end:]
	}
	for i := range end {
		if s[i] == ' ' && startsWithLabel(s[i+1:]) {
			return s[:i], s[i+1:]
		}
	}
	return s[:end], s[end:]
}

func startsWithLabel(s string) bool {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return false // a unit, mostly
	}
	for _, label := range textLabels {
		if strings.HasPrefix(s, label) && strings.HasPrefix(s[len(label):], ": ") {
			return true
		}
	}
	return false
}

// checked refuses what is incomplete. A record with a duration and no billing is
// one of a managed instance; one with a part of the billing is cut off.
func (r *Report) checked(line string) (*Report, error) {
	for _, must := range []struct {
		field Fields
		label string
		ok    bool // may be absent
	}{
		{hasDuration, "Duration", false},
		{HasBilledDuration, "Billed Duration", !r.billing()},
		{HasMemorySize, "Memory Size", !r.billing()},
		{HasMaxMemoryUsed, "Max Memory Used", !r.billing()},
	} {
		if !must.ok && !r.Has(must.field) {
			return nil, malformed(line, must.label, "missing")
		}
	}
	r.Fields &^= hasDuration
	return r, nil
}

// billing tells whether the line says anything about billing.
func (r *Report) billing() bool {
	return r.Fields&(HasBilledDuration|HasMemorySize|HasMaxMemoryUsed) != 0
}
