package costs

import (
	"fmt"
	"os"
	"slices"
	"time"
)

// Strategy is what a memory size is chosen by.
type Strategy uint8

// The strategies.
const (
	// Cheapest takes the size with the least cost per invocation, and of those
	// within 2 % of it the fastest.
	Cheapest Strategy = iota
	// Fastest takes the smallest size within 5 % of the least duration: the
	// least as such is mostly noise and costs more.
	Fastest
	// Balanced takes the size with the least ln(duration) + weight·ln(memory).
	// Adding or leaving out another size never changes which of two is better,
	// which is not so for a score relative to the largest.
	Balanced
)

// RightSizeOptions configure [RightSize]. The zero value asks for the cheapest
// size, in relative figures unless AWS_REGION is set.
type RightSizeOptions struct {
	// Region prices the result. Default: AWS_REGION. Without either there are
	// no amounts, and savings are those of the compute charge alone.
	Region string
	// Prices to use. Default: [DefaultPrices].
	Prices *Prices
	// Architecture of the function. Default: that of the samples, else X86.
	Architecture Architecture
	// CurrentMB is the size the function has now; it must be among the samples.
	// Default: the size of the latest sample.
	CurrentMB int
	// Strategy to choose by. Default: [Cheapest].
	Strategy Strategy
	// CostWeight is the weight of memory for [Balanced], above 0 and at most 1:
	// 0.5 reads "double the memory only while that cuts the time by 29 %".
	// Default: 0.5.
	CostWeight float64
	// Headroom is the factor on the most memory ever used below which no size
	// is considered, at least 1. Default: 1.25.
	Headroom float64
	// MaxMemoryMB is the largest size that may be used; some accounts are held
	// to 3,008. Default: 10,240.
	MaxMemoryMB int
	// Sizes are the sizes that may be measured next. Default: any.
	Sizes []int
	// InvocationsPerMonth turns the saving into an amount. Default: none.
	InvocationsPerMonth int64
	// MinSamples is how many warm successes a size needs. Default: 50.
	MinSamples int
	// MinEnvironments is how many environments they must come from. Default: 2.
	MinEnvironments int
	// MinSpan is the time that they must span. Default: 1 hour.
	MinSpan time.Duration
	// RunVariation is the relative standard deviation between runs of the same
	// code at the same size, where fewer than three runs tell it. Default:
	// 0.05, the size of what is seen where memory makes no difference.
	RunVariation float64
}

// withDefaults returns a checked copy.
func (o *RightSizeOptions) withDefaults(samples []Sample) (RightSizeOptions, error) {
	var c RightSizeOptions
	if o != nil {
		c = *o
	}
	setDefault(&c.Region, os.Getenv("AWS_REGION"))
	setDefault(&c.Architecture, firstArchitecture(samples))
	setDefault(&c.CurrentMB, latestSize(samples))
	setDefault(&c.CostWeight, 0.5)
	setDefault(&c.Headroom, 1.25)
	setDefault(&c.MaxMemoryMB, maxMemoryMB)
	setDefault(&c.MinSamples, 50)
	setDefault(&c.MinEnvironments, 2)
	setDefault(&c.MinSpan, time.Hour)
	setDefault(&c.RunVariation, 0.05)
	c.Sizes = slices.Sorted(slices.Values(c.Sizes))
	for _, check := range []struct {
		field, rule string
		value       any
		ok          bool
	}{
		{"Architecture", "must be x86_64 or arm64", c.Architecture, c.Architecture == X86 || c.Architecture == ARM64},
		{"Strategy", "must be Cheapest, Fastest or Balanced", c.Strategy, c.Strategy <= Balanced},
		{"CostWeight", "must be above 0 and at most 1", c.CostWeight, c.CostWeight > 0 && c.CostWeight <= 1},
		{"Headroom", "must be at least 1", c.Headroom, c.Headroom >= 1},
		{"MaxMemoryMB", "must be from 128 to 10240", c.MaxMemoryMB, c.MaxMemoryMB >= minMemoryMB && c.MaxMemoryMB <= maxMemoryMB},
		{"InvocationsPerMonth", "must not be negative", c.InvocationsPerMonth, c.InvocationsPerMonth >= 0},
		{"MinSamples", "must be at least 2", c.MinSamples, c.MinSamples >= 2},
		{"MinEnvironments", "must be at least 1", c.MinEnvironments, c.MinEnvironments >= 1},
		{"MinSpan", "must not be negative", c.MinSpan, c.MinSpan >= 0},
		{"RunVariation", "must be above 0", c.RunVariation, c.RunVariation > 0},
	} {
		if !check.ok {
			return c, fmt.Errorf("costs: RightSizeOptions.%s: %s, got %v", check.field, check.rule, check.value)
		}
	}
	return c, nil
}

func firstArchitecture(samples []Sample) Architecture {
	for i := range samples {
		if a := samples[i].Architecture; a != "" {
			return a
		}
	}
	return X86
}

func latestSize(samples []Sample) int {
	var latest Sample
	for i := range samples {
		if i == 0 || !samples[i].Time.Before(latest.Time) {
			latest = samples[i]
		}
	}
	return latest.MemoryMB
}
