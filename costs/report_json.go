package costs

import (
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

const reportEventType = "platform.report"

// jsonLabels gives the metrics of the JSON form the label of the text form, so
// that both are read by the same rules.
var jsonLabels = map[string]string{
	"durationMs":              "Duration",
	"billedDurationMs":        "Billed Duration",
	"memorySizeMB":            "Memory Size",
	"maxMemoryUsedMB":         "Max Memory Used",
	"initDurationMs":          "Init Duration",
	"restoreDurationMs":       "Restore Duration",
	"billedRestoreDurationMs": "Billed Restore Duration",
}

// cutJSON reads a known prefix into r and returns the object after it.
func (r *Report) cutJSON(line string) (body string, ok bool) {
	open := strings.IndexByte(line, '{')
	if open < 0 {
		return "", false
	}
	return line[open:], r.parsePrefix(line[:open])
}

// parseJSON reads a platform.report record into r.
func (r *Report) parseJSON(text string) (*Report, error) {
	if !strings.Contains(text, reportEventType) {
		return nil, notReport(text) // the usual line of a JSON log, without decoding it
	}
	e := event{report: r}
	return e.finish(text, e.scan(text))
}

// finish judges an event that has been scanned.
func (e *event) finish(text string, err error) (*Report, error) {
	r := e.report
	switch {
	case e.kind != "" && e.kind != reportEventType:
		return nil, notReport(text)
	case err != nil:
		return nil, malformed(text, "record", err.Error())
	case e.kind == "":
		return nil, notReport(text)
	case !validRequestID(r.RequestID):
		return nil, malformed(text, "RequestId", "not an id")
	case e.problem != "":
		return nil, malformed(text, e.field, e.problem)
	}
	r.initFirst = false // order means nothing in an object
	return r.checked(text)
}

// event is a platform event that is being read into a report.
type event struct {
	report         *Report
	kind           string // its type
	field, problem string // the first metric that cannot be trusted
}

// scan reads the members of the event; unknown ones are passed over.
func (e *event) scan(text string) error {
	s := jsonscan.New(text)
	for s.Object(); s.Member(); {
		switch s.Key() {
		case "time":
			e.time(&s)
		case "type":
			e.kind = stringOrNull(&s)
		case "record":
			e.record(&s)
		default:
			s.Skip()
		}
	}
	return s.End()
}

// time is nearer to the event than that of a prefix.
func (e *event) time(s *jsonscan.Scanner) {
	text := stringOrNull(s)
	if at, ok := parseLogTime(text); ok {
		e.report.Time = at
	} else if text != "" {
		e.refuse("time", "not a time")
	}
}

func (e *event) record(s *jsonscan.Scanner) {
	if s.Kind() != jsonscan.Object { // null, or the text of another type of event
		s.Skip()
		return
	}
	r := e.report
	for s.Object(); s.Member(); {
		switch s.Key() {
		case "requestId":
			r.RequestID = stringOrNull(s)
		case "tenantId":
			r.TenantID = stringOrNull(s)
		case "status":
			r.Status = stringOrNull(s)
		case "errorType":
			r.ErrorType = stringOrNull(s)
		case "metrics":
			e.metrics(s)
		case "tracing":
			e.tracing(s)
		default:
			s.Skip()
		}
	}
}

// metrics reads the known metrics by the rules of the text form and keeps others.
func (e *event) metrics(s *jsonscan.Scanner) {
	if s.Null() {
		return
	}
	for s.Object(); s.Member(); {
		name, value := s.Key(), s.Number()
		label, ok := jsonLabels[name]
		if !ok {
			e.report.keep(name, value)
			continue
		}
		if _, problem := e.report.setNumber(label, value); problem != "" {
			e.refuse(label, problem)
		}
	}
}

// tracing reads the X-Ray header, "Root=1-…;Parent=…;Sampled=1".
func (e *event) tracing(s *jsonscan.Scanner) {
	if s.Null() {
		return
	}
	for s.Object(); s.Member(); {
		if s.Key() == "value" {
			e.report.setTracing(stringOrNull(s))
		} else {
			s.Skip()
		}
	}
}

func (e *event) refuse(field, problem string) {
	if e.problem == "" {
		e.field, e.problem = field, problem
	}
}

func stringOrNull(s *jsonscan.Scanner) string {
	if s.Null() {
		return ""
	}
	return s.String()
}

func (r *Report) setTracing(header string) {
	for part := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "Root":
			r.TraceID = value
		case "Parent":
			r.SegmentID = value
		case "Sampled":
			r.Sampled = value == "1"
		}
	}
}
