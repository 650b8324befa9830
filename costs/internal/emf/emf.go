// Package emf writes CloudWatch's embedded metric format: one JSON object per
// line that CloudWatch Logs turns into metrics.
//
// What CloudWatch would drop without a word is refused here: the failures of
// the format show only in the AWS/Logs metrics of the account, so a library has
// to find them first. The rules are those of
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
// and of https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html.
package emf

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Limits of the format.
const (
	MaxMetrics        = 100     // per line
	MaxValues         = 100     // per metric and line
	MaxDimensions     = 30      // per set
	MaxName           = 255     // characters of a namespace, metric or dimension name
	MaxDimensionValue = 1024    // characters
	MaxLine           = 1 << 20 // bytes of a log event
)

// maxMagnitude is 2^360: CloudWatch takes ±2^-360 to ±2^360.
var maxMagnitude = math.Ldexp(1, 360)

// Sentinels, inside an [*Error].
var (
	ErrName      = errors.New("bad name")
	ErrValue     = errors.New("bad value")
	ErrCollision = errors.New("name used twice")
	ErrLimit     = errors.New("limit exceeded")
)

// An Error says which part of an event is refused.
type Error struct {
	// Part is "namespace", "dimension" or "metric".
	Part string
	// Name of the part.
	Name string
	// Err is one of the sentinels.
	Err error
}

// Error names the part and the rule.
func (e *Error) Error() string { return fmt.Sprintf("emf: %s %q: %v", e.Part, e.Name, e.Err) }

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }

// A Dimension is one name and value of the event's dimension set.
type Dimension struct{ Name, Value string }

// A Metric is a series of values. Unit may be empty.
type Metric struct {
	Name   string
	Unit   string
	Values []float64
}

// An Event is what one line says. There is one dimension set; it may be empty.
type Event struct {
	Namespace  string
	Time       time.Time
	Dimensions []Dimension
	Metrics    []Metric
}

// Validate checks everything but the values and the number of metrics.
func (e *Event) Validate() error {
	if !validNamespace(e.Namespace) {
		return &Error{Part: "namespace", Name: e.Namespace, Err: ErrName}
	}
	if len(e.Dimensions) > MaxDimensions {
		return &Error{Part: "dimension", Name: e.Dimensions[MaxDimensions].Name, Err: ErrLimit}
	}
	for i, d := range e.Dimensions {
		switch {
		case !validName(d.Name):
			return &Error{Part: "dimension", Name: d.Name, Err: ErrName}
		case !ValidValue(d.Value):
			return &Error{Part: "dimension", Name: d.Name, Err: ErrValue}
		case e.taken(d.Name, i, 0):
			return &Error{Part: "dimension", Name: d.Name, Err: ErrCollision}
		}
	}
	for i, m := range e.Metrics {
		switch {
		case !validName(m.Name):
			return &Error{Part: "metric", Name: m.Name, Err: ErrName}
		case e.taken(m.Name, len(e.Dimensions), i):
			return &Error{Part: "metric", Name: m.Name, Err: ErrCollision}
		}
	}
	return nil
}

// taken tells whether a name is used by the first dimensions and metrics, which
// share the root of the object. Sets are small: a scan beats a map.
func (e *Event) taken(name string, dimensions, metrics int) bool {
	for _, d := range e.Dimensions[:dimensions] {
		if d.Name == name {
			return true
		}
	}
	for _, m := range e.Metrics[:metrics] {
		if m.Name == name {
			return true
		}
	}
	return false
}

// validNamespace follows the rules of PutMetricData; "AWS/" is reserved.
func validNamespace(s string) bool {
	if s == "" || len(s) > MaxName || s[0] == ':' || strings.HasPrefix(s, "AWS/") || strings.TrimSpace(s) == "" {
		return false
	}
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune("._/#:- ", r) {
			return false
		}
	}
	return true
}

func validName(s string) bool {
	return s != "_aws" && len(s) <= MaxName && ValidValue(s)
}

