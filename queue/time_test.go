package queue_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

func numbered(n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{ID: fmt.Sprint(i), Body: `"x"`}
	}
	return rows
}

func TestMarginScalesWithTheTime(t *testing.T) {
	for _, c := range []struct{ option, left, want time.Duration }{
		{0, 300 * time.Millisecond, 75 * time.Millisecond},
		{0, time.Second, 250 * time.Millisecond},
		{0, 3 * time.Second, 500 * time.Millisecond},
		{0, 30 * time.Second, 1500 * time.Millisecond},
		{0, 15 * time.Minute, 5 * time.Second},
		{2 * time.Second, 30 * time.Second, 2 * time.Second},
		{2 * time.Second, time.Second, 500 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), c.left)
			defer cancel()
			end, _ := ctx.Deadline()
			var soft time.Time
			p := queue.NewProcessor(func(ctx context.Context, _ queue.Message[string]) error {
				soft, _ = ctx.Deadline()
				return nil
			}, quiet(queue.Options{Margin: c.option}))
			_, err := p.Invoke(ctx, payload(standardARN, numbered(1)...))
			require.NoError(t, err)
			require.Equal(t, c.want, end.Sub(soft))
		})
	}
}

func TestNothingStartsAfterTheMargin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		var last time.Duration
		var result queue.Result
		p := queue.NewProcessor(func(context.Context, queue.Message[string]) error {
			last = time.Since(start)
			<-time.After(50 * time.Millisecond)
			return nil
		}, collect(queue.Options{Concurrency: 1}, &result))
		response, err := p.Invoke(ctx, payload(standardARN, numbered(10)...))
		require.NoError(t, err)
		require.Equal(t, 200*time.Millisecond, last, "the margin begins at 225 ms")
		require.Equal(t, []string{"5", "6", "7", "8", "9"}, failed(t, response))
		require.Equal(t, []int{5, 0, 5}, []int{result.Succeeded, result.Failed, result.Skipped})
		require.Equal(t, 250*time.Millisecond, result.Duration)
	})
}

func TestHandlerSeesTheEndOfItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var result queue.Result
		p := queue.NewProcessor(func(ctx context.Context, _ queue.Message[string]) error {
			<-ctx.Done()
			return ctx.Err()
		}, collect(queue.Options{}, &result))
		response, err := p.Invoke(ctx, payload(standardARN, numbered(2)...))
		require.NoError(t, err)
		require.Equal(t, []string{"0", "1"}, failed(t, response))
		require.Equal(t, 9500*time.Millisecond, result.Duration)
		require.ErrorIs(t, result.Failures[0].Err, context.DeadlineExceeded)
	})
}

// oneHangs ignores its context and returns late for the record with the id 1.
func oneHangs(_ context.Context, m queue.Message[string]) error {
	if m.ID == "1" {
		<-time.After(time.Minute)
	}
	return nil
}

func TestHandlerThatIgnoresItsContextIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var result queue.Result
		p := queue.NewProcessor(oneHangs, collect(queue.Options{Concurrency: 2}, &result))
		response, err := p.Invoke(ctx, payload(standardARN, numbered(4)...))
		require.NoError(t, err)
		require.NoError(t, ctx.Err(), "Invoke returns before the deadline")
		require.Equal(t, []string{"1"}, failed(t, response))
		require.Equal(t, 3, result.Succeeded)
		require.Equal(t, []queue.Failure{{ID: "1", ReceiveCount: 2, Err: queue.ErrAbandoned}}, result.Failures)
		<-time.After(time.Minute) // the late return changes nothing
	})
}

func TestAbandonedGroupDoesNotGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var runs atomic.Int32
		p := queue.NewProcessor(func(context.Context, queue.Message[string]) error {
			runs.Add(1)
			<-time.After(time.Minute)
			return nil
		}, quiet(queue.Options{}))
		response, err := p.Invoke(ctx, payload(fifoARN, row{"1", `"x"`, "a"}, row{"2", `"x"`, "a"}))
		require.NoError(t, err)
		require.Equal(t, []string{"1", "2"}, failed(t, response))
		<-time.After(5 * time.Minute)
		require.Equal(t, int32(1), runs.Load())
	})
}

func TestCancelledInvocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		p := queue.NewProcessor(func(_ context.Context, m queue.Message[string]) error {
			<-time.After(time.Hour)
			return nil
		}, quiet(queue.Options{Concurrency: 1}))
		response, err := p.Invoke(ctx, payload(standardARN, numbered(2)...))
		require.NoError(t, err)
		require.Equal(t, []string{"0", "1"}, failed(t, response))
		<-time.After(time.Hour)
	})
}

// A batch whose time is over before it begins comes back unhandled.
func TestNoTimeAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, left := range []time.Duration{0, -time.Second, -time.Hour} {
			for _, arn := range []string{standardARN, fifoARN} {
				ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(left))
				var result queue.Result
				p := queue.NewProcessor(func(context.Context, queue.Message[string]) error { t.Error("handled"); return nil }, collect(queue.Options{}, &result))
				response, err := p.Invoke(ctx, payload(arn, numbered(3)...))
				cancel()
				require.NoError(t, err)
				require.Equal(t, []string{"0", "1", "2"}, failed(t, response))
				require.Equal(t, 3, result.Skipped)
			}
		}
	})
}

// Its record has been reported by then, and comes back.
func TestALateHandlerDoesNotReachTheSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var sunk atomic.Int32
		p := queue.NewProcessor(func(context.Context, queue.Message[string]) error {
			<-time.After(time.Minute)
			return queue.Permanent(errTest)
		}, quiet(queue.Options{DeadLetter: func(context.Context, queue.Record, error) error { sunk.Add(1); return nil }}))
		response, err := p.Invoke(ctx, payload(standardARN, numbered(2)...))
		require.NoError(t, err)
		require.Equal(t, []string{"0", "1"}, failed(t, response))
		<-time.After(time.Hour)
		require.Zero(t, sunk.Load())
	})
}

func TestASinkThatHangsEndsBeforeTheFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		end, _ := ctx.Deadline()
		p := queue.NewProcessor(obey, quiet(queue.Options{DeadLetter: func(ctx context.Context, _ queue.Record, _ error) error {
			sinkEnd, _ := ctx.Deadline()
			require.Equal(t, 250*time.Millisecond, end.Sub(sinkEnd), "half of the margin")
			<-ctx.Done()
			return ctx.Err()
		}}))
		response, err := p.Invoke(ctx, payload(standardARN, row{"1", `"permanent"`, ""}))
		require.NoError(t, err)
		require.Equal(t, []string{"1"}, failed(t, response))
		require.NoError(t, ctx.Err())
	})
}

func TestTheLogNamesWhatWasAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var log bytes.Buffer
		p := queue.NewProcessor(oneHangs, &queue.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
		_, err := p.Invoke(ctx, payload(standardARN, numbered(3)...))
		require.NoError(t, err)
		var line struct{ ID, Error string }
		require.NoError(t, json.NewDecoder(&log).Decode(&line))
		require.Equal(t, "1", line.ID)
		require.Equal(t, queue.ErrAbandoned.Error(), line.Error)
		<-time.After(time.Minute)
	})
}

func TestOldestAge(t *testing.T) {
	var result queue.Result
	_, err := queue.NewProcessor(obey, collect(queue.Options{}, &result)).Invoke(t.Context(), payload(standardARN, numbered(2)...))
	require.NoError(t, err)
	require.Equal(t, result.Start.Sub(time.UnixMilli(1_700_000_000_000)), result.OldestAge)
}
