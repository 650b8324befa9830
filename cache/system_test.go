package cache

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// readings is a clock for sharedReading alone: what the monotonic clock shows, and
// the wall clock ahead of it.
type readings struct{ mono, ahead int64 }

func (r readings) both() Reading { return Reading{Wall: r.mono + r.ahead, Mono: r.mono} }

const hour = int64(time.Hour)

func TestReadingIsUsedAgainOnlyForAMoment(t *testing.T) {
	for _, test := range []struct {
		name string
		then int64 // what the monotonic clock shows later
		want bool
	}{
		{"a little later", 1001, true},
		{"as long as it may be", 1000 + int64(moment) - 1, true},
		{"a moment later", 1000 + int64(moment), false},
		{"much later", 1000 + hour, false},
		{"the clock does not run", 1000, false},
		{"the clock was restored from before", 999, false},
		{"from long before", 1000 - hour, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s sharedReading
			s.set(readings{mono: 1000, ahead: hour}.both())
			got, ok := s.at(test.then)
			require.Equal(t, test.want, ok)
			if ok {
				require.Equal(t, readings{mono: test.then, ahead: hour}.both(), got)
			}
		})
	}
}

func TestReadingIsNotUsedWhileItIsWritten(t *testing.T) {
	var s sharedReading
	s.set(Reading{Wall: 1, Mono: 1})
	s.version.Add(1) // as set does first; the writer is frozen there
	s.wall.Store(hour)
	_, ok := s.at(2)
	require.False(t, ok)
	s.set(Reading{Wall: 5, Mono: 5}) // does not wait for the other
	_, ok = s.at(6)
	require.False(t, ok)
}

// Readers never see the wall reading of one reading with the monotonic one of
// another: here each reading has the clocks apart by a multiple of an hour.
func TestSharedReadingIsWhole(t *testing.T) {
	var s sharedReading
	var stop atomic.Bool
	var writers sync.WaitGroup
	for range 2 {
		writers.Go(func() {
			for i := int64(0); !stop.Load(); i++ {
				s.set(readings{mono: i % 100, ahead: hour * (i % 7)}.both())
			}
		})
	}
	torn, whole := 0, 0
	for range 3_000_000 {
		r, ok := s.at(s.mono.Load() + 1)
		if ok && (r.Wall-r.Mono)%hour != 0 {
			torn++
		} else if ok {
			whole++
		}
	}
	stop.Store(true)
	writers.Wait()
	require.Zero(t, torn)
	require.NotZero(t, whole)
}

func TestSystemSharesOnlyReadingsThatAreClose(t *testing.T) {
	s := newSystem()
	s.share(Reading{Wall: hour, Mono: hour})
	require.False(t, s.shared.on.Load(), "the first")
	s.share(Reading{Wall: 2 * hour, Mono: 2 * hour})
	require.False(t, s.shared.on.Load(), "far from the one before")
	s.share(Reading{Wall: 2*hour + 1, Mono: 2*hour + 1})
	require.True(t, s.shared.on.Load(), "close to the one before")
	s.share(Reading{Wall: 3 * hour, Mono: 3 * hour})
	require.False(t, s.shared.on.Load(), "far again")
}

// However close they are, readings show what the clocks do.
func TestSystemReadingsAreRight(t *testing.T) {
	s := newSystem()
	last := s.Now()
	shared := 0
	for range 10_000 {
		before := time.Now()
		if s.shared.on.Load() {
			shared++
		}
		r := s.Now()
		after := time.Now()
		require.GreaterOrEqual(t, r.Mono, s.both(before).Mono)
		require.LessOrEqual(t, r.Mono, s.both(after).Mono)
		require.GreaterOrEqual(t, r.Mono, last.Mono)
		require.InDelta(t, s.both(before).Wall-s.both(before).Mono, r.Wall-r.Mono, float64(time.Second))
		last = r
	}
	t.Logf("%d of 10,000 readings may have been shared", shared)
}
