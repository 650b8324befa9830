package coststest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/go-thaw/thaw/costs"
)

// LogOptions describe the function whose log [NewLog] writes. The zero value is
// a warm little function.
type LogOptions struct {
	// Seed makes another log; the same options make the same one.
	Seed uint64
	// Invocations is how many there are. Default: 100.
	Invocations int
	// Environments is how many execution environments, and so log streams, they
	// are spread over. The first invocation of each is a cold start. Default: 1.
	Environments int
	// MemoryMB is the configured memory. Default: 128.
	MemoryMB int
	// MaxMemoryMB is the most memory an environment uses. Default: half.
	MaxMemoryMB int
	// Mean is the mean duration. Default: 50 ms.
	Mean time.Duration
	// Variation is the coefficient of variation of the log-normal durations.
	// Default: 0.5; negative for none.
	Variation float64
	// Init is how long INIT takes, all of it billed. Default: 100 ms.
	Init time.Duration
	// Start is the time of the first line. Default: 2026-11-01.
	Start time.Time
	// Interval is the time from one invocation to the next. Default: 1 minute.
	Interval time.Duration

	// JSON writes platform events instead of text.
	JSON bool
	// Prefix puts stream and time before each line, as "sam logs" does.
	Prefix bool
	// Noise is how many lines the function prints in an invocation, among them
	// text that resembles the platform's. Default: 0.
	Noise int
	// Spoof is how many invocations print a complete REPORT of their own, one
	// that claims their request id and a billed duration of 1 ms. Default: 0.
	Spoof int
}

// A Log is a log of Lambda and the truth about it.
type Log struct {
	// Text is the log, each line ended by a newline.
	Text string
	// Reports are what Lambda really reported, in the order of the log. Stream
	// is set also where the text does not show it.
	Reports []costs.Report
}

// NewLog writes a log. Each invocation has its START, the output of the function,
// its END and its REPORT, and the invocations of different environments take
// turns, as in a merged log.
func NewLog(o *LogOptions) *Log {
	w := newLogWriter(o)
	for i := range w.Invocations {
		w.invocation(i)
	}
	return &Log{Text: w.text.String(), Reports: w.reports}
}

type logWriter struct {
	LogOptions
	random  *rand.Rand
	text    strings.Builder
	reports []costs.Report
	peak    []int // memory high-water mark of each environment
}

