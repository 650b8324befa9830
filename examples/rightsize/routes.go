package main

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/go-thaw/thaw/costs"
)

// metricLines picks the metric lines of a [costs.Tracker] out of a log that is
// written to it piece by piece.
type metricLines struct {
	take func(metricLine)
	part []byte // the beginning of a line
	skip bool   // the line is too long to be one
}

// maxMetricLine is above what a line of two metrics can have.
const maxMetricLine = 64 << 10

// Write implements io.Writer.
func (m *metricLines) Write(text []byte) (int, error) {
	n := len(text)
	for {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			m.keep(text)
			return n, nil
		}
		line := text[:end]
		if len(m.part) > 0 {
			line = append(m.part, line...)
			m.part = m.part[:0]
		}
		if !m.skip {
			m.line(line)
		}
		m.skip = false
		text = text[end+1:]
	}
}

// end takes what came last as a line, if it had no newline.
func (m *metricLines) end() {
	if !m.skip {
		m.line(m.part)
	}
	m.part, m.skip = nil, false
}

func (m *metricLines) keep(text []byte) {
	if m.skip || len(m.part)+len(text) > maxMetricLine {
		m.skip, m.part = true, m.part[:0]
		return
	}
	m.part = append(m.part, text...)
}

var metricMark = []byte(`{"_aws":{"Timestamp":`)

// A metricLine is the part of a tracker's line that the report needs.
type metricLine struct {
	AWS struct {
		Timestamp int64
	} `json:"_aws"`
	Route, Tenant, Operation string

	Cost     float64
	BilledMs numbers
}

// numbers are one number or an array of them.
type numbers []float64

// UnmarshalJSON reads both forms.
func (n *numbers) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '[' {
		data = append(append([]byte{'['}, data...), ']')
	}
	return json.Unmarshal(data, (*[]float64)(n))
}

// line reads one line and passes over what is none of ours: without a billed
// duration it is a metric of something else.
func (m *metricLines) line(line []byte) {
	start := bytes.Index(line, metricMark)
	if start < 0 {
		return
	}
	var got metricLine
	if json.Unmarshal(line[start:], &got) == nil && len(got.BilledMs) > 0 {
		m.take(got)
	}
}

// labels names what a line is about.
func (m *metricLine) labels() costs.Labels {
	return costs.Labels{Route: m.Route, Tenant: m.Tenant, Operation: m.Operation}
}

// routes are the costs of each combination of labels by hour.
type routes map[costs.Labels]map[int64]cell

// A cell is what is known of one route in one span of time.
type cell struct {
	Cost        float64 `json:"cost"`
	Invocations int     `json:"invocations"`
}

func (c cell) plus(d cell) cell {
	return cell{Cost: c.Cost + d.Cost, Invocations: c.Invocations + d.Invocations}
}

func (r routes) add(line metricLine) {
	hours := r[line.labels()]
	if hours == nil {
		hours = make(map[int64]cell)
		r[line.labels()] = hours
	}
	hour := time.UnixMilli(line.AWS.Timestamp).Truncate(time.Hour).Unix()
	hours[hour] = hours[hour].plus(cell{Cost: line.Cost, Invocations: len(line.BilledMs)})
}
