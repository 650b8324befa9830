package idempotency_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/idempotency"
)

func TestLocalRecordsExpireByBothClocks(t *testing.T) {
	start := time.Now().Truncate(time.Millisecond)
	for _, step := range []struct {
		name       string
		wall, mono time.Duration
		local      bool
	}{
		{"just before", time.Hour - 1, time.Hour - 1, true},
		{"frozen: the monotonic clock stood still", time.Hour, 0, false},
		{"the wall clock was set back", -time.Hour, time.Hour, false},
		{"the wall clock was set back, still alive", -time.Hour, time.Minute, true},
	} {
		t.Run(step.name, func(t *testing.T) {
			wall, mono := start, time.Duration(0)
			fake, store := newStore(t, &idempotency.Options{Local: 2, Expiry: time.Hour, Now: func() time.Time { return wall }})
			store.SetMonotonic(func() time.Duration { return mono })
			pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(new(atomic.Int64)))
			_, err := pay(t.Context(), charge{"ada", 1})
			require.NoError(t, err)
			fake.ResetCalls()
			wall, mono = start.Add(step.wall), step.mono
			_, err = pay(t.Context(), charge{"ada", 1})
			require.NoError(t, err)
			require.Equal(t, step.local, len(fake.Calls()) == 0)
		})
	}
}

func TestLocalRecordsAreBounded(t *testing.T) {
	fake, store := newStore(t, &idempotency.Options{Local: 2})
	pay := idempotency.Wrap(store, "pay/v1", byCustomer, counted(new(atomic.Int64)))
	for _, customer := range []string{"a", "b", "a", "c"} {
		_, err := pay(t.Context(), charge{customer, 1})
		require.NoError(t, err)
	}
	fake.ResetCalls()
	for _, customer := range []string{"a", "c"} {
		_, err := pay(t.Context(), charge{customer, 1})
		require.NoError(t, err)
	}
	require.Empty(t, fake.Calls())
	got, err := pay(t.Context(), charge{"b", 1})
	require.NoError(t, err)
	require.Equal(t, int64(2), got)
	require.Len(t, fake.Calls(), 1)
	_, err = pay(t.Context(), charge{"b", 1}) // a replay is kept as well
	require.NoError(t, err)
	require.Len(t, fake.Calls(), 1)
}

func TestCallersCannotChangeWhatIsReplayed(t *testing.T) {
	store := idempotency.NewMemory(&idempotency.Options{Local: 2})
	list := idempotency.Wrap(store, "list/v1", byCustomer, func(context.Context, charge) ([]int, error) { return []int{1, 2}, nil })
	for range 3 {
		got, err := list(t.Context(), charge{"ada", 1})
		require.NoError(t, err)
		require.Equal(t, []int{1, 2}, got)
		got[0] = 7
	}
}
