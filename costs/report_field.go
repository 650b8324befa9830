package costs

import (
	"math"
	"strings"
	"time"
)

// setText sets a field from its text and returns what is wrong with it.
func (r *Report) setText(name, value string) (problem string) {
	if name == "" {
		return "no label: " + value
	}
	number, unit, _ := strings.Cut(value, " ")
	want, problem := r.setNumber(name, number)
	switch {
	case want == "":
		r.setLabel(name, value)
	case unit != want:
		return "unit is not " + want
	}
	return problem
}

// setNumber sets the field of a label that has a number, and returns its unit;
// other labels have none.
func (r *Report) setNumber(name, number string) (unit, problem string) {
	switch name {
	case "Duration":
		r.initFirst = !r.Has(hasDuration) && r.Has(HasInitDuration)
		return "ms", r.setDuration(hasDuration, &r.Duration, number)
	case "Billed Duration":
		return "ms", r.setBilled(HasBilledDuration, &r.BilledDuration, number)
	case "Init Duration":
		return "ms", r.setDuration(HasInitDuration, &r.InitDuration, number)
	case "Restore Duration":
		return "ms", r.setDuration(HasRestoreDuration, &r.RestoreDuration, number)
	case "Billed Restore Duration":
		return "ms", r.setBilled(HasBilledRestoreDuration, &r.BilledRestoreDuration, number)
	case "Memory Size":
		return "MB", r.setMegabytes(HasMemorySize, &r.MemorySizeMB, number)
	case "Max Memory Used":
		return "MB", r.setMegabytes(HasMaxMemoryUsed, &r.MaxMemoryUsedMB, number)
	}
	return "", ""
}

// setLabel sets a field that is plain text.
func (r *Report) setLabel(name, value string) {
	switch name {
	case "Status":
		r.Status = value
	case "Error Type":
		r.ErrorType = value
	case "XRAY TraceId":
		r.TraceID = value
	case "SegmentId":
		r.SegmentID = value
	case "Sampled":
		r.Sampled = value == "true"
	default:
		r.keep(name, value)
	}
}

// keep notes a field that is not known.
func (r *Report) keep(name, value string) {
	if r.Extra == nil {
		r.Extra = make(map[string]string)
	}
	r.Extra[name] = value
}

// hasDuration is not exported: a report without it does not exist.
const hasDuration Fields = 1 << 15

func (r *Report) setDuration(f Fields, into *time.Duration, number string) (problem string) {
	d, ok := parseMilliseconds(number)
	switch {
	case r.Has(f):
		return "given twice"
	case !ok:
		return "not a duration of up to 960 s"
	}
	r.Fields |= f
	*into = d
	return ""
}

// setBilled is setDuration for a time that is paid for: Lambda bills whole
// milliseconds.
func (r *Report) setBilled(f Fields, into *time.Duration, number string) (problem string) {
	problem = r.setDuration(f, into, number)
	if problem == "" && *into%time.Millisecond != 0 {
		return "not a whole number of milliseconds"
	}
	return problem
}

func (r *Report) setMegabytes(f Fields, into *int, number string) (problem string) {
	n, ok := parseDigits(number)
	switch {
	case r.Has(f):
		return "given twice"
	case !ok || n > math.MaxInt32:
		return "not a number of megabytes"
	}
	r.Fields |= f
	*into = int(n)
	return ""
}

// parseMilliseconds reads a plain decimal exactly. Floats would make 1049.63 ms
// some nanoseconds more or less, and a ceiling of a sum a millisecond wrong.
// Digits below a nanosecond are left out; Lambda prints two or three.
func parseMilliseconds(s string) (time.Duration, bool) {
	whole, fraction, dot := strings.Cut(s, ".")
	ms, ok := parseDigits(whole)
	if !ok || len(whole) > 6 || !dot {
		d := time.Duration(ms) * time.Millisecond
		return d, ok && len(whole) <= 6 && d <= maxDuration
	}
	if _, ok := parseDigits(fraction); !ok {
		return 0, false
	}
	ns, unit := int64(0), int64(time.Millisecond)
	for i := 0; i < len(fraction) && unit > 1; i++ {
		unit /= 10
		ns += int64(fraction[i]-'0') * unit
	}
	d := time.Duration(ms)*time.Millisecond + time.Duration(ns)
	return d, d <= maxDuration
}

// parseDigits reads one or more digits and nothing else, not even a sign. More
// than 18 saturate: nothing here is that large.
func parseDigits(s string) (n int64, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		if i < 18 {
			n = n*10 + int64(s[i]-'0')
		}
	}
	return n, s != ""
}
