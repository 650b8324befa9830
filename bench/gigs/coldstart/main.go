// The program coldstart tells how large the functions of the starters are, how
// soon they are ready, and what the first request of the gigs API costs.
//
// Method. Size is that of the bootstrap for linux/arm64, built as the starter's
// Makefile builds it. For the times it is built for this machine and started
// under a Runtime API on the loopback interface, with a DynamoDB in memory of
// this process behind AWS_ENDPOINT_URL, over plain HTTP: no name, no handshake,
// no certificates. Ready is the time from the start of the process until it asks
// for its first invocation. A round starts each function once, in another order
// each time; the figures are medians over the rounds, and the fastest. A request
// of the gigs API is timed from the invocation to the whole answer, the first, the
// second and the tenth of the same kind in one process; each kind has processes
// of its own.
//
//	go run ./gigs/coldstart -rounds 51 | tee results/gigs-coldstart.txt
//
// It fails when the gigs API is larger than -limit bytes. Times are not judged.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/go-thaw/thaw/bench/gigs/functions"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// judged is the function whose size is limited.
const judged = "gigs/api"

// A program is a function with what was measured of it.
type program struct {
	functions.Function
	size   int64 // for arm64
	binary string
	env    []string
	ready  []time.Duration
}

func main() {
	examples := flag.String("examples", "../examples", "folder of the starters")
	rounds := flag.Int("rounds", 51, "starts of each function")
	limit := flag.Int64("limit", 12<<20, "bytes that "+judged+" may have")
	flag.Parse()
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "")
	check(err)
	defer os.RemoveAll(folder) // a folder of the system

	fake := dynamotest.New(nil)
	createTables(ctx, fake)
	server := httptest.NewServer(fake.Handler())
	defer server.Close()
	programs := build(ctx, *examples, folder, server.URL)
	measureReady(programs, *rounds)

	fmt.Printf("# %s, %s %s/%s, %d processors\n# command: go run ./gigs/coldstart %s\n\n",
		time.Now().UTC().Format("2006-01-02 15:04 MST"), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), strings.Join(os.Args[1:], " "))
	fmt.Printf("%-20s %14s %14s %10s %10s\n", "", "bytes (arm64)", "", "ready", "best")
	for _, p := range programs {
		fmt.Printf("%-20s %14d %11.1f MB %7.2f ms %7.2f ms\n", p.Name, p.size, float64(p.size)/(1<<20),
			milliseconds(median(p.ready)), milliseconds(slices.Min(p.ready)))
	}
	i := slices.IndexFunc(programs, func(p *program) bool { return p.Name == judged })
	if i < 0 {
		fail("there is no function %s", judged)
	}
	reportRequests(ctx, programs[i], *rounds)
	if size := programs[i].size; size > *limit {
		fail("%s has %d bytes, more than %d", judged, size, *limit)
	}
}

// build builds all functions, for their size and for this machine.
func build(ctx context.Context, examples, folder, endpoint string) (programs []*program) {
	all, err := functions.All(examples)
	check(err)
	for i, f := range all {
		p := &program{Function: f, binary: filepath.Join(folder, fmt.Sprint(i)), env: environment(f, endpoint)}
		check(f.Build(ctx, "arm64", p.binary))
		info, err := os.Stat(p.binary)
		check(err)
		p.size = info.Size()
		check(f.Build(ctx, runtime.GOARCH, p.binary))
		programs = append(programs, p)
	}
	return programs
}

// environment gives each variable its own name as value, in small letters, and
// the key of cursors the length it needs. A bundle of certificates that this
// machine may set is not read: Lambda sets none, and reading one takes the SDK
// 8 ms.
func environment(f functions.Function, endpoint string) []string {
	env := []string{
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"CURSOR_KEY=0123456789abcdef", "AWS_CA_BUNDLE=",
	}
	for _, name := range f.Variables {
		if name != "CURSOR_KEY" {
			env = append(env, name+"="+strings.ToLower(name))
		}
	}
	return env
}

func median(all []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(all))[len(all)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "coldstart: "+format+"\n", arguments...)
	os.Exit(1)
}