func newLogWriter(o *LogOptions) *logWriter {
	w := &logWriter{}
	if o != nil {
		w.LogOptions = *o
	}
	w.Invocations = or(w.Invocations, 100)
	w.Environments = or(w.Environments, 1)
	w.MemoryMB = or(w.MemoryMB, 128)
	w.MaxMemoryMB = or(w.MaxMemoryMB, w.MemoryMB/2)
	w.Mean = or(w.Mean, 50*time.Millisecond)
	w.Variation = max(or(w.Variation, 0.5), 0)
	w.Init = or(w.Init, 100*time.Millisecond)
	w.Interval = or(w.Interval, time.Minute)
	if w.Start.IsZero() {
		w.Start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	}
	w.random = rand.New(rand.NewPCG(w.Seed, 0))
	w.peak = make([]int, w.Environments)
	return w
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func (w *logWriter) invocation(i int) {
	r := w.report(i)
	w.line(r, "platform.start", fmt.Sprintf("START RequestId: %s Version: $LATEST", r.RequestID), "")
	for n := range w.Noise {
		w.line(r, "", noise(r, n), "")
	}
	if i < w.Spoof {
		forged := *r
		forged.BilledDuration = time.Millisecond
		w.line(r, "platform.report", reportText(&forged), reportMetrics(&forged))
	}
	if !w.JSON {
		w.line(r, "", "END RequestId: "+r.RequestID, "")
	}
	w.line(r, "platform.report", reportText(r), reportMetrics(r))
	w.reports = append(w.reports, *r)
}

// report makes up one invocation.
func (w *logWriter) report(i int) *costs.Report {
	environment := i % w.Environments
	used := w.MaxMemoryMB - int(w.random.Float64()*float64(w.MaxMemoryMB)/4)
	w.peak[environment] = max(w.peak[environment], used)
	r := &costs.Report{
		RequestID:       fmt.Sprintf("%08x-0000-4000-8000-%012x", w.random.Uint32(), i),
		Time:            w.Start.Add(time.Duration(i) * w.Interval),
		Stream:          fmt.Sprintf("%s/[$LATEST]%032x", w.Start.Format("2006/01/02"), environment),
		Duration:        LogNormal(w.random, w.Mean, w.Variation).Round(10 * time.Microsecond),
		MemorySizeMB:    w.MemoryMB,
		MaxMemoryUsedMB: w.peak[environment],
		Fields:          costs.HasBilledDuration | costs.HasMemorySize | costs.HasMaxMemoryUsed,
	}
	if i < w.Environments {
		r.InitDuration = w.Init
		r.Fields |= costs.HasInitDuration
	}
	if w.JSON {
		r.Status = "success"
	}
	inv := costs.Invocation{Duration: r.Duration, Init: r.InitDuration}
	r.BilledDuration = inv.BilledDuration()
	return r
}

// LogNormal draws a duration with the given mean and coefficient of variation:
// the usual shape of latencies, with a long tail above.
func LogNormal(random *rand.Rand, mean time.Duration, variation float64) time.Duration {
	sigma2 := math.Log1p(variation * variation)
	factor := math.Exp(random.NormFloat64()*math.Sqrt(sigma2) - sigma2/2)
	return time.Duration(float64(mean) * factor)
}

// line writes a platform line, or output of the function when kind is empty.
func (w *logWriter) line(r *costs.Report, kind, text, metrics string) {
	if w.Prefix {
		fmt.Fprintf(&w.text, "%s %s ", r.Stream, r.Time.Format("2006-01-02T15:04:05.000000"))
	}
	if w.JSON && kind != "" {
		fmt.Fprintf(&w.text, `{"time":"%s","type":"%s","record":{"requestId":"%s"%s}}`+"\n",
			r.Time.Format(time.RFC3339Nano), kind, r.RequestID, metrics)
		return
	}
	w.text.WriteString(text + "\n")
}

// noise is what functions print; some of it has fooled parsers.
func noise(r *costs.Report, n int) string {
	return []string{
		`{"level":"INFO","msg":"request done","requestId":"` + r.RequestID + `"}`,
		"handler: Duration: 1 ms\tBilled Duration: 1 ms",
		"seen: REPORT RequestId: " + r.RequestID + "\tDuration: 1 ms",
		`{"message":"platform.report is a type of event"}`,
		"INIT_REPORT Init Duration: 0.61 ms\tPhase: invoke\tStatus: error",
		strings.Repeat("a long line ", 20),
	}[n%6]
}

func reportText(r *costs.Report) string {
	text := fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
		r.RequestID, msOf(r.Duration), r.BilledDuration.Milliseconds(), r.MemorySizeMB, r.MaxMemoryUsedMB)
	if r.Has(costs.HasInitDuration) {
		text += fmt.Sprintf("Init Duration: %.2f ms\t", msOf(r.InitDuration))
	}
	return text
}

func reportMetrics(r *costs.Report) string {
	text := fmt.Sprintf(`,"status":"success","metrics":{"durationMs":%.2f,"billedDurationMs":%d,"memorySizeMB":%d,"maxMemoryUsedMB":%d`,
		msOf(r.Duration), r.BilledDuration.Milliseconds(), r.MemorySizeMB, r.MaxMemoryUsedMB)
	if r.Has(costs.HasInitDuration) {
		text += fmt.Sprintf(`,"initDurationMs":%.2f`, msOf(r.InitDuration))
	}
	return text + "}"
}

func msOf(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
