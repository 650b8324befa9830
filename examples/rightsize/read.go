package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-thaw/thaw/costs"
)

// logData is what the logs say.
type logData struct {
	files   []string
	samples []costs.Sample
	refused []string // the first few lines that were refused, and why
	bad     int      // how many there are
	routes  routes
}

// readLogs reads all logs and closes them.
func readLogs(logs []logFile, p *progress) (*logData, error) {
	defer closeAll(logs)
	defer p.done()
	d := &logData{routes: routes{}}
	streams := make(map[string]string)
	for _, log := range logs {
		d.files = append(d.files, log.name)
		text, err := plain(p.reader(log))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", log.name, err)
		}
		if err := d.read(text, streams); err != nil {
			return nil, fmt.Errorf("%s: %w", log.name, err)
		}
	}
	return d, nil
}

// read takes one log in. The REPORTs and the metric lines are in the same text,
// which may be a pipe: both are read in one pass.
func (d *logData) read(text io.Reader, streams map[string]string) error {
	metrics := &metricLines{take: d.routes.add}
	for report, err := range costs.Reports(io.TeeReader(text, metrics)) {
		switch {
		case errors.Is(err, costs.ErrMalformedReport), errors.Is(err, costs.ErrSpoofedReport):
			d.refuse(err)
			continue
		case err != nil:
			return err
		}
		s := report.Sample()
		s.Environment = intern(streams, s.Environment)
		d.samples = append(d.samples, s)
	}
	metrics.end()
	return nil
}

// intern keeps one copy of each text: a report refers to its whole line.
func intern(known map[string]string, text string) string {
	if same, ok := known[text]; ok {
		return same
	}
	text = strings.Clone(text)
	known[text] = text
	return text
}

// shown is how many refused lines are worth showing.
const shown = 5

func (d *logData) refuse(err error) {
	d.bad++
	if len(d.refused) < shown {
		d.refused = append(d.refused, err.Error())
	}
}
