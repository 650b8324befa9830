package costs

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// setText sets a field from its text and returns what is wrong with it.
func (r *Report) setText(name, value string) (problem string) {
	switch name {
	case "":
		return "no label: " + value
	case "Duration":
		if r.Fields&hasDuration != 0 {
			return "given twice"
		}
		r.Fields |= hasDuration
		r.initFirst = r.Has(HasInitDuration)
		return setMilliseconds(&r.Duration, value)
	case "Billed Duration":
		return r.setDuration(HasBilledDuration, &r.BilledDuration, value)
	case "Init Duration":
		return r.setDuration(HasInitDuration, &r.InitDuration, value)
	case "Restore Duration":
		return r.setDuration(HasRestoreDuration, &r.RestoreDuration, value)
	case "Billed Restore Duration":
		return r.setDuration(HasBilledRestoreDuration, &r.BilledRestoreDuration, value)
	case "Memory Size":
		return r.setMegabytes(HasMemorySize, &r.MemorySizeMB, value)
	case "Max Memory Used":
		return r.setMegabytes(HasMaxMemoryUsed, &r.MaxMemoryUsedMB, value)
	}
	r.setLabel(name, value)
	return ""
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
		if r.Extra == nil {
			r.Extra = make(map[string]string)
		}
		r.Extra[name] = value
	}
}

// hasDuration is not exported: a report without it does not exist.
const hasDuration Fields = 1 << 15

func (r *Report) setDuration(f Fields, into *time.Duration, value string) string {
	if r.Has(f) {
		return "given twice"
	}
	r.Fields |= f
	return setMilliseconds(into, value)
}

func setMilliseconds(into *time.Duration, value string) string {
	number, ok := strings.CutSuffix(value, " ms")
	if !ok {
		return "unit is not ms"
	}
	d, ok := parseMilliseconds(number)
	if !ok {
		return "not a duration of up to 960 s"
	}
	*into = d
	return ""
}

func (r *Report) setMegabytes(f Fields, into *int, value string) string {
	number, ok := strings.CutSuffix(value, " MB")
	if !ok {
		return "unit is not MB"
	}
	if r.Has(f) {
		return "given twice"
	}
	r.Fields |= f
	if *into, ok = parseMegabytes(number); !ok {
		return "not a number of megabytes"
	}
	return ""
}

// parseMilliseconds reads a plain decimal exactly. Floats would make 1049.63 ms
// some nanoseconds more or less, and a ceiling of a sum a millisecond wrong.
func parseMilliseconds(s string) (time.Duration, bool) {
	whole, fraction, dot := strings.Cut(s, ".")
	if dot && fraction == "" || len(whole) > 6 {
		return 0, false
	}
	if _, ok := parseDigits(fraction); dot && !ok {
		return 0, false
	}
	fraction = (fraction + "000000")[:6] // to nanoseconds; Lambda prints two or three digits
	ms, ok := parseDigits(whole)
	ns, _ := parseDigits(fraction)
	d := time.Duration(ms)*time.Millisecond + time.Duration(ns)
	return d, ok && d <= maxDuration
}

func parseMegabytes(s string) (int, bool) {
	n, ok := parseDigits(s)
	return n, ok && n <= math.MaxInt32
}

func parseDigits(s string) (int, bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false // also signs, which Atoi would take
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
