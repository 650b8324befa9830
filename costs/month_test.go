package costs_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

// total prices a month and returns the total.
func total(t *testing.T, m *costs.Month) string {
	t.Helper()
	cost, err := m.Cost(nil)
	require.NoError(t, err)
	return cost.Total.String()
}

func TestMonthIsTheSumOfItsInvocations(t *testing.T) {
	inv := &costs.Invocation{
		Region: "us-east-1", MemoryMB: 1769, StorageMB: 1024, Duration: 41300 * time.Microsecond,
		Restore: 20 * ms, ResponseBytes: 7<<20 + 1,
	}
	var m costs.Month
	require.NoError(t, m.Add(inv, 1_000_000))
	require.NoError(t, m.Add(inv, 234))
	cost, err := inv.Cost(nil)
	require.NoError(t, err)
	want := cost.Total().Mul(1_000_234)
	got, err := m.Cost(nil)
	require.NoError(t, err)
	// the amount of one is rounded to 10^-24 dollars in some parts
	require.Equal(t, want.Round(15), got.Total.Round(15))
	require.Len(t, got.Lines, 5)
	require.InDelta(t, 1_000_234, got.Lines[1].Quantity, 0)
}

func TestMonthTiers(t *testing.T) {
	gb := &costs.Invocation{Region: "us-east-1", MemoryMB: 1024, Duration: time.Second}
	var m costs.Month
	require.NoError(t, m.Add(gb, 16_000_000_000))
	// 6e9 · 0.0000166667 + 9e9 · 0.000015 + 1e9 · 0.0000133334 + 16e9 · 0.0000002
	require.Equal(t, "$251533.6", total(t, &m))

	arm := *gb
	arm.Architecture = costs.ARM64
	require.NoError(t, m.Add(&arm, 7_500_000_001)) // tiers are per architecture
	require.Equal(t, "$353034.1000122001", total(t, &m))
}

func TestMonthFreeTier(t *testing.T) {
	x86 := &costs.Invocation{Region: "us-east-1", MemoryMB: 1024, Duration: time.Second}
	arm := &costs.Invocation{Region: "us-east-1", MemoryMB: 1024, Duration: time.Second, Architecture: costs.ARM64}
	m := costs.Month{FreeTier: true}
	require.NoError(t, m.Add(x86, 300_000))
	require.Equal(t, "$0", total(t, &m))
	require.NoError(t, m.Add(arm, 300_000))
	require.Equal(t, "$3.33334", total(t, &m), "200,000 GB-s of x86 are left, the dearer")
	require.NoError(t, m.AddUse("us-east-1", costs.SQSRequests, 1_500_000))
	require.Equal(t, "$3.53334", total(t, &m))

	m.FreeTier = false
	require.NotEqual(t, "$3.53334", total(t, &m))
}

func TestMonthProvisionedConcurrency(t *testing.T) {
	var m costs.Month
	require.NoError(t, m.AddProvisioned("us-east-1", costs.X86, 1024, 10, 6*time.Minute))
	require.Equal(t, "$0.0250002", total(t, &m)) // 10 · 600 s · 0.0000041667

	m = costs.Month{FreeTier: true} // which does not apply
	require.NoError(t, m.AddProvisioned("us-east-1", costs.ARM64, 1024, 1, time.Minute))
	run := &costs.Invocation{
		Region: "us-east-1", Architecture: costs.ARM64, MemoryMB: 1024,
		Duration: time.Second, Environment: costs.ProvisionedConcurrency,
	}
	require.NoError(t, m.Add(run, 300))
	require.Equal(t, "$0.00333336", total(t, &m)) // 300 GB-s · (0.0000033334 + 0.0000077778)

	require.Error(t, m.AddProvisioned("us-east-1", "mips", 1024, 1, time.Minute))
	require.Error(t, m.AddProvisioned("us-east-1", costs.X86, 1, 1, time.Minute))
	require.Error(t, m.AddProvisioned("us-east-1", costs.X86, 1024, -1, time.Minute))
}

func TestMonthSaysWhatItDoesNotKnow(t *testing.T) {
	var m costs.Month
	require.NoError(t, m.Add(&costs.Invocation{Environment: costs.ManagedInstances}, 7))
	cost, err := m.Cost(nil)
	require.NoError(t, err)
	require.Equal(t, int64(7), cost.Unknown)

	require.NoError(t, m.AddUse("eu-west-1", costs.SQSRequests, 1))
	_, err = m.Cost(nil)
	require.ErrorIs(t, err, costs.ErrUnknownPrice)

	m = costs.Month{} // only the first tier is known there
	require.NoError(t, m.Add(&costs.Invocation{Region: "eu-west-1", MemoryMB: 1024, Duration: time.Second}, 6_000_000_001))
	_, err = m.Cost(nil)
	require.ErrorIs(t, err, costs.ErrUnknownPrice)
}

func TestMonthRefuses(t *testing.T) {
	inv := &costs.Invocation{Region: "us-east-1", MemoryMB: 10240, Duration: 15 * time.Minute}
	var m costs.Month
	require.Error(t, m.Add(inv, -1))
	require.Error(t, m.Add(&costs.Invocation{MemoryMB: 1}, 1))
	require.ErrorIs(t, m.Add(inv, math.MaxInt64/1000), costs.ErrOverflow)
	require.Equal(t, "$0", total(t, &m), "what does not fit leaves nothing behind")
	require.NoError(t, m.Add(inv, 900_000_000))
	require.ErrorIs(t, m.Add(inv, 900_000_000), costs.ErrOverflow)
	for _, quantity := range []float64{-1, math.NaN(), math.Inf(1), 1e18} {
		require.Error(t, m.AddUse("us-east-1", costs.SQSRequests, quantity))
	}
}
