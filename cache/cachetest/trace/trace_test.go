package trace_test

import (
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache/cachetest/trace"
)

func count(reads iter.Seq[uint64]) map[uint64]int {
	counts := map[uint64]int{}
	for key := range reads {
		counts[key]++
	}
	return counts
}

func TestZipfIsSkewedAsSaid(t *testing.T) {
	counts := count(trace.Zipf(0.8, 1000, 200_000))
	for _, key := range []uint64{1, 3, 9} {
		want := math.Pow(float64(key+1), -0.8)
		require.InDelta(t, want, float64(counts[key])/float64(counts[0]), 0.03, key)
	}
	require.LessOrEqual(t, len(counts), 1000)
}

func TestTracesAreTheSameEveryTime(t *testing.T) {
	reads := trace.OneHitWonders(0.99, 100, 1000, 0.3)
	require.Equal(t, slices.Collect(reads), slices.Collect(reads))
}

func TestScanReadsKeysOnce(t *testing.T) {
	counts := count(trace.Scan(0.99, 100, 3000, 200, 100))
	once := 0
	for key, n := range counts {
		if key >= 100 {
			require.Equal(t, 1, n)
			once++
		}
	}
	require.Equal(t, 1000, once)
}

func TestOneHitWondersAreTheShareAsked(t *testing.T) {
	counts := count(trace.OneHitWonders(0.99, 100, 10_000, 0.3))
	require.InDelta(t, 3000+100, len(counts), 150)
}

func TestLoopGoesRound(t *testing.T) {
	require.Equal(t, []uint64{0, 1, 2, 0, 1}, slices.Collect(trace.Loop(3, 5)))
}

func TestShiftChangesThePopularKey(t *testing.T) {
	reads := slices.Collect(trace.Shift(1.2, 100, 2000, 1000, 30))
	for i, want := range []uint64{0, 30} {
		counts := count(slices.Values(reads[i*1000 : (i+1)*1000]))
		for key, n := range counts {
			require.LessOrEqual(t, n, counts[want], key)
		}
	}
}

func TestSequencesMayBeLeft(t *testing.T) {
	for range trace.Loop(3, 5) {
		break
	}
	for range trace.Zipf(1, 3, 5) {
		break
	}
}
