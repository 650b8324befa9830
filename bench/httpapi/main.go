// The program httpapi measures package httpapi beside other ways to serve HTTP
// on Lambda, from the bytes of an event to the bytes of an answer.
//
// Method. Every measurement is a testing.Benchmark of one call of Invoke, with a
// deadline as Lambda gives it. All contenders are measured one after the other,
// and that is repeated: a pass is one measurement of each, so that whatever else
// the machine does hits all of them alike. What is compared is processor time,
// garbage collection included, of all threads; the figure is the median over
// the passes, the ratio the median of the ratios within each pass. Before
// anything is measured, every contender must give the answer that the first
// gives.
//
// events/ has what a browser sends with a JSON body of 964 bytes to a REST API,
// an HTTP API (payload format 2.0) and a function URL, all with a token, and to
// a load balancer with multi-value headers.
//
//	go run ./httpapi -passes 11 -time 100ms | tee results/httpapi.txt
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A contender is one of the things to compare. run does the work once and
// returns the answer.
type contender struct {
	name string
	run  func() []byte
}

// A comparison is a table of the output.
type comparison struct {
	name       string
	contenders []contender
}

func main() {
	testing.Init()
	passes := flag.Int("passes", 11, "measurements of each")
	each := flag.Duration("time", 100*time.Millisecond, "duration of a measurement")
	procs := flag.Int("procs", 1, "GOMAXPROCS; a function of less than 1,769 MB has less than one processor")
	only := flag.String("only", "", "measure only what has this in its name")
	flag.Parse()
	if err := flag.Set("test.benchtime", each.String()); err != nil {
		panic(err)
	}
	runtime.GOMAXPROCS(*procs)
	fmt.Printf("# %s, %s %s/%s, %d processors, GOMAXPROCS %d\n",
		time.Now().UTC().Format("2006-01-02 15:04 MST"), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), *procs)
	fmt.Printf("# command: go run ./httpapi %s\n", strings.Join(os.Args[1:], " "))
	for _, c := range append(adapters(), typed()...) {
		if strings.Contains(c.name, *only) {
			c.check()
			c.measure(os.Stdout, *passes)
		}
	}
}

// check panics when a contender gives another answer than the first.
func (c comparison) check() {
	want := bodyOf(c.contenders[0].run())
	for _, other := range c.contenders[1:] {
		if got := bodyOf(other.run()); got != want {
			panic(fmt.Sprintf("%s: %s answers\n%s\nand %s\n%s", c.name, c.contenders[0].name, want, other.name, got))
		}
	}
}

// bodyOf returns the body of an answer: of a stream, what follows its prelude;
// of a document for Lambda, its member; or else the answer itself.
func bodyOf(answer []byte) string {
	if _, body, ok := bytes.Cut(answer, make([]byte, 8)); ok {
		return string(body)
	}
	var document struct {
		StatusCode      int
		Body            string
		IsBase64Encoded bool
	}
	if err := json.Unmarshal(answer, &document); err != nil || document.StatusCode == 0 {
		return string(answer)
	}
	if document.StatusCode != http.StatusOK || document.IsBase64Encoded {
		return fmt.Sprintf("%+v", document)
	}
	return document.Body
}

// measure measures all contenders in turns and writes a table.
func (c comparison) measure(w io.Writer, passes int) {
	cpu := make([][]float64, len(c.contenders))
	results := make([]testing.BenchmarkResult, len(c.contenders))
	for range passes {
		for i, contender := range c.contenders {
			results[i] = testing.Benchmark(contender.benchmark)
			cpu[i] = append(cpu[i], results[i].Extra[cpuMetric])
		}
	}
	fmt.Fprintf(w, "\n## %s\n\n%-34s %9s %7s %9s %8s %7s  %s\n", c.name,
		"", "processor", "ratio", "best", "bytes", "allocs", "µs of processor time of all passes")
	for i, contender := range c.contenders {
		ratios := make([]float64, passes)
		for pass := range ratios {
			ratios[pass] = cpu[i][pass] / cpu[0][pass]
		}
		fmt.Fprintf(w, "%-34s %6.1f µs %7.2f %6.1f µs %8d %7d  %.1f\n", contender.name, median(cpu[i]), median(ratios),
			slices.Min(cpu[i]), results[i].AllocedBytesPerOp(), results[i].AllocsPerOp(), cpu[i])
	}
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

const cpuMetric = "cpu-µs/op"

// benchmark measures c with the processor time of all threads.
func (c contender) benchmark(b *testing.B) {
	b.ReportAllocs()
	before := cpuTime()
	for range b.N {
		c.run()
	}
	b.ReportMetric(float64((cpuTime()-before).Nanoseconds())/1000/float64(b.N), cpuMetric)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
