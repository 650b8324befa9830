package ratelimit_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/internal/proof"
	"github.com/go-thaw/thaw/dynamo/ratelimit"
)

// processLimits are those that the processes hammer at, one after the other.
var processLimits = []struct {
	limit   ratelimit.Limit
	options ratelimit.Options
}{
	{ratelimit.Limit{Rate: 1, Per: time.Hour, Burst: 50}, ratelimit.Options{Name: "burst"}},
	{ratelimit.Limit{Rate: 50, Burst: 5}, ratelimit.Options{Name: "steady"}},
	{ratelimit.Limit{Rate: 500, Burst: 100}, ratelimit.Options{Name: "batches", Batch: 20, Hold: 100 * time.Millisecond}},
}

// TestProcesses has real processes share limits on a real server, when there is
// one: DYNAMODB_ENDPOINT. Some of them are killed in the middle.
func TestProcesses(t *testing.T) {
	client := proof.Server(t)
	if table := os.Getenv("THAW_RATELIMIT_TABLE"); table != "" {
		hammer(t, client, table)
		return
	}
	table := "limits-" + rand.Text()[:8]
	proof.Table(t, client, dynamotest.Table(table, "id"))

	const processes = 6
	outputs := make([]bytes.Buffer, processes)
	commands := make([]*exec.Cmd, processes)
	for i := range commands {
		commands[i] = exec.Command(os.Args[0], "-test.run=^TestProcesses$")
		commands[i].Env = append(os.Environ(), "THAW_RATELIMIT_TABLE="+table)
		commands[i].Stdout = &outputs[i]
		require.NoError(t, commands[i].Start())
	}
	wait(1500 * time.Millisecond)
	require.NoError(t, commands[0].Process.Kill())
	for i, c := range commands {
		if err := c.Wait(); i > 0 {
			require.NoError(t, err, outputs[i].String())
		}
	}
	for i := range processLimits {
		checkProcesses(t, i, outputs)
	}
}

// hammer asks for tokens of each limit for a second and prints the times of those
// that were granted.
func hammer(t *testing.T, client *dynamodb.Client, table string) {
	out := bufio.NewWriter(os.Stdout)
	for i := range processLimits {
		l, err := ratelimit.New(client, table, processLimits[i].limit, &processLimits[i].options)
		require.NoError(t, err)
		for end := time.Now().Add(time.Second); time.Now().Before(end); {
			d, err := l.Allow(t.Context(), "ada")
			var slow *ratelimit.StoreError
			if errors.As(err, &slow) && errors.Is(err, context.DeadlineExceeded) {
				continue // the server is busier than Timeout allows, which is no token
			}
			require.NoError(t, err)
			if d.Allowed {
				fmt.Fprintf(out, "granted %d %d\n", i, time.Now().UnixNano())
				require.NoError(t, out.Flush()) // before a kill
			} else {
				wait(min(d.RetryAfter, 5*time.Millisecond))
			}
		}
	}
}

// checkProcesses holds what all processes printed about a limit to its bound. The
// last line of a killed one may be missing: that is a token less.
func checkProcesses(t *testing.T, i int, outputs []bytes.Buffer) {
	t.Helper()
	var times []int64
	for p := range outputs {
		for line := range bytes.Lines(outputs[p].Bytes()) {
			f := bytes.Fields(line)
			if len(f) == 3 && string(f[0]) == "granted" && string(f[1]) == strconv.Itoa(i) {
				at, err := strconv.ParseInt(string(f[2]), 10, 64)
				require.NoError(t, err)
				times = append(times, at)
			}
		}
	}
	slices.Sort(times)
	limit, options := processLimits[i].limit, processLimits[i].options
	if limit.Per == 0 {
		limit.Per = time.Second
	}
	l, err := ratelimit.New(newFake().Client(), "limits", limit, &options)
	require.NoError(t, err)
	worst := 0
	for a := range times {
		for b := a; b < len(times); b++ {
			came := int((times[b] - times[a]) * int64(limit.Rate) / int64(limit.Per))
			worst = max(worst, b-a+1-limit.Burst-came)
		}
	}
	t.Logf("%s: %d granted, at most %d above the bucket's own, stated %d", options.Name, len(times), worst, l.Overshoot())
	require.LessOrEqual(t, worst, l.Overshoot()+1)
	require.GreaterOrEqual(t, len(times), limit.Burst-options.Batch)
}
