package costs

import (
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

const (
	reportEventType = "platform.report"
	startEventType  = "platform.start"
)

// cutJSON reads a known prefix into r and returns the object after it. Text that
// sticks to the object is no prefix: an extension that ends its output without a
// newline leaves such lines.
func (r *Report) cutJSON(line string) (body string, ok bool) {
	open := strings.IndexByte(line, '{')
	if open < 0 || open > 0 && !isSpace(line[open-1]) {
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
	if at, ok := parseLogTime(e.timeText); ok {
		r.Time = at // nearer to the event than that of a prefix
	} else if e.timeText != "" {
		return nil, malformed(text, "time", "not a time")
	}
	return r.checked(text)
}

// event is a platform event that is being read into a report.
type event struct {
	report         *Report
	kind           string // its type
	timeText       string // read only where it matters, in a report
	field, problem string // the first metric that cannot be trusted
}

// scan reads the members of the event; unknown ones are passed over.
func (e *event) scan(text string) error {
	s := jsonscan.New(text)
	for s.Object(); s.Member(); {
		switch s.Key() {
		case "time":
			e.timeText = stringOrNull(&s)
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
		case "spans":
			s.Skip() // how the phases took their parts of the duration
		default:
			e.keep(s)
		}
	}
}

// metrics reads the known metrics by the rules of the text form and keeps others.
func (e *event) metrics(s *jsonscan.Scanner) {
	if s.Null() {
		return
	}
	r := e.report
	for s.Object(); s.Member(); {
		switch s.Key() {
		case "durationMs":
			e.check("Duration", r.setDuration(hasDuration, &r.Duration, s.Number()))
		case "billedDurationMs":
			e.check("Billed Duration", r.setBilled(HasBilledDuration, &r.BilledDuration, s.Number()))
		case "memorySizeMB":
			e.check("Memory Size", r.setMegabytes(HasMemorySize, &r.MemorySizeMB, s.Number()))
		case "maxMemoryUsedMB":
			e.check("Max Memory Used", r.setMegabytes(HasMaxMemoryUsed, &r.MaxMemoryUsedMB, s.Number()))
		case "initDurationMs":
			e.check("Init Duration", r.setDuration(HasInitDuration, &r.InitDuration, s.Number()))
		case "restoreDurationMs":
			e.check("Restore Duration", r.setDuration(HasRestoreDuration, &r.RestoreDuration, s.Number()))
		case "billedRestoreDurationMs":
			e.check("Billed Restore Duration", r.setBilled(HasBilledRestoreDuration, &r.BilledRestoreDuration, s.Number()))
		default:
			e.keep(s)
		}
	}
}

// keep notes a member that is not known, whatever its value is. A start has some
// that are of no use.
func (e *event) keep(s *jsonscan.Scanner) {
	name, value := s.Key(), s.Skip()
	if e.kind != startEventType {
		e.report.keep(name, value)
	}
}

// check notes the first field that cannot be trusted.
func (e *event) check(field, problem string) {
	if problem != "" && e.problem == "" {
		e.field, e.problem = field, problem
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
