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
	id := body
	if end := strings.IndexAny(body, " \t\n\r"); end >= 0 {
		id = body[:end]
	}
	fields := fieldReader{rest: body[len(id):]}
	r.RequestID = id
	if !validRequestID(r.RequestID) {
		return nil, malformed(text, "RequestId", "not an id")
	}
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

// parsePrefix accepts what log tools are known to put before a line: a log
// stream, a time, or both, as "sam logs" and "aws logs tail" print them.
// Anything else is output of the function that mentions a REPORT.
func (r *Report) parsePrefix(prefix string) bool {
	for word := range strings.FieldsSeq(prefix) {
		at, isTime := parseLogTime(word)
		switch {
		case isTime && r.Time.IsZero():
			r.Time = at
		case isStream(word) && r.Stream == "":
			r.Stream = word
		default:
			return false
		}
	}
	return true
}

// isStream recognises a stream of Lambda, "2023/06/02/[72]88ab219a…", also after
// the name of a function, "2023/06/02/gigs[72]88ab219a…".
func isStream(word string) bool {
	if len(word) < 13 || word[4] != '/' || word[7] != '/' || word[10] != '/' {
		return false
	}
	_, err := time.Parse("2006/01/02", word[:10])
	open := strings.IndexByte(word, '[')
	return err == nil && open > 0 && strings.IndexByte(word[open:], ']') > 0
}

// parseLogTime reads the times that log tools print; without a zone they are UTC.
func parseLogTime(word string) (time.Time, bool) {
	if len(word) < 19 || word[4] != '-' {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, word); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// validRequestID accepts a word of the characters that ids are made of.
func validRequestID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
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
	f.rest = strings.TrimLeft(f.rest, " \t\n\r")
	if f.rest == "" {
		return "", "", false
	}
	name, after, found := strings.Cut(f.rest, ": ")
	if !found || strings.ContainsAny(name, "\t\n\r") {
		value, f.rest = f.rest, ""
		return "", value, true // half a field: the line was cut off
	}
	value, f.rest = cutValue(after)
	return name, strings.TrimSpace(value), true
}

// cutValue ends a value at a tab, at a line break, or before a known label.
func cutValue(s string) (value, rest string) {
	end := strings.IndexAny(s, "\t\n\r")
	if end < 0 {
		end = len(s)
	}
	for i := range end {
		if s[i] == ' ' && startsWithLabel(s[i+1:]) {
			return s[:i], s[i+1:]
		}
	}
	return s[:end], s[end:]
}

func startsWithLabel(s string) bool {
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
