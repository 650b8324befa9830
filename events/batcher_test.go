package events_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

func TestBatcherPublishesInFullRequests(t *testing.T) {
	fake := eventstest.New(nil)
	b := newPublisher(t, fake.Client(), &events.PublisherOptions{Concurrency: 2}).NewBatcher()
	for _, e := range orders(19) {
		b.Add(t.Context(), e)
	}
	require.Empty(t, fake.Calls()) // 20 events fill two requests
	b.Add(t.Context(), orders(6)...)
	require.Len(t, fake.Calls(), 2)
	require.NoError(t, b.Flush(t.Context()))
	require.Len(t, fake.Calls(), 3)
	require.Len(t, fake.Events("default"), 25)
	require.NoError(t, b.Flush(t.Context()))
	require.Len(t, fake.Calls(), 3)
}

func TestBatcherPublishesWhenTheBytesAreFull(t *testing.T) {
	fake := eventstest.New(nil)
	b := newPublisher(t, fake.Client(), &events.PublisherOptions{Concurrency: 1}).NewBatcher()
	large := orderPlaced.New(order{Note: strings.Repeat("x", 600_000)})
	b.Add(t.Context(), large)
	require.Empty(t, fake.Calls())
	b.Add(t.Context(), large)
	require.Len(t, fake.Calls(), 2)
}

func TestBatcherReportsAllFailuresOnce(t *testing.T) {
	fake := eventstest.New(nil)
	fake.FailEntriesFunc(func(e *events.Envelope) string {
		if o, err := orderPlaced.Decode(e); err != nil || o.Price%10 == 7 {
			return "InvalidArgument"
		}
		return ""
	})
	b := newPublisher(t, fake.Client(), &events.PublisherOptions{Concurrency: 1}).NewBatcher()
	all := orders(25)
	b.Add(t.Context(), all...)
	failed := publishError(t, b.Flush(t.Context()))
	require.Equal(t, 25, failed.Total)
	var indexes []int
	for _, f := range failed.Failed {
		indexes = append(indexes, f.Index)
		require.Equal(t, all[f.Index].Metadata.ID, f.Event.Metadata.ID)
	}
	require.Equal(t, []int{7, 17}, indexes)
	require.NoError(t, b.Flush(t.Context()))

	b.Add(t.Context(), all[7])
	again := publishError(t, b.Flush(t.Context()))
	require.Equal(t, 1, again.Total)
	require.Equal(t, 0, again.Failed[0].Index)
}

func TestBatcherFlushWaitsForOtherGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := eventstest.New(nil)
		fake.Inject("PutEvents", eventstest.Fault{Delay: time.Minute})
		fake.FailEntries(1, "InvalidArgument")
		b := newPublisher(t, fake.Client(), &events.PublisherOptions{Concurrency: 1}).NewBatcher()
		go b.Add(t.Context(), orders(10)...)
		synctest.Wait()

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, b.Flush(short), context.DeadlineExceeded)
		start := time.Now()
		require.Len(t, publishError(t, b.Flush(t.Context())).Failed, 1)
		require.Equal(t, 59*time.Second, time.Since(start))
	})
}

func TestBatcherLosesNothingUnderConcurrency(t *testing.T) {
	fake := eventstest.New(nil)
	b := newPublisher(t, fake.Client(), nil).NewBatcher()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				b.Add(t.Context(), orderPlaced.New(order{ID: fmt.Sprint(i, "-", j)}))
			}
		})
	}
	wg.Wait()
	require.NoError(t, b.Flush(t.Context()))
	got, err := eventstest.Published(fake, orderPlaced)
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, o := range got {
		ids[o.ID] = true
	}
	require.Len(t, ids, 400)
	require.Len(t, fake.Calls(), 40)
}
