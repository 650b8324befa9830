package costs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/go-thaw/thaw/costs/internal/emf"
)

// TrackerOptions configure a [Tracker]. They are copied. The zero value works on
// Lambda.
type TrackerOptions struct {
	// Region of the function. Default: AWS_REGION.
	Region string
	// Architecture of the function. Default: the one this program runs on.
	Architecture Architecture
	// MemoryMB is the configured memory. Default:
	// AWS_LAMBDA_FUNCTION_MEMORY_SIZE.
	MemoryMB int
	// StorageMB is the configured ephemeral storage. Default: 512, which is
	// free. Lambda does not tell the function, so a larger one must be given.
	StorageMB int
	// Environment is the kind of environment. Default:
	// AWS_LAMBDA_INITIALIZATION_TYPE, else OnDemand. On ManagedInstances, and in a
	// kind that this package does not know, time is tracked and cost is unknown.
	Environment Environment
	// Init is how long INIT took; it is billed with the first invocation.
	// Default on Lambda, on demand: the time from the start of the process to
	// NewTracker, so make the tracker last. Elsewhere, and when negative: none.
	Init time.Duration

	// Prices to use. Default: [DefaultPrices]. Must not be changed afterwards.
	Prices *Prices

	// Function is the dimension that names the function. Default:
	// AWS_LAMBDA_FUNCTION_NAME; left out when that is empty too.
	Function string
	// Namespace of the metrics. Default: "thaw/costs".
	Namespace string
	// Output takes the lines, each Write one or more whole lines. Default:
	// [os.Stdout], which on Lambda is the log. io.Discard turns lines off. It
	// must not be the target of a logger that adds a prefix: the line must be
	// the whole log event.
	Output io.Writer
	// Metrics takes the values in place of Output: batches for PutMetricData,
	// sent by the first invocation after FlushInterval and by Flush. Default:
	// none, since a request costs as much as 20 MB of lines and takes some 20 ms
	// of an invocation. A request per invocation is refused: FlushInterval must
	// be at least a minute, FlushCount does not apply, and a cold start sends
	// nothing.
	Metrics MetricPutter
	// CPU measures the processor time of each invocation by the clock of the
	// process, where the platform has one, as a third metric and in [Line.CPU]. Two
	// system calls take one to two microseconds per invocation, several times as
	// much as all other tracking. The process has one such time: that of
	// invocations which overlap cannot be told apart and is left out. Default: off.
	CPU bool
	// FlushCount is how many invocations of one combination of labels make a
	// line, 1 to 100, the most values that the format takes. Default: 100.
	FlushCount int
	// FlushInterval is after how long an invocation writes all combinations.
	// Default: 1 minute.
	FlushInterval time.Duration
	// MaxLabels is how many combinations of labels are kept apart; the rest
	// share one row, [OtherLabel]. Default: 50. Each is two metrics, which
	// CloudWatch charges $0.30 a month while there is data.
	MaxLabels int

	// Budgets are watched by the estimate of this process. Default: none.
	Budgets []Budget
	// Now is the clock. Default: [time.Now].
	Now func() time.Time
}

// A Budget calls a hook once, when the estimate of the process reaches a limit.
// A process is one execution environment: a function that runs in a hundred of
// them has a hundred budgets. Against the bill of an account use AWS Budgets.
type Budget struct {
	// Limit is the amount. It must be above zero.
	Limit USD
	// Exceeded is called on the goroutine of the invocation that reaches the
	// limit, after its handler, with that invocation's context. Required.
	Exceeded func(ctx context.Context, limit USD)
}

// Names of the metrics. Cost is one sum in US dollars per line and BilledMs one value
// in milliseconds per invocation, so that cost per invocation is
// Sum(Cost) / SampleCount(BilledMs). The names carry the unit because a unit in the
// line costs 22 bytes.
const (
	MetricCost           = "Cost"
	MetricBilledDuration = "BilledMs"
	// MetricCPUTime is the processor time, with [TrackerOptions.CPU].
	MetricCPUTime = "CPUMs"
)

