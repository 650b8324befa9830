package costs

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Sentinels of [ParseReport]. Both arrive inside a [*ReportError].
var (
	// ErrNotReport is the answer for a line that is something else: START, END,
	// INIT_REPORT, output of the function, half a line.
	ErrNotReport = errors.New("not a REPORT line")
	// ErrMalformedReport is the answer for a REPORT that cannot be trusted.
	ErrMalformedReport = errors.New("malformed REPORT line")
)

// A ReportError says why a line was refused.
type ReportError struct {
	// Line is the start of the line, at most 200 bytes.
	Line string
	// Field is the name of the offending field, as the text form writes it. It
	// is empty when the line as a whole is not a REPORT.
	Field string
	// Problem is what is wrong with the field, such as "missing".
	Problem string
	// Err is the sentinel.
	Err error
}

// Error names the field, the problem and the line.
func (e *ReportError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("costs: parse report: %v: %q", e.Err, e.Line)
	}
	return fmt.Sprintf("costs: parse report: %v: %s: %s: %q", e.Err, e.Field, e.Problem, e.Line)
}

// Unwrap returns the sentinel.
func (e *ReportError) Unwrap() error { return e.Err }

// Fields is a set of the fields that a REPORT may leave out.
type Fields uint16

// The optional fields. A field that is absent is not a field that is zero:
// "Init Duration: 0.00 ms" is a cold start.
const (
	HasBilledDuration Fields = 1 << iota
	HasMemorySize
	HasMaxMemoryUsed
	HasInitDuration
	HasRestoreDuration
	HasBilledRestoreDuration
)

// A Report is what Lambda says at the end of an invocation.
// See https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html.
type Report struct {
	// RequestID identifies the invocation, and all attempts of an asynchronous
	// one: a retry has the same id.
	RequestID string
	// TenantID is the tenant of a tenant-isolated function, empty without.
	TenantID string
	// Time is when the record was made, zero in the text form without a prefix.
	Time time.Time
	// Stream is the log stream, where a prefix of the line says it.
	Stream string

	// Duration is the time in the handler.
	Duration time.Duration
	// BilledDuration is the time that is paid for, in whole milliseconds.
	BilledDuration time.Duration
	// MemorySizeMB is the configured memory.
	MemorySizeMB int
	// MaxMemoryUsedMB is the high-water mark of the environment so far, not of
	// this invocation.
	MaxMemoryUsedMB int
	// InitDuration is the time of INIT, on a cold start.
	InitDuration time.Duration
	// RestoreDuration and BilledRestoreDuration are for SnapStart.
	RestoreDuration       time.Duration
	BilledRestoreDuration time.Duration

	// Status is "success", "failure", "error" or "timeout"; empty in most text
	// lines. ErrorType goes with it, such as "Runtime.OutOfMemory".
	Status    string
	ErrorType string
	// TraceID, SegmentID and Sampled are from X-Ray, where it is on.
	TraceID   string
	SegmentID string
	Sampled   bool

	// Fields says which of the optional fields the line has.
	Fields Fields
	// Extra holds fields that this package does not know, as text, so that a
	// new one is not lost. Nil when there are none.
	Extra map[string]string

	initFirst bool
}

// Has reports whether the line has all of the given fields.
func (r *Report) Has(f Fields) bool { return r.Fields&f == f }

// Cold reports whether the environment was started for this invocation.
func (r *Report) Cold() bool { return r.Has(HasInitDuration) || r.Has(HasRestoreDuration) }

// Managed reports whether the record is of a managed instance, which has a
// duration and nothing else. Its cost is unknown.
func (r *Report) Managed() bool { return !r.Has(HasBilledDuration) }

// InitBilled reports whether the line bills INIT, and whether that can be told
// from the line: it cannot without INIT, or when rounding hides it.
//
// Lambda bills ceil(Duration + Init) since 2025-08-01, and did so before for
// custom runtimes and images; other functions were billed ceil(Duration).
func (r *Report) InitBilled() (billed, known bool) {
	with := ceilMillisecond(r.Duration + r.InitDuration)
	without := ceilMillisecond(r.Duration)
	if !r.Has(HasInitDuration|HasBilledDuration) || with == without {
		return false, false
	}
	switch r.BilledDuration {
	case with:
		return true, true
	case without:
		return false, true
	}
	return false, false // a timeout, or the 100 ms steps of before 2020-12
}

// TimedOut reports whether the invocation ran into its timeout: the status says
// so, or less was billed than measured, which happens in no other case.
func (r *Report) TimedOut() bool {
	return r.Status == "timeout" || r.Has(HasBilledDuration) && r.BilledDuration < r.Duration
}

// OutOfMemory reports whether the invocation died for want of memory: it failed,
// and either says so or had all memory in use.
func (r *Report) OutOfMemory() bool {
	if r.ErrorType == "Runtime.OutOfMemory" {
		return true
	}
	full := r.Has(HasMaxMemoryUsed|HasMemorySize) && r.MaxMemoryUsedMB >= r.MemorySizeMB
	return full && r.Status == "error" && !r.Emulated()
}

// Emulated reports whether the line looks like one of the runtime interface
// emulator, which prints INIT first and knows no memory use: it always prints
// the configured size. Such lines say nothing about cost or memory.
func (r *Report) Emulated() bool {
	return r.initFirst && r.MaxMemoryUsedMB == r.MemorySizeMB
}

// MemoryInRange reports whether the configured memory is one that Lambda offers,
// 128 to 10,240 MB. Lines outside are kept, since an emulator or a new limit is
// likelier than a forgery, but they have no price.
func (r *Report) MemoryInRange() bool {
	return r.MemorySizeMB >= minMemoryMB && r.MemorySizeMB <= maxMemoryMB
}

// Invocation returns the invocation to price. The line does not say region,
// architecture, storage or whether concurrency was provisioned.
func (r *Report) Invocation(region string, a Architecture) *Invocation {
	inv := &Invocation{
		Region:       region,
		Architecture: a,
		MemoryMB:     r.MemorySizeMB,
		Duration:     r.Duration,
		Restore:      r.BilledRestoreDuration,
		Billed:       r.BilledDuration,
	}
	if billed, _ := r.InitBilled(); billed {
		inv.Init = r.InitDuration
	}
	switch {
	case r.Managed():
		inv.Environment = ManagedInstances
	case r.Has(HasRestoreDuration):
		inv.Environment = SnapStart
	}
	return inv
}

// ParseReport reads one line of a log: a REPORT in text form or a
// platform.report record in JSON, with or without the prefix that log tools put
// before it and the newline at its end.
//
// Fields are read label by label on their boundaries and never searched for,
// because "Duration:" is part of five labels and because output of the function
// may contain any of them. The error is a [*ReportError]; INIT_REPORT and
// RESTORE_REPORT are other records and so [ErrNotReport].
//
// The report refers to the line's memory.
func ParseReport(line string) (*Report, error) {
	text := trimText(line)
	if strings.IndexByte(text, '{') >= 0 {
		r := &Report{}
		if body, ok := r.cutJSON(text); ok {
			return r.parseJSON(body)
		}
	}
	return parseTextReport(text)
}

// trimText cuts white space off both ends: of ASCII, like the look at lines that
// [Reports] takes.
func trimText(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func notReport(line string) error {
	return &ReportError{Line: excerpt(line), Err: ErrNotReport}
}

func malformed(line, field, problem string) error {
	return &ReportError{Line: excerpt(line), Field: field, Problem: problem, Err: ErrMalformedReport}
}

func excerpt(line string) string { return strings.Clone(line[:min(len(line), 200)]) }
