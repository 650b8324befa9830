package costs

import (
	"errors"
	"fmt"
	"time"
)

// Architecture is the instruction set of a function, with Lambda's own names.
type Architecture string

// The architectures of Lambda.
const (
	X86   Architecture = "x86_64"
	ARM64 Architecture = "arm64"
)

// Environment is the kind of execution environment, with the values that Lambda
// sets in AWS_LAMBDA_INITIALIZATION_TYPE.
type Environment string

// The kinds of environment. The empty value counts as OnDemand. What an invocation
// costs in a kind that is not among them is as unknown as on ManagedInstances.
const (
	OnDemand               Environment = "on-demand"
	ProvisionedConcurrency Environment = "provisioned-concurrency"
	SnapStart              Environment = "snap-start"
	ManagedInstances       Environment = "lambda-managed-instances"
)

// paidByInvocation tells whether an invocation has a price.
func (e Environment) paidByInvocation() bool {
	return e == "" || e == OnDemand || e == ProvisionedConcurrency || e == SnapStart
}

// ErrUnknownCost says that an invocation has a cost and that it cannot be known
// from the invocation. It arrives inside an [*UnknownCostError].
var ErrUnknownCost = errors.New("unknown cost")

// An UnknownCostError says why there is no figure. Unknown is not zero: a sum
// that meets it must say so.
type UnknownCostError struct {
	// Environment is the kind of environment the invocation ran in.
	Environment Environment
}

// Error explains the reason.
func (e *UnknownCostError) Error() string {
	reason := "there is no price for this kind of environment"
	if e.Environment == ManagedInstances {
		reason = "instances are paid for by the hour, not per invocation"
	}
	return fmt.Sprintf("costs: invocation on %s: unknown cost: %s", e.Environment, reason)
}

// Unwrap returns [ErrUnknownCost].
func (e *UnknownCostError) Unwrap() error { return ErrUnknownCost }

// Limits of a function's configuration.
// See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
const (
	minMemoryMB   = 128
	maxMemoryMB   = 10_240
	freeStorageMB = 512
	maxStorageMB  = 10_240

	freeResponseBytes = 6 << 20 // per request, https://aws.amazon.com/lambda/pricing/
)

// gbSecond is one GB-second in MB-milliseconds, the integer unit in which all
// durations are added up: 1,024 MB · 1,000 ms.
const gbSecond = 1024 * 1000

// An Invocation is what Lambda charges for when a function runs once. Sizes and
// durations are as configured and measured; rounding is done here.
type Invocation struct {
	// Region is the AWS region. Required.
	Region string
	// Architecture of the function. Empty means X86, as in Lambda.
	Architecture Architecture
	// MemoryMB is the configured memory, 128 to 10,240. The charge is for what
	// is configured, whatever is used. Required.
	MemoryMB int
	// StorageMB is the configured ephemeral storage, up to 10,240. Zero means
	// the 512 MB that are free.
	StorageMB int
	// Environment is the kind of environment. Empty means OnDemand.
	Environment Environment

	// Duration is the time in the handler.
	Duration time.Duration
	// Init is the time of the INIT phase, zero for a warm start. It is billed in
	// every configuration since 2025-08-01; for lines from before, leave it out
	// where [Report.InitBilled] says so.
	// See https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/.
	Init time.Duration
	// Restore is the billed time of a SnapStart restore, zero if there was none.
	Restore time.Duration
	// Billed, when not zero, is the billed duration as Lambda reported it, and
	// is used in place of the sum of the three above. A timeout needs it:
	// Lambda bills the timeout and not the slightly longer duration.
	Billed time.Duration

	// ResponseBytes is the size of a streamed response; zero if it was not
	// streamed. The first 6 MB of each are free.
	ResponseBytes int64
}

// A Cost is the cost of an invocation by its parts. Their sum is Total.
type Cost struct {
	// Compute is memory times billed time, without Init.
	Compute USD `json:"compute"`
	// Init is the part of the billed time that a cold start added.
	Init USD `json:"init"`
	// Request is the charge per request.
	Request USD `json:"request"`
	// Storage is ephemeral storage above 512 MB.
	Storage USD `json:"storage"`
	// Restore is the memory restored from a SnapStart snapshot.
	Restore USD `json:"restore"`
	// Streaming is response bytes above 6 MB.
	Streaming USD `json:"streaming"`
	// Services is what the invocation used of other services, as far as it was
	// reported to a [Tracker].
	Services USD `json:"services"`
}

// Total returns the sum of the parts.
func (c Cost) Total() USD {
	return c.Compute.Add(c.Init).Add(c.Request).Add(c.Storage).Add(c.Restore).Add(c.Streaming).Add(c.Services)
}

// Add returns the sum of two costs, part by part.
func (c Cost) Add(d Cost) Cost {
	return Cost{
		Compute:   c.Compute.Add(d.Compute),
		Init:      c.Init.Add(d.Init),
		Request:   c.Request.Add(d.Request),
		Storage:   c.Storage.Add(d.Storage),
		Restore:   c.Restore.Add(d.Restore),
		Streaming: c.Streaming.Add(d.Streaming),
		Services:  c.Services.Add(d.Services),
	}
}

