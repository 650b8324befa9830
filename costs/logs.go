package costs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// ErrSpoofedReport says that a line has the form of a REPORT and that Lambda did
// not write it. It arrives inside a [*SpoofError].
var ErrSpoofedReport = errors.New("spoofed REPORT line")

// A SpoofError is a REPORT that the function printed itself, as far as the log
// can tell.
type SpoofError struct {
	// Report is what the line claims.
	Report *Report
	// Reason says what gave it away.
	Reason string
}

// Error names the request and the reason.
func (e *SpoofError) Error() string {
	return fmt.Sprintf("%v of %s: %s", ErrSpoofedReport, e.Report.RequestID, e.Reason)
}

// Unwrap returns [ErrSpoofedReport].
func (e *SpoofError) Unwrap() error { return ErrSpoofedReport }

const (
	// maxLogLine is the longest line that is looked at. A REPORT has a few
	// hundred bytes; longer lines are passed over whatever they hold.
	maxLogLine = 64 << 10
	// maxAttempts is how many invocations may be open at once before the oldest
	// is settled: it bounds the memory, and what must lie between a forged and
	// the true REPORT of a merged log for the forged one to pass.
	maxAttempts = 4096
)

// Reports walks the REPORTs of a log, in text or JSON form or both, with the
// prefixes of log tools or without. Lines that are something else are passed
// over, as are cut ones at the start of a tail. It reads in constant memory.
//
// A function can print whatever it likes, so the form of a line proves nothing.
// Where the log has START lines (or platform.start records), a REPORT counts
// only if its invocation was started in the same stream, and of several for one
// start the last, since Lambda writes its own after the function has ended. The
// others are yielded as [*SpoofError], and so is one whose START stands in the output
// of another invocation of its stream. For this a report is held back until the
// next start in its stream, or in a log without stream names until 4,096 more
// invocations have started; so is its order. A log without START lines, such as
// the output of grep, is taken at its word.
//
// A retry has the request id of its first attempt and is a report of its own. A
// "Task timed out" line sets the status of the report that it belongs to.
//
// Errors are yielded with the number of the line and do not end the walk, except
// those of the reader. A malformed REPORT is a [*ReportError].
func Reports(r io.Reader) iter.Seq2[*Report, error] {
	return func(yield func(*Report, error) bool) {
		s := &logScanner{yield: yield, open: make(map[string]*attempt)}
		if s.scan(bufio.NewReaderSize(r, maxLogLine)) {
			s.settleAll()
		}
	}
}

// attempt is an invocation whose START has been seen.
type attempt struct {
	stream, id string
	report     *Report
	timedOut   bool
	settled    bool
	// before is the attempt in whose output this one's START stands, if it does: its
	// REPORT has not been seen, so that either that is missing or this START is forged.
	before *attempt
}

// maxNested is how many STARTs in one another are followed.
const maxNested = 8

// place is where an attempt is looked for. A named stream has one invocation at a
// time; without names only the id tells them apart. No id looks like a stream.
func place(stream, id string) string {
	if stream != "" {
		return stream
	}
	return id
}

type logScanner struct {
	yield   func(*Report, error) bool
	line    int
	started bool                // some START has been seen
	open    map[string]*attempt // the latest at each place
	last    *attempt            // the latest of all, mostly the one that is looked for
	queue   []*attempt          // in order of START, a ring once it is full
	oldest  int                 // where the ring begins
}

// scan reads to the end and tells whether to go on.
func (s *logScanner) scan(r *bufio.Reader) bool {
	for {
		line, err := r.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) { // not a REPORT: skip to its end
			line = nil
			_, err = r.ReadSlice('\n')
		}
		s.line++
		if !s.take(line) {
			return false
		}
		switch {
		case err == io.EOF:
			return true
		case err != nil:
			return s.yield(nil, fmt.Errorf("costs: read log: line %d: %w", s.line, err))
		}
	}
}

// take handles one line and tells whether to go on.
func (s *logScanner) take(line []byte) bool {
	switch classify(line) {
	case otherLine:
		return true
	case startLine:
		if stream, id, ok := startedText(line); ok {
			return s.start(stream, id)
		}
		return true
	case eventLine:
		if id, ok := writtenStart(line); ok {
			return s.start("", string(id))
		}
		return s.event(string(line))
	case timeoutLine:
		s.timeout(string(line))
		return true
	case reportLine:
	}
	r, err := ParseReport(string(line)) // a copy: the report keeps parts of it
	return s.parsed(r, err)
}

// parsed takes what a parser says of a line.
func (s *logScanner) parsed(r *Report, err error) bool {
	switch {
	case errors.Is(err, ErrNotReport):
		return true
	case err != nil:
		return s.fail(err)
	}
	return s.report(r)
}

func (s *logScanner) fail(err error) bool {
	return s.yield(nil, fmt.Errorf("costs: read log: line %d: %w", s.line, err))
}

