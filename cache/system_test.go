package cache

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// readings is a clock for recent alone: what the monotonic clock shows, and
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
			var s recent
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
	var s recent
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
	var s recent
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

func TestOnlyReadingsThatAreCloseAreUsedAgain(t *testing.T) {
	var s recent
	s.note(Reading{Wall: hour, Mono: hour})
	require.False(t, s.on.Load(), "the first")
	s.note(Reading{Wall: 2 * hour, Mono: 2 * hour})
	require.False(t, s.on.Load(), "far from the one before")
	s.note(Reading{Wall: 2*hour + 1, Mono: 2*hour + 1})
	require.True(t, s.on.Load(), "close to the one before")
	s.note(Reading{Wall: 3 * hour, Mono: 3 * hour})
	require.False(t, s.on.Load(), "far again")
}

// Each stripe has a cache line of its own.
func TestSizeOfAStripe(t *testing.T) {
	require.EqualValues(t, 64, unsafe.Sizeof(stripe{}))
}

// However close they are, readings show what the clocks do.
func TestSystemReadingsAreRight(t *testing.T) {
	s := newSystem()
	var hits recent
	for range 10_000 {
		before, r, after := s.Now(), s.hit(&hits), s.Now()
		for range 20 {
			s.hit(&hits) // close to each other, so that the next one may use them
		}
		require.GreaterOrEqual(t, r.Mono, before.Mono)
		require.LessOrEqual(t, r.Mono, after.Mono)
		require.InDelta(t, before.Wall-before.Mono, r.Wall-r.Mono, float64(time.Second))
	}
}
