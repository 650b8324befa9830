package costs

import (
	"bufio"
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
// others are yielded as [*SpoofError]. For this a report is held back until the
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
		s := &logScanner{
			yield:    yield,
			attempts: make(map[attemptKey]*attempt),
			current:  make(map[string]*attempt),
		}
		if s.scan(bufio.NewReaderSize(r, maxLogLine)) {
			s.settleAll()
		}
	}
}

// attemptKey names an invocation; retries reuse the id and follow each other.
type attemptKey struct{ stream, id string }

// attempt is an invocation whose START has been seen.
type attempt struct {
	key      attemptKey
	report   *Report
	timedOut bool
	settled  bool
}

type logScanner struct {
	yield    func(*Report, error) bool
	line     int
	started  bool // some START has been seen
	attempts map[attemptKey]*attempt
	current  map[string]*attempt // of each named stream
	queue    []*attempt          // in order of START, a ring once it is full
	oldest   int                 // where the ring begins
	scratch  Report              // what an event says
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
		if key, ok := startedText(string(line)); ok {
			return s.start(key)
		}
		return true
	case eventLine:
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
func startedText(line string) (attemptKey, bool) {
	prefix, rest, ok := strings.Cut(line, startMarker)
	var r Report
	if !ok || !r.parsePrefix(prefix) {
		return attemptKey{}, false
	}
	id, _, ok := cutRequestID(rest)
	return attemptKey{stream: r.Stream, id: id}, ok
}

// event reads a platform event, and then sees whether it is a start or a report.
func (s *logScanner) event(line string) bool {
	s.scratch = Report{}
	body, ok := s.scratch.cutJSON(line)
	if !ok {
		return true
	}
	e := event{report: &s.scratch}
	err := e.scan(body)
	if err == nil && e.kind == "platform.start" {
		key := attemptKey{stream: s.scratch.Stream, id: s.scratch.RequestID}
		return !validRequestID(key.id) || s.start(key)
	}
	r, err := e.finish(body, err)
	if err == nil {
		own := *r
		r = &own
	}
	return s.parsed(r, err)
}

// start opens an attempt and settles what it ends.
func (s *logScanner) start(key attemptKey) bool {
	s.started = true
	if !s.settle(s.attempts[key]) { // a retry
		return false
	}
	if key.stream != "" && !s.settle(s.current[key.stream]) {
		return false
	}
	a, ok := s.enqueue(key)
	if !ok {
		return false
	}
	if key.stream != "" {
		s.current[key.stream] = a
	}
	s.attempts[key] = a
	return true
}

// enqueue adds an attempt. When the queue is full the oldest is settled and its
// place and memory taken: nothing refers to it any more.
func (s *logScanner) enqueue(key attemptKey) (a *attempt, ok bool) {
	if len(s.queue) < maxAttempts {
		a = &attempt{key: key}
		s.queue = append(s.queue, a)
		return a, true
	}
	a = s.queue[s.oldest]
	s.oldest = (s.oldest + 1) % maxAttempts
	if !s.settle(a) {
		return nil, false
	}
	if s.current[a.key.stream] == a {
		delete(s.current, a.key.stream)
	}
	*a = attempt{key: key}
	return a, true
}

// settle yields the report of an attempt, if there is one, and forgets it. What
// comes for it later is not Lambda's.
func (s *logScanner) settle(a *attempt) bool {
	if a == nil || a.settled {
		return true
	}
	a.settled = true
	delete(s.attempts, a.key)
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
	a := s.attempts[attemptKey{stream: r.Stream, id: r.RequestID}]
	switch {
	case a != nil:
		forged := a.report
		a.report = r
		if forged == nil {
			return true
		}
		return s.fail(&SpoofError{Report: forged, Reason: "another one follows for the same start"})
	case s.startedIn(r.Stream):
		return s.fail(&SpoofError{Report: r, Reason: "its invocation was not started, or has ended"})
	}
	return s.yield(r, nil)
}

// startedIn tells whether a stream has a START so far. Without one the log may
// begin in the middle, or have none at all.
func (s *logScanner) startedIn(stream string) bool {
	if stream == "" {
		return s.started
	}
	return s.current[stream] != nil
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
	if a := s.attempts[attemptKey{stream: r.Stream, id: words[last]}]; a != nil {
		a.timedOut = true
	}
}
