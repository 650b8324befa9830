package coststest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"
)

// Limits of the embedded metric format, which a Sink enforces.
// See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.
const (
	maxMetrics    = 100
	maxValues     = 100
	maxDimensions = 30
	maxLine       = 1 << 20
	maxPast       = 14 * 24 * time.Hour
	maxFuture     = 2 * time.Hour
)

// A Line is one metric line as CloudWatch would read it.
type Line struct {
	// Namespace of the metrics.
	Namespace string
	// Time is the timestamp of all values.
	Time time.Time
	// Dimensions are the names and values of the one dimension set.
	Dimensions map[string]string
	// Values has the values of each metric in the order of the line.
	Values map[string][]float64
	// Units has the unit of each metric that gives one.
	Units map[string]string
	// Bytes is the length of the line with its newline.
	Bytes int
}

// A Sink records metric lines. The zero value is ready to use. It is safe for
// concurrent use.
type Sink struct {
	// Now is the clock that timestamps are judged by. Default: time.Now. Set it
	// before the first Write.
	Now func() time.Time

	mu    sync.Mutex
	lines []Line
	fail  error
}

// Write reads whole lines of metrics. A line that CloudWatch would not accept, or
// a call that does not end with a newline, is an error that names the rule; the
// lines before it are kept.
func (s *Sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fail; err != nil {
		s.fail = nil
		return 0, err
	}
	done := 0
	for done < len(p) {
		end := bytes.IndexByte(p[done:], '\n')
		if end < 0 {
			return done, errors.New("coststest: a metric line must end with a newline")
		}
		line, err := s.parse(p[done : done+end])
		if err != nil {
			return done, fmt.Errorf("coststest: metric line %q: %w", p[done:done+end], err)
		}
		line.Bytes = end + 1
		s.lines = append(s.lines, line)
		done += end + 1
	}
	return done, nil
}

// FailNext makes the next Write write nothing and return err.
func (s *Sink) FailNext(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Lines returns the lines written so far.
func (s *Sink) Lines() []Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}

// Values returns all values of a metric over the lines that have the given
// dimensions, among others: nil asks for every line.
func (s *Sink) Values(metric string, dimensions map[string]string) []float64 {
	var values []float64
	for _, line := range s.Lines() {
		if line.has(dimensions) {
			values = append(values, line.Values[metric]...)
		}
	}
	return values
}

// Sum returns the sum of what Values returns.
func (s *Sink) Sum(metric string, dimensions map[string]string) float64 {
	var sum float64
	for _, v := range s.Values(metric, dimensions) {
		sum += v
	}
	return sum
}

func (l *Line) has(dimensions map[string]string) bool {
	for name, value := range dimensions {
		if got, ok := l.Dimensions[name]; !ok || got != value {
			return false
		}
	}
	return true
}

// header is the metadata of a line.
type header struct {
	Timestamp         *int64
	CloudWatchMetrics []struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []definition
	}
}

type definition struct{ Name, Unit string }

// parse reads one line under the rules of the format. The root is decoded name
// by name, because a name that occurs twice would otherwise pass.
func (s *Sink) parse(data []byte) (Line, error) {
	if len(data) > maxLine {
		return Line{}, fmt.Errorf("longer than %d bytes", maxLine)
	}
	root, err := decodeRoot(data)
	if err != nil {
		return Line{}, err
	}
	var h header
	decoder := json.NewDecoder(bytes.NewReader(root["_aws"]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&h); err != nil {
		return Line{}, fmt.Errorf("_aws: %w", err)
	}
	if h.Timestamp == nil || len(h.CloudWatchMetrics) != 1 {
		return Line{}, errors.New("_aws: needs a Timestamp and one directive")
	}
	directive := h.CloudWatchMetrics[0]
	line := Line{
		Namespace:  directive.Namespace,
		Time:       time.UnixMilli(*h.Timestamp),
		Dimensions: make(map[string]string),
		Values:     make(map[string][]float64),
		Units:      make(map[string]string),
	}
	if len(directive.Dimensions) != 1 || len(directive.Dimensions[0]) > maxDimensions {
		return Line{}, fmt.Errorf("needs one set of at most %d dimensions", maxDimensions)
	}
	return line, errors.Join(
		s.checkTime(line.Time),
		line.readDimensions(root, directive.Dimensions[0]),
		line.readMetrics(root, directive.Metrics),
		line.checkMembers(root),
	)
}

// decodeRoot returns the members of the object and refuses repeated names.
func decodeRoot(data []byte) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	root := make(map[string]json.RawMessage)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		if _, ok := root[name]; ok {
			return nil, fmt.Errorf("name %q used twice", name)
		}
		root[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(data[decoder.InputOffset():])) > 0 {
		return nil, errors.New("something follows the object")
	}
	return root, nil
}

func (s *Sink) checkTime(at time.Time) error {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	if age := now().Sub(at); age > maxPast || -age > maxFuture {
		return fmt.Errorf("timestamp %v is not from 14 days ago to 2 hours ahead", at)
	}
	return nil
}

func (l *Line) readDimensions(root map[string]json.RawMessage, names []string) error {
	for _, name := range names {
		var value string
		if err := json.Unmarshal(root[name], &value); err != nil {
			return fmt.Errorf("dimension %q: must be a string: %w", name, err)
		}
		if value == "" || len(value) > 1024 {
			return fmt.Errorf("dimension %q: must have 1 to 1024 characters", name)
		}
		l.Dimensions[name] = value
	}
	return nil
}

func (l *Line) readMetrics(root map[string]json.RawMessage, definitions []definition) error {
	if len(definitions) == 0 || len(definitions) > maxMetrics {
		return fmt.Errorf("needs 1 to %d metrics", maxMetrics)
	}
	for _, d := range definitions {
		values, err := decodeValues(root[d.Name])
		if err != nil {
			return fmt.Errorf("metric %q: %w", d.Name, err)
		}
		if _, ok := l.Dimensions[d.Name]; ok || len(l.Values[d.Name]) > 0 {
			return fmt.Errorf("metric %q: name used twice", d.Name)
		}
		l.Values[d.Name] = values
		if d.Unit != "" {
			l.Units[d.Name] = d.Unit
		}
	}
	return nil
}

// decodeValues reads one number or an array of 1 to 100.
func decodeValues(data json.RawMessage) ([]float64, error) {
	if len(data) > 0 && data[0] != '[' {
		data = slices.Concat([]byte{'['}, data, []byte{']'})
	}
	var pointers []*float64 // a null would otherwise be read as zero
	if err := json.Unmarshal(data, &pointers); err != nil {
		return nil, err
	}
	var values []float64
	for _, p := range pointers {
		if p == nil {
			return nil, errors.New("value is null")
		}
		values = append(values, *p)
	}
	if len(values) == 0 || len(values) > maxValues {
		return nil, fmt.Errorf("must have 1 to %d values", maxValues)
	}
	for _, v := range values {
		if magnitude := math.Abs(v); magnitude > math.Ldexp(1, 360) || magnitude > 0 && magnitude < math.Ldexp(1, -360) {
			return nil, fmt.Errorf("value %g is out of range", v)
		}
	}
	return values, nil
}

// checkMembers refuses members that are neither metadata, dimension nor metric:
// they would be paid for in every line and used by nothing.
func (l *Line) checkMembers(root map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(root)) {
		_, dimension := l.Dimensions[name]
		_, metric := l.Values[name]
		if name != "_aws" && !dimension && !metric {
			return fmt.Errorf("member %q is not used", name)
		}
	}
	return nil
}
