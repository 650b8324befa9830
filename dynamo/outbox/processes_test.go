package outbox_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/internal/proof"
	"github.com/go-thaw/thaw/dynamo/outbox"
)

// TestProcesses has real processes write and sweep on a real server, when there
// is one: DYNAMODB_ENDPOINT. All are killed at random and started again, a few
// times. Then a last sweep, and what they printed must be what was written, in
// order.
func TestProcesses(t *testing.T) {
	client := proof.Server(t)
	if table := os.Getenv("THAW_OUTBOX_TABLE"); table != "" {
		work(t, client, table)
		return
	}
	table := "outbox-" + rand.Text()[:8]
	proof.Table(t, client, printing(t, client, table).Schema())

	printed, err := os.Create(t.TempDir() + "/printed")
	require.NoError(t, err)
	defer printed.Close()
	for range 4 {
		round(t, table, printed)
	}
	t.Setenv("THAW_OUTBOX_LAST", "1")
	last := process(t, table, printed)
	require.NoError(t, last.Wait())
	compare(t, client, table, printed.Name())
}

// round runs some processes and kills them.
func round(t *testing.T, table string, printed *os.File) {
	var all []*exec.Cmd
	for range 5 {
		all = append(all, process(t, table, printed))
	}
	for _, c := range all {
		<-time.After(time.Duration(100+mathrand.IntN(250)) * time.Millisecond)
		require.NoError(t, c.Process.Kill())
		_ = c.Wait() // it was killed
	}
}

func process(t *testing.T, table string, printed *os.File) *exec.Cmd {
	c := exec.Command(os.Args[0], "-test.run=^TestProcesses$")
	c.Env = append(os.Environ(), "THAW_OUTBOX_TABLE="+table)
	c.Stdout = printed // all share the place in the file, and write a line at once
	require.NoError(t, c.Start())
	return c
}

// printing returns an outbox that publishes to standard output, as one write to
// an event.
func printing(t *testing.T, client dynamo.API, table string) *outbox.Outbox {
	box, err := outbox.New(client, table, func(_ context.Context, events []outbox.Event) []error {
		for _, e := range events {
			if _, err := os.Stdout.WriteString("event " + e.Key + " " + strconv.FormatUint(e.Sequence, 10) + "\n"); err != nil {
				return slices.Repeat([]error{err}, len(events))
			}
		}
		return nil
	}, &outbox.Options{MinAge: -1, Shards: 2, Batch: 3})
	require.NoError(t, err)
	return box
}

// work writes events and sweeps until it is killed, or sweeps once for the last
// time.
func work(t *testing.T, client dynamo.API, table string) {
	box := printing(t, client, table)
	if os.Getenv("THAW_OUTBOX_LAST") != "" {
		_, err := box.Sweep(t.Context())
		require.NoError(t, err)
		return
	}
	counters, err := dynamo.New[thing](client, table, &dynamo.Options{Partition: "THING#{id}", Sort: "THING"})
	require.NoError(t, err)
	for {
		id := fmt.Sprint("k", mathrand.IntN(3))
		c, err := counters.Get(t.Context(), dynamo.Key{id})
		if err != nil {
			c = thing{ID: id}
		}
		// Two processes may be at the same one: then one of them fails.
		_ = dynamo.Transact(t.Context(), client, counters.PutOp(&c), box.Op(outbox.Event{Key: id, Sequence: c.Version + 1}))
		if mathrand.IntN(4) == 0 {
			_, _ = box.Sweep(t.Context())
		}
	}
}

// compare checks that of each key everything up to its version was printed, first
// in order.
func compare(t *testing.T, client dynamo.API, table, file string) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	counters, err := dynamo.New[thing](client, table, &dynamo.Options{Partition: "THING#{id}", Sort: "THING"})
	require.NoError(t, err)
	total, lines := 0, bytes.Count(text, []byte("event "))
	for k := range 3 {
		id := fmt.Sprint("k", k)
		c, err := counters.Get(t.Context(), dynamo.Key{id})
		require.NoError(t, err)
		next := uint64(1)
		for line := range strings.Lines(string(text)) {
			rest, ok := strings.CutPrefix(line, "event "+id+" ")
			if !ok {
				continue
			}
			n, err := strconv.ParseUint(strings.TrimSpace(rest), 10, 64)
			require.NoError(t, err)
			require.LessOrEqual(t, n, next, "key %s: %d came before %d", id, n, next)
			if n == next {
				next++
			}
		}
		require.Equal(t, c.Version, next-1, "key %s", id)
		total += int(min(c.Version, math.MaxInt32))
	}
	require.Positive(t, total)
	t.Logf("%d events were written, and published %d times", total, lines)
}