// startedText reads "START RequestId: <id> Version: <version>".
func startedText(line []byte) (stream, id string, ok bool) {
	before, after, ok := bytes.Cut(line, []byte(startMarker))
	var r Report
	if !ok || len(before) > 0 && !r.parsePrefix(string(before)) {
		return "", "", false
	}
	id, _, ok = cutRequestID(string(after[:min(len(after), maxRequestID+1)]))
	return r.Stream, id, ok
}

// event reads a platform event, and then sees whether it is a start or a report.
func (s *logScanner) event(line string) bool {
	r := &Report{}
	body, ok := r.cutJSON(line)
	if !ok {
		return true
	}
	e := event{report: r}
	err := e.scan(body)
	if err == nil && e.kind == startEventType {
		return !validRequestID(r.RequestID) || s.start(r.Stream, r.RequestID)
	}
	return s.parsed(e.finish(body, err))
}

// start opens an attempt and settles what it ends: the one before it in the stream,
// or an earlier attempt with the same id.
func (s *logScanner) start(stream, id string) bool {
	s.started = true
	at := place(stream, id)
	before := s.open[at]
	if before == nil || before.settled || before.report != nil || before.id == id {
		if !s.settle(before) {
			return false
		}
		before = nil
	}
	a, ok := s.enqueue()
	if ok {
		*a = attempt{stream: stream, id: id, before: before}
		s.open[at] = a
		s.last = a
	}
	return ok
}

// enqueue makes room for an attempt. When the queue is full the oldest is settled
// and its place and memory taken: nothing refers to it any more.
func (s *logScanner) enqueue() (a *attempt, ok bool) {
	if len(s.queue) < maxAttempts {
		a = &attempt{}
		s.queue = append(s.queue, a)
		return a, true
	}
	a = s.queue[s.oldest]
	s.oldest = (s.oldest + 1) % maxAttempts
	if at := place(a.stream, a.id); s.open[at] == a {
		delete(s.open, at)
	}
	return a, s.settle(a)
}

// settle yields the report of an attempt, if there is one. What comes for it later
// is not Lambda's.
func (s *logScanner) settle(a *attempt) bool {
	if a == nil || a.settled {
		return true
	}
	a.settled = true
	if a.report == nil {
		return true
	}
	if a.timedOut && a.report.Status == "" {
		a.report.Status = "timeout"
	}
	return s.yield(a.report, nil)
}

func (s *logScanner) settleAll() {
	for i := range s.queue {
		if !s.settle(s.queue[(s.oldest+i)%len(s.queue)]) {
			return
		}
	}
}

// report judges a line that has the form of a REPORT.
func (s *logScanner) report(r *Report) bool {
	latest := s.last
	if !latest.is(r) {
		latest = s.open[place(r.Stream, r.RequestID)]
	}
	a := latest.find(r)
	switch {
	case a != nil:
		forged := a.report
		a.report = r
		if a != latest {
			s.open[a.stream] = a
		}
		if !s.forged(latest, a) {
			return false
		}
		return forged == nil || s.spoof(forged, "another one follows for the same start")
	case latest != nil, r.Stream == "" && s.started:
		return s.spoof(r, "its invocation was not started, or has ended")
	}
	return s.yield(r, nil) // the log begins in the middle of the stream, or has no starts
}

// find returns the attempt that a report is of: the latest at its place, or one in
// whose output that was started.
func (a *attempt) find(r *Report) *attempt {
	for range maxNested {
		if a == nil || a.is(r) {
			return a
		}
		a = a.before
	}
	return nil
}

// is tells whether a report is of the attempt.
func (a *attempt) is(r *Report) bool {
	return a != nil && !a.settled && a.id == r.RequestID && a.stream == r.Stream
}

// forged passes over the attempts from the latest to one whose REPORT follows: they
// were started in its output, by the function itself.
func (s *logScanner) forged(latest, to *attempt) bool {
	for a := latest; a != to; a = a.before {
		a.settled = true
		if a.report != nil && !s.spoof(a.report, "its start is output of another invocation") {
			return false
		}
	}
	return true
}

func (s *logScanner) spoof(r *Report, reason string) bool {
	return s.fail(&SpoofError{Report: r, Reason: reason})
}

// timeout reads "<time> <id> Task timed out after <n> seconds".
func (s *logScanner) timeout(line string) {
	before, _, _ := strings.Cut(line, timeoutMarker)
	words := strings.Fields(before)
	if len(words) < 2 {
		return
	}
	last := len(words) - 1
	var r Report
	if _, ok := parseLogTime(words[last-1]); !ok || !r.parsePrefix(strings.Join(words[:last-1], " ")) {
		return
	}
	r.RequestID = words[last]
	if a := s.open[place(r.Stream, r.RequestID)].find(&r); a != nil {
		a.timedOut = true
	}
}
