package idempotency_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/dynamo/internal/proof"
)

// What the processes do: each calls every key, on several goroutines, and is
// replaced when it has died.
const (
	parallelProcesses = 6
	parallelKeys      = 300
	parallelCallers   = 4 // of each process
	parallelTimeout   = 300 * time.Millisecond
)

// TestParallelProcesses lets real processes share a table of the server at
// DYNAMODB_ENDPOINT, some of which kill themselves in the middle of an operation
// and some of whose operations overstay. Results do not expire within the test:
// whoever got a result of a key must have got the same one.
func TestParallelProcesses(t *testing.T) {
	client := proof.Server(t)
	name := "idempotency-" + strconv.FormatUint(rand.Uint64(), 36)
	proof.Table(t, client, dynamotest.Table(name, "id"))

	var log journal
	var group sync.WaitGroup
	for i := range parallelProcesses {
		group.Go(func() { log.keepRunning(t, name, i) })
	}
	group.Wait()
	<-time.After(2 * parallelTimeout) // the locks of the dead have ended

	store, err := idempotency.New(client, name, &idempotency.Options{Timeout: parallelTimeout})
	require.NoError(t, err)
	op := parallelOperation(store, func(context.Context, int) (string, error) { return "last", nil })
	for key := range parallelKeys {
		got, err := op(t.Context(), key)
		require.NoError(t, err, "key %d is stuck", key)
		if log.answers[key] != "" {
			require.Equal(t, log.answers[key], got)
		}
	}
	log.check(t)
	t.Logf("%d runs, %d answers, %d of them replays, %d deaths, %d runs lost their lock",
		len(log.runs), log.answered, log.answered-log.completed, log.deaths, log.lost)
	require.Positive(t, log.deaths)
	require.Positive(t, log.lost)
	require.Greater(t, log.answered, log.completed)
}

func parallelOperation(store *idempotency.Store, fn func(context.Context, int) (string, error)) func(context.Context, int) (string, error) {
	return idempotency.Wrap(store, "op/v1", func(key int) idempotency.Key { return idempotency.Key{key} }, fn)
}

// A journal is what the processes report.
type journal struct {
	mu                                sync.Mutex
	runs                              map[string]*parallelRun
	answers                           map[int]string
	answered, completed, deaths, lost int
	wrong                             []string
}

// A parallelRun is one run of the operation, by the clock that all processes
// share.
type parallelRun struct {
	key                  int
	start, end, deadline time.Time
}

// keepRunning runs a process, and another one when it has died, until one has
// come to its end.
func (j *journal) keepRunning(t *testing.T, name string, i int) {
	for generation := 0; ; generation++ {
		child := exec.Command(os.Args[0], "-test.run=^TestHelperParallelProcess$")
		child.Env = append(os.Environ(), "THAW_IDEMPOTENCY_TABLE="+name, fmt.Sprintf("THAW_IDEMPOTENCY_SEED=%d", 1000*i+generation))
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err == nil {
			err = child.Start()
		}
		if err != nil {
			t.Error(err)
			return
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			j.read(lines.Text())
		}
		err = child.Wait()
		var died *exec.ExitError
		switch {
		case err == nil:
			return
		case !errors.As(err, &died) || died.ExitCode() != dying:
			t.Error(err)
			return
		}
		j.mu.Lock()
		j.deaths++
		j.mu.Unlock()
	}
}

// dying is the exit code of a process that was meant to die.
const dying = 77

// read takes one line: what, key, run, times.
func (j *journal) read(line string) {
	words := strings.Fields(line)
	if len(words) < 3 {
		return // the end of the test's own output
	}
	key, _ := strconv.Atoi(words[1])
	j.mu.Lock()
	defer j.mu.Unlock()
	switch run := words[2]; words[0] {
	case "start":
		if j.runs == nil {
			j.runs, j.answers = make(map[string]*parallelRun), make(map[int]string)
		}
		j.runs[run] = &parallelRun{key: key, start: nanos(words[3]), deadline: nanos(words[4])}
	case "end":
		j.runs[run].end = nanos(words[3])
	case "lost":
		j.lost++
	case "own", "replay":
		j.answered++
		if words[0] == "own" {
			j.completed++
		}
		if before := j.answers[key]; before != "" && before != run {
			j.wrong = append(j.wrong, fmt.Sprintf("key %d: %s and %s", key, before, run))
		}
		j.answers[key] = run
	}
}

func nanos(s string) time.Time {
	n, _ := strconv.ParseInt(s, 10, 64)
	return time.Unix(0, n)
}

// check finds results that differ, and runs that began before the lock of an
// earlier one had ended.
func (j *journal) check(t *testing.T) {
	require.Empty(t, j.wrong, "different results of one key")
	for name, first := range j.runs {
		for other, second := range j.runs {
			if first.key != second.key || !first.start.Before(second.start) || !first.end.IsZero() && !second.start.Before(first.end) {
				continue
			}
			require.False(t, second.start.Before(first.deadline), "%s began during %s, which had the lock", other, name)
		}
	}
}

// TestHelperParallelProcess is a process of the test above.
func TestHelperParallelProcess(t *testing.T) {
	name := os.Getenv("THAW_IDEMPOTENCY_TABLE")
	if name == "" {
		t.Skip("not a test")
	}
	seed, err := strconv.ParseUint(os.Getenv("THAW_IDEMPOTENCY_SEED"), 10, 64)
	require.NoError(t, err)
	store, err := idempotency.New(proof.Server(t), name, &idempotency.Options{Timeout: parallelTimeout, Wait: seed%2 == 0, Local: int(seed % 3)})
	require.NoError(t, err)
	var group sync.WaitGroup
	for caller := range uint64(parallelCallers) {
		group.Go(func() { callAll(store, rand.New(rand.NewPCG(seed, caller))) })
	}
	group.Wait()
}

// callAll calls every key in random order.
func callAll(store *idempotency.Store, rng *rand.Rand) {
	var ran string
	op := parallelOperation(store, func(ctx context.Context, key int) (string, error) {
		ran = strconv.FormatUint(rng.Uint64(), 36)
		deadline, _ := ctx.Deadline()
		fmt.Println("start", key, ran, time.Now().UnixNano(), deadline.UnixNano())
		err := perform(ctx, rng)
		fmt.Println("end", key, ran, time.Now().UnixNano()) // before the key is released
		return ran, err
	})
	for _, key := range rng.Perm(parallelKeys) {
		ran = ""
		got, err := op(context.Background(), key)
		switch {
		case errors.Is(err, idempotency.ErrLockLost):
			fmt.Println("lost", key, ran)
		case err == nil && ran == got:
			fmt.Println("own", key, got)
		case err == nil:
			fmt.Println("replay", key, got)
		}
	}
}

// perform works for a while, overstays, fails, or dies.
func perform(ctx context.Context, rng *rand.Rand) error {
	work := time.Duration(rng.Int64N(int64(3 * time.Millisecond)))
	switch n := rng.IntN(100); {
	case n < 3:
		<-time.After(work)
		os.Exit(dying)
	case n < 8:
		work += parallelTimeout + time.Duration(rng.Int64N(int64(parallelTimeout))) // whatever its context says
	case n < 16:
		<-time.After(work)
		return errors.New("it failed")
	}
	<-time.After(work)
	return nil
}
