//go:build unix

package cache_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache"
)

// stoppedTTL is real time: a process that is stopped cannot be in a bubble.
const stoppedTTL = 200 * time.Millisecond

// A process is stopped for longer than the TTL, as an environment is frozen, and
// the first thing it does when it goes on is to read the cache. (On Linux both
// clocks go on while a process is stopped, so that the test of clocks that do
// not is TestExpiryByTwoClocks.)
func TestStoppedProcessServesNothingExpired(t *testing.T) {
	child := exec.Command(os.Args[0], "-test.run=^TestHelperStoppedProcess$")
	child.Env = append(os.Environ(), "THAW_CACHE_HELPER=1")
	stdin, err := child.StdinPipe()
	require.NoError(t, err)
	stdout, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	lines := bufio.NewScanner(stdout)

	require.True(t, lines.Scan())
	require.Equal(t, "stored: 4", lines.Text())
	require.NoError(t, child.Process.Signal(syscall.SIGSTOP))
	var status syscall.WaitStatus // the signal only asks for it
	_, err = syscall.Wait4(child.Process.Pid, &status, syscall.WUNTRACED, nil)
	require.NoError(t, err)
	require.True(t, status.Stopped())
	_, err = stdin.Write([]byte("read\n")) // it finds this when it goes on
	require.NoError(t, err)
	<-time.After(stoppedTTL)
	require.NoError(t, child.Process.Signal(syscall.SIGCONT))
	require.True(t, lines.Scan())
	require.Equal(t, "thawed: 0", lines.Text())
	require.NoError(t, child.Wait())
}

// TestHelperStoppedProcess is the process of the test above.
func TestHelperStoppedProcess(t *testing.T) {
	if os.Getenv("THAW_CACHE_HELPER") == "" {
		t.Skip("not a test")
	}
	options := []cache.Options[int, int]{
		{},
		{Policy: cache.S3FIFO},
		{Policy: cache.S3FIFO, ParallelReads: true},
		{Clock: cache.NewPinnedClock(nil, stoppedTTL)},
	}
	caches := make([]*cache.Cache[int, int], len(options))
	for i, o := range options {
		o.TTL, o.Jitter = stoppedTTL, exact
		caches[i] = cache.New(&o)
		caches[i].Set(1, 1)
	}
	found := func() (n int) {
		for _, c := range caches {
			if _, ok := c.Lookup(1); ok {
				n++
			}
		}
		return n
	}
	fmt.Println("stored:", found())
	bufio.NewScanner(os.Stdin).Scan()
	fmt.Println("thawed:", found())
}