// withDefaults returns a checked copy.
func (o *TrackerOptions) withDefaults() (TrackerOptions, error) {
	var c TrackerOptions
	if o != nil {
		c = *o
	}
	c.fromEnvironment()
	setDefault(&c.Architecture, architectures[runtime.GOARCH])
	setDefault(&c.Environment, OnDemand)
	setDefault(&c.Namespace, "thaw/costs")
	setDefault(&c.StorageMB, freeStorageMB)
	setDefault(&c.FlushCount, emf.MaxValues)
	setDefault(&c.FlushInterval, time.Minute)
	setDefault(&c.MaxLabels, 50)
	c.Budgets = slices.Clone(c.Budgets)
	if c.Output == nil {
		c.Output = os.Stdout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Prices == nil {
		c.Prices = DefaultPrices()
	}
	return c, c.validate()
}

var architectures = map[string]Architecture{"amd64": X86, "arm64": ARM64}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// fromEnvironment fills what Lambda tells every function.
// See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html.
func (o *TrackerOptions) fromEnvironment() {
	setDefault(&o.Region, os.Getenv("AWS_REGION"))
	setDefault(&o.Function, os.Getenv("AWS_LAMBDA_FUNCTION_NAME"))
	setDefault(&o.Environment, Environment(os.Getenv("AWS_LAMBDA_INITIALIZATION_TYPE")))
	if size, err := strconv.Atoi(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")); err == nil {
		setDefault(&o.MemoryMB, size)
	}
}

// initDuration returns the INIT to bill with the first invocation. Environments
// other than on demand initialise outside of an invocation.
func (o *TrackerOptions) initDuration() time.Duration {
	switch {
	case o.Init != 0:
		return max(o.Init, 0)
	case o.Environment == OnDemand && os.Getenv("AWS_LAMBDA_RUNTIME_API") != "":
		return time.Since(loaded)
	}
	return 0
}

func (o *TrackerOptions) validate() error {
	for _, check := range []struct {
		field, rule string
		value       any
		ok          bool
	}{
		{"Region", "must be set, here or in AWS_REGION", o.Region, o.Region != ""},
		{"Architecture", "must be x86_64 or arm64", o.Architecture, o.Architecture == X86 || o.Architecture == ARM64},
		{"MemoryMB", "must be from 128 to 10240, here or in AWS_LAMBDA_FUNCTION_MEMORY_SIZE", o.MemoryMB, o.validMemory()},
		{"StorageMB", "must be from 512 to 10240", o.StorageMB, o.StorageMB >= freeStorageMB && o.StorageMB <= maxStorageMB},
		{"FlushCount", "must be from 1 to 100", o.FlushCount, o.FlushCount >= 1 && o.FlushCount <= emf.MaxValues},
		{"FlushInterval", "must be at least a minute with Metrics, for a request per invocation costs more than the invocation", o.FlushInterval, o.Metrics == nil || o.FlushInterval >= minPutInterval},
		{"FlushInterval", "must be above 0", o.FlushInterval, o.FlushInterval > 0},
		{"MaxLabels", "must be at least 1", o.MaxLabels, o.MaxLabels >= 1},
		{"Function", "must be printable ASCII of at most 1024 characters", o.Function, o.Function == "" || emf.ValidValue(o.Function)},
		{"Budgets", "must each have a limit above 0 and a hook", len(o.Budgets), !slices.ContainsFunc(o.Budgets, Budget.invalid)},
	} {
		if !check.ok {
			return fmt.Errorf("costs: TrackerOptions.%s: %s, got %v", check.field, check.rule, check.value)
		}
	}
	if err := (&emf.Event{Namespace: o.Namespace}).Validate(); err != nil {
		return fmt.Errorf("costs: TrackerOptions.Namespace: %w", err)
	}
	return o.validatePrices()
}

// validMemory allows managed instances more than other functions.
func (o *TrackerOptions) validMemory() bool {
	return o.MemoryMB >= minMemoryMB && (o.MemoryMB <= maxMemoryMB || !o.Environment.paidByInvocation())
}

func (b Budget) invalid() bool { return b.Exceeded == nil || b.Limit.Cmp(USD{}) <= 0 }

// validatePrices prices one invocation, so that nothing can be missing later.
func (o *TrackerOptions) validatePrices() error {
	inv := Invocation{
		Region:       o.Region,
		Architecture: o.Architecture,
		Environment:  o.Environment,
		MemoryMB:     o.MemoryMB,
		StorageMB:    o.StorageMB,
		Duration:     time.Second,
	}
	if _, err := inv.Cost(o.Prices); err != nil && !errors.Is(err, ErrUnknownCost) {
		return fmt.Errorf("costs: TrackerOptions.Region: %w", err)
	}
	return nil
}

// A WriteError says that metric lines could not be written. It wraps the error
// of the writer and comes out of [Tracker.Flush].
type WriteError struct {
	// Lost is how many invocations the lines spoke of. The totals still have
	// them.
	Lost int64
	// Err is the error of the writer.
	Err error
}

// Error says how much was lost and why.
func (e *WriteError) Error() string {
	return fmt.Sprintf("costs: write metrics of %d invocations: %v", e.Lost, e.Err)
}

// Unwrap returns the error of the writer.
func (e *WriteError) Unwrap() error { return e.Err }
