package costs

import (
	"encoding/json"
	"strings"
	"time"
)

// jsonReport is a platform event. Metrics are read by name so that new ones are
// kept.
type jsonReport struct {
	Time   time.Time `json:"time"`
	Type   string    `json:"type"`
	Record struct {
		RequestID string                 `json:"requestId"`
		TenantID  string                 `json:"tenantId"`
		Status    string                 `json:"status"`
		ErrorType string                 `json:"errorType"`
		Metrics   map[string]json.Number `json:"metrics"`
		Tracing   struct {
			SpanID string `json:"spanId"`
			Value  string `json:"value"`
		} `json:"tracing"`
	} `json:"record"`
}

// jsonLabels gives the metrics of the JSON form the label and unit of the text
// form, so that both are read by the same rules.
var jsonLabels = [...]struct{ name, label, unit string }{
	{"durationMs", "Duration", " ms"},
	{"billedDurationMs", "Billed Duration", " ms"},
	{"memorySizeMB", "Memory Size", " MB"},
	{"maxMemoryUsedMB", "Max Memory Used", " MB"},
	{"initDurationMs", "Init Duration", " ms"},
	{"restoreDurationMs", "Restore Duration", " ms"},
	{"billedRestoreDurationMs", "Billed Restore Duration", " ms"},
}

// cutJSON splits a line into what a known prefix says and the object after it.
func cutJSON(line string) (r *Report, body string, ok bool) {
	open := strings.IndexByte(line, '{')
	if open < 0 {
		return nil, "", false
	}
	r = &Report{}
	return r, line[open:], r.parsePrefix(line[:open])
}

// parseJSON reads a platform.report record into r.
func (r *Report) parseJSON(text string) (*Report, error) {
	if !strings.Contains(text, "platform.report") {
		return nil, notReport(text) // the usual line of a JSON log, without decoding it
	}
	var j jsonReport
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return nil, malformed(text, "record", err.Error())
	}
	if j.Type != "platform.report" {
		return nil, notReport(text)
	}
	if !validRequestID(j.Record.RequestID) {
		return nil, malformed(text, "RequestId", "not an id")
	}
	r.RequestID, r.TenantID = j.Record.RequestID, j.Record.TenantID
	r.Status, r.ErrorType = j.Record.Status, j.Record.ErrorType
	if !j.Time.IsZero() {
		r.Time = j.Time // nearer to the event than the prefix
	}
	r.setTracing(j.Record.Tracing.Value)
	for _, metric := range jsonLabels {
		value, ok := j.Record.Metrics[metric.name]
		if !ok {
			continue
		}
		if problem := r.setText(metric.label, value.String()+metric.unit); problem != "" {
			return nil, malformed(text, metric.label, problem)
		}
		delete(j.Record.Metrics, metric.name)
	}
	r.initFirst = false // order means nothing in an object
	for name, value := range j.Record.Metrics {
		r.setLabel(name, value.String())
	}
	return r.checked(text)
}

// setTracing reads an X-Ray header, "Root=1-…;Parent=…;Sampled=1".
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
