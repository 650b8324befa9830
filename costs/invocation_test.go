package costs_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

const ms = time.Millisecond

func TestInvocationCost(t *testing.T) {
	prices := costs.DefaultPrices()
	small := costs.Invocation{Region: "us-east-1", MemoryMB: 128, Duration: 50 * ms}
	with := func(change func(*costs.Invocation)) costs.Invocation {
		inv := small
		change(&inv)
		return inv
	}
	for name, c := range map[string]struct {
		inv  costs.Invocation
		want string
	}{
		// 128/1024 GB · 0.05 s · 0.0000166667 + 0.0000002
		"128 MB, 50 ms": {small, "$0.000000304166875"},
		// a hundredth of a millisecond more is a millisecond more
		"rounded up": {with(func(i *costs.Invocation) { i.Duration += 10 * time.Microsecond }), "$0.0000003062502125"},
		"arm64":      {with(func(i *costs.Invocation) { i.Architecture = costs.ARM64 }), "$0.00000028333375"},
		"ap-east-1":  {with(func(i *costs.Invocation) { i.Region = "ap-east-1" }), "$0.00000042325"},
		// 1/8 GB · 0.9 s · 0.0000166667 + 0.0000002
		"cold":        {with(func(i *costs.Invocation) { i.Init = 850 * ms }), "$0.00000207500375"},
		"provisioned": {with(func(i *costs.Invocation) { i.Environment = costs.ProvisionedConcurrency }), "$0.00000026076375"},
		// + 9.5 GB · 0.05 s · 0.0000000309
		"storage":            {with(func(i *costs.Invocation) { i.StorageMB = 10240 }), "$0.000000318844375"},
		"free storage":       {with(func(i *costs.Invocation) { i.StorageMB = 512 }), "$0.000000304166875"},
		"streamed 6 MB":      {with(func(i *costs.Invocation) { i.ResponseBytes = 6 << 20 }), "$0.000000304166875"},
		"streamed 1 GB":      {with(func(i *costs.Invocation) { i.ResponseBytes = 1<<30 + 6<<20 }), "$0.008000304166875"},
		"billed as reported": {with(func(i *costs.Invocation) { i.Billed = 49 * ms }), "$0.0000003020835375"},
	} {
		cost, err := c.inv.Cost(prices)
		require.NoError(t, err, name)
		require.Equal(t, c.want, cost.Total().String(), name)
	}
}

func TestInvocationCostParts(t *testing.T) {
	inv := costs.Invocation{
		Region: "us-east-1", MemoryMB: 1024, StorageMB: 1536, Environment: costs.SnapStart,
		Duration: 100 * ms, Init: 400 * ms, Restore: 500 * ms, ResponseBytes: 7 << 20,
	}
	cost, err := inv.Cost(nil)
	require.NoError(t, err)
	require.Equal(t, costs.Cost{
		Compute:   usd(t, "0.00001000002"), // (100 + 500) ms
		Init:      usd(t, "0.00000666668"), // 400 ms
		Request:   usd(t, "0.0000002"),
		Storage:   usd(t, "0.0000000309"), // 1 GB · 1 s
		Restore:   usd(t, "0.0001397998"), // 1 GB
		Streaming: usd(t, "0.0000078125"), // 1/1024 GB
	}, cost)
	require.Equal(t, cost.Total().Mul(2), cost.Add(cost).Total())
}

func TestBilledDuration(t *testing.T) {
	for name, c := range map[string]struct {
		inv  costs.Invocation
		want time.Duration
	}{
		"nothing":              {costs.Invocation{}, 0},
		"exact":                {costs.Invocation{Duration: 2 * ms}, 2 * ms},
		"rounded":              {costs.Invocation{Duration: 2*ms + 1}, 3 * ms},
		"INIT":                 {costs.Invocation{Duration: 1293830 * time.Microsecond, Init: 1049630 * time.Microsecond}, 2344 * ms},
		"one ceiling for both": {costs.Invocation{Duration: 1400 * time.Microsecond, Init: 1400 * time.Microsecond}, 3 * ms},
		"SnapStart":            {costs.Invocation{Duration: 149530 * time.Microsecond, Restore: 163 * ms}, 313 * ms},
		"timeout":              {costs.Invocation{Duration: 18018260 * time.Microsecond, Billed: 18000 * ms}, 18000 * ms},
	} {
		require.Equal(t, c.want, c.inv.BilledDuration(), name)
	}
}

func TestManagedInstancesAreUnknown(t *testing.T) {
	inv := costs.Invocation{Region: "us-east-1", MemoryMB: 32 << 10, Environment: costs.ManagedInstances, Duration: time.Second}
	_, err := inv.Cost(nil)
	require.ErrorIs(t, err, costs.ErrUnknownCost)
	var unknown *costs.UnknownCostError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, costs.ManagedInstances, unknown.Environment)
}

func TestInvocationRefusesWhatCannotBe(t *testing.T) {
	for field, inv := range map[string]costs.Invocation{
		"MemoryMB":      {MemoryMB: 127},
		"StorageMB":     {MemoryMB: 128, StorageMB: 10241},
		"Duration":      {MemoryMB: 128, Duration: -1},
		"Init":          {MemoryMB: 128, Init: -1},
		"Restore":       {MemoryMB: 128, Restore: -1},
		"Billed":        {MemoryMB: 128, Billed: -1},
		"ResponseBytes": {MemoryMB: 128, ResponseBytes: -1},
		"Architecture":  {MemoryMB: 128, Architecture: "riscv"},
	} {
		_, err := inv.Cost(nil)
		var refused *costs.InvocationError
		require.ErrorAs(t, err, &refused, field)
		require.Equal(t, field, refused.Field)
	}
}

func TestInvocationNeedsAPrice(t *testing.T) {
	for want, inv := range map[error]costs.Invocation{
		costs.ErrUnknownRegion: {Region: "us-west-9", MemoryMB: 128, Duration: ms},
		costs.ErrUnknownPrice:  {Region: "me-central-1", Architecture: costs.ARM64, MemoryMB: 128, Duration: ms},
	} {
		_, err := inv.Cost(nil)
		require.ErrorIs(t, err, want)
	}
}
