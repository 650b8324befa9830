// The program ready measures how large the bootstraps of functions are and how
// soon they are ready.
//
// Method. Each bootstrap is built as for a deployment, twice: as it is, and with
// a handler that logs with log/slog, as most functions do, which links that
// package into all of them. A round starts each once, in turns and in another
// order each time, under a Runtime API on the loopback interface; ready is the
// time from the start of the process until it asks for its first invocation, cpu
// the processor time of the process until it then is killed. Both are medians
// over the rounds; over bare is the median of the differences within each round.
//
//	go run ./httpapi/ready -rounds 101 | tee results/httpapi-ready.txt
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A bootstrap is one program with what was measured of it.
type bootstrap struct {
	name, program string
	size          int64
	ready, cpu    []time.Duration
}

func main() {
	rounds := flag.Int("rounds", 101, "starts of each")
	flag.Parse()
	fmt.Printf("# %s, %s %s/%s, %d processors\n# command: go run ./httpapi/ready %s\n# build: go %s\n",
		time.Now().UTC().Format("2006-01-02 15:04 MST"), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), strings.Join(os.Args[1:], " "), strings.Join(build("PROGRAM", "PACKAGE", ""), " "))
	folder, err := os.MkdirTemp("", "")
	check(err)
	defer os.RemoveAll(folder) // a folder of the system
	for _, variant := range []struct{ name, tag string }{{"as they are", ""}, {"with log/slog", "logs"}} {
		all := buildAll(folder, variant.tag)
		for range *rounds {
			for _, i := range rand.Perm(len(all)) {
				all[i].start()
			}
		}
		report(variant.name, all)
	}
}

// build returns the arguments of go.
func build(program, pkg, tag string) []string {
	tags := strings.TrimSuffix("lambda.norpc,"+tag, ",")
	return []string{"build", "-trimpath", "-tags", tags, "-ldflags", "-s -w", "-o", program, pkg}
}

// buildAll builds all bootstraps. The first is what the others are compared to.
func buildAll(folder, tag string) (all []*bootstrap) {
	for _, name := range []string{"bare", "awslabs", "lambdaurl", "adapter", "start", "huma"} {
		b := &bootstrap{name: name, program: filepath.Join(folder, name+tag)}
		cmd := exec.Command("go", build(b.program, "./httpapi/bootstrap/"+name, tag)...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
		cmd.Stderr = os.Stderr
		check(cmd.Run())
		info, err := os.Stat(b.program)
		check(err)
		b.size = info.Size()
		all = append(all, b)
	}
	return all
}

// start starts the bootstrap once.
func (b *bootstrap) start() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	asked := make(chan time.Time, 1)
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- time.Now()
		<-r.Context().Done() // there is no invocation
	})}
	go server.Serve(listener) // ends with Close
	cmd := exec.Command(b.program)
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "_HANDLER=bootstrap"}
	began := time.Now()
	check(cmd.Start())
	select {
	case at := <-asked:
		b.ready = append(b.ready, at.Sub(began))
	case <-time.After(10 * time.Second):
		panic(b.name + " is never ready")
	}
	check(cmd.Process.Kill())
	cmd.Wait() // killed
	b.cpu = append(b.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	check(server.Close())
}

// report writes a table.
func report(variant string, all []*bootstrap) {
	base := all[0]
	fmt.Printf("\n## %s\n\n%-10s %10s %14s %12s %14s %12s %10s %14s\n", variant,
		"", "bytes", "over awslabs", "ready", "over bare", "best", "cpu", "over bare")
	for _, b := range all {
		fmt.Printf("%-10s %10d %+14d %9.2f ms %+11.2f ms %9.2f ms %7.2f ms %+11.2f ms\n",
			b.name, b.size, b.size-all[1].size,
			milliseconds(median(b.ready)), milliseconds(median(differences(b.ready, base.ready))),
			milliseconds(slices.Min(b.ready)),
			milliseconds(median(b.cpu)), milliseconds(median(differences(b.cpu, base.cpu))))
	}
}

func differences(a, b []time.Duration) []time.Duration {
	out := make([]time.Duration, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func check(err error) {
	if err != nil {
		panic(err)
	}
}