// ValidValue tells whether a dimension value is accepted: 1 to 1,024 printable
// ASCII characters, not all blank, and no colon in front.
func ValidValue(s string) bool {
	if s == "" || len(s) > MaxDimensionValue || s[0] == ':' || strings.TrimSpace(s) == "" {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// CleanValue makes a valid dimension value out of any text: other characters
// become "?", blank and empty text "-", and what is too long is cut. A valid
// value comes back as it is.
func CleanValue(s string) string {
	if ValidValue(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	if len(s) > MaxDimensionValue {
		s = s[:MaxDimensionValue]
	}
	if strings.TrimSpace(s) == "" {
		return "-"
	}
	if s[0] == ':' {
		s = "?" + s[1:]
	}
	return s
}

// validNumber tells whether CloudWatch takes v.
func validNumber(v float64) bool {
	magnitude := math.Abs(v)
	return magnitude <= maxMagnitude && (magnitude == 0 || magnitude >= 1/maxMagnitude)
}

// Append appends the event to dst, each line ended by a newline. More than 100
// metrics or values are spread over further lines, and every line carries all
// dimensions. Metrics without values are left out; an event without any writes
// nothing.
//
// On an error dst comes back as it was: there is no half line.
func Append(dst []byte, e *Event) ([]byte, error) {
	if err := e.Validate(); err != nil {
		return dst, err
	}
	for _, m := range e.Metrics {
		for _, v := range m.Values {
			if !validNumber(v) {
				return dst, &Error{Part: "metric", Name: m.Name, Err: ErrValue}
			}
		}
	}
	start := len(dst)
	for first := 0; first < len(e.Metrics); first += MaxMetrics {
		group := e.Metrics[first:min(first+MaxMetrics, len(e.Metrics))]
		for offset := 0; offset < longest(group); offset += MaxValues {
			line := len(dst)
			dst = appendLine(dst, e, group, offset)
			if len(dst)-line > MaxLine {
				return dst[:start], &Error{Part: "metric", Name: group[0].Name, Err: ErrLimit}
			}
		}
	}
	return dst, nil
}

func longest(metrics []Metric) int {
	n := 0
	for _, m := range metrics {
		n = max(n, len(m.Values))
	}
	return n
}

func appendLine(dst []byte, e *Event, metrics []Metric, offset int) []byte {
	dst = append(dst, `{"_aws":{"Timestamp":`...)
	dst = strconv.AppendInt(dst, e.Time.UnixMilli(), 10)
	dst = append(dst, `,"CloudWatchMetrics":[{"Namespace":`...)
	dst = appendString(dst, e.Namespace)
	dst = append(dst, `,"Dimensions":[[`...)
	for i, d := range e.Dimensions {
		dst = appendComma(dst, i)
		dst = appendString(dst, d.Name)
	}
	dst = append(dst, `]],"Metrics":[`...)
	dst = appendDefinitions(dst, metrics, offset)
	dst = append(dst, `]}]}`...)
	for _, d := range e.Dimensions {
		dst = append(dst, ',')
		dst = appendString(dst, d.Name)
		dst = append(dst, ':')
		dst = appendString(dst, d.Value)
	}
	for _, m := range metrics {
		if len(m.Values) > offset {
			dst = append(dst, ',')
			dst = appendString(dst, m.Name)
			dst = append(dst, ':')
			dst = appendValues(dst, m.Values[offset:min(offset+MaxValues, len(m.Values))])
		}
	}
	return append(dst, '}', '\n')
}

func appendDefinitions(dst []byte, metrics []Metric, offset int) []byte {
	n := 0
	for _, m := range metrics {
		if len(m.Values) <= offset {
			continue // has no value on this line
		}
		dst = appendComma(dst, n)
		n++
		dst = append(dst, `{"Name":`...)
		dst = appendString(dst, m.Name)
		if m.Unit != "" {
			dst = append(dst, `,"Unit":`...)
			dst = appendString(dst, m.Unit)
		}
		dst = append(dst, '}')
	}
	return dst
}

// appendValues writes one value as a number and several as an array.
func appendValues(dst []byte, values []float64) []byte {
	if len(values) == 1 {
		return appendNumber(dst, values[0])
	}
	dst = append(dst, '[')
	for i, v := range values {
		dst = appendComma(dst, i)
		dst = appendNumber(dst, v)
	}
	return append(dst, ']')
}

// appendNumber writes a number in as few bytes as JSON allows: strconv fills an
// exponent up to two digits.
func appendNumber(dst []byte, v float64) []byte {
	dst = strconv.AppendFloat(dst, v, 'g', -1, 64)
	if n := len(dst); n > 4 && dst[n-4] == 'e' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

func appendComma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}

// appendString quotes s, which Validate has found to be printable ASCII, so
// that only the quote and the backslash need an escape.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}