// BilledDuration returns the billed time in whole milliseconds:
//
//	warm        ceil(Duration)
//	cold        ceil(Duration + Init)
//	SnapStart   ceil(Duration) + Restore
//
// or Billed where it is given. The forms are those that real REPORT lines follow.
func (inv *Invocation) BilledDuration() time.Duration {
	if inv.Billed > 0 {
		return ceilMillisecond(inv.Billed)
	}
	return ceilMillisecond(inv.Duration+inv.Init) + ceilMillisecond(inv.Restore)
}

// ceilMillisecond rounds up; Lambda bills by the millisecond since 2020-12-01.
// See https://aws.amazon.com/about-aws/whats-new/2020/12/aws-lambda-changes-duration-billing-granularity-from-100ms-to-1ms/.
func ceilMillisecond(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return (d + time.Millisecond - 1) / time.Millisecond * time.Millisecond
}

// Cost prices the invocation at the first tier, without the free tier; see
// [Month] for both. A nil table means [DefaultPrices], which is built on every
// such call.
//
// The error is an [*InvocationError] for a field outside Lambda's limits, a
// [*PriceError] for a price the table does not have, and an
// [*UnknownCostError] on managed instances and in kinds of environment that are
// not known.
func (inv *Invocation) Cost(p *Prices) (Cost, error) {
	u, err := inv.usage()
	if err != nil {
		return Cost{}, err
	}
	if p == nil {
		p = DefaultPrices()
	}
	return u.cost(p)
}

// usage returns the invocation as the integers that it is charged by.
func (inv *Invocation) usage() (usage, error) {
	if !inv.Environment.paidByInvocation() { // first: their memory has other limits
		return usage{}, &UnknownCostError{Environment: inv.Environment}
	}
	if err := inv.validate(); err != nil {
		return usage{}, err
	}
	billed := inv.BilledDuration().Milliseconds()
	u := usage{
		region:       inv.Region,
		architecture: inv.Architecture,
		environment:  inv.Environment,
		requests:     1,
		memory:       int64(inv.MemoryMB) * billed,
		init:         int64(inv.MemoryMB) * inv.initMilliseconds(billed),
		storage:      int64(max(inv.StorageMB-freeStorageMB, 0)) * billed,
		response:     max(inv.ResponseBytes-freeResponseBytes, 0),
	}
	if inv.Restore > 0 {
		u.restored = int64(inv.MemoryMB)
	}
	return u, nil
}

// initMilliseconds returns how many of the billed milliseconds are due to INIT.
func (inv *Invocation) initMilliseconds(billed int64) int64 {
	if inv.Init <= 0 {
		return 0
	}
	warm := *inv
	warm.Init, warm.Billed = 0, 0
	return min(max(billed-warm.BilledDuration().Milliseconds(), 0), billed)
}

// An InvocationError names the field of an [Invocation] that is outside Lambda's
// limits.
type InvocationError struct {
	// Field is the name of the field, such as "MemoryMB".
	Field string
	// Rule is what the field must satisfy.
	Rule string
	// Value is what it is.
	Value any
}

// Error names the field, the rule and the value.
func (e *InvocationError) Error() string {
	return fmt.Sprintf("costs: Invocation.%s: %s, got %v", e.Field, e.Rule, e.Value)
}

func (inv *Invocation) validate() error {
	durations := []struct {
		name  string
		value time.Duration
	}{
		{"Duration", inv.Duration}, {"Init", inv.Init}, {"Restore", inv.Restore}, {"Billed", inv.Billed},
	}
	for _, d := range durations {
		if d.value < 0 {
			return &InvocationError{Field: d.name, Rule: "must not be negative", Value: d.value}
		}
	}
	switch {
	case inv.MemoryMB < minMemoryMB || inv.MemoryMB > maxMemoryMB:
		return &InvocationError{Field: "MemoryMB", Rule: "must be from 128 to 10240", Value: inv.MemoryMB}
	case inv.StorageMB < 0 || inv.StorageMB > maxStorageMB:
		return &InvocationError{Field: "StorageMB", Rule: "must be from 0 to 10240", Value: inv.StorageMB}
	case inv.ResponseBytes < 0:
		return &InvocationError{Field: "ResponseBytes", Rule: "must not be negative", Value: inv.ResponseBytes}
	}
	if _, ok := durationItem(inv.Architecture, inv.Environment); !ok {
		return &InvocationError{Field: "Architecture", Rule: "must be x86_64 or arm64", Value: inv.Architecture}
	}
	return nil
}

// durationItem returns the item that prices a GB-second.
func durationItem(a Architecture, e Environment) (Item, bool) {
	provisioned := e == ProvisionedConcurrency
	switch a {
	case X86, "":
		if provisioned {
			return LambdaProvisionedDurationX86, true
		}
		return LambdaDurationX86, true
	case ARM64:
		if provisioned {
			return LambdaProvisionedDurationARM64, true
		}
		return LambdaDurationARM64, true
	}
	return "", false
}
