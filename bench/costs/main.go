// The program costs measures package costs: what tracking an invocation takes and
// how fast logs are read.
//
// Method. Contenders take turns in short slices of processor time, in random
// order each round, so that whatever else the machine does hits all of them
// alike. A figure is the median over the rounds of the processor time of all
// threads (getrusage), which includes collecting garbage.
//
//	go run ./costs | tee results/costs.txt
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 31, "slices of each contender")
	slice := flag.Duration("slice", 20*time.Millisecond, "processor time of a slice")
	flag.Parse()
	out := os.Stdout
	fmt.Fprintf(out, "# %s, %s %s/%s, %d processors, GOMAXPROCS %d\n", time.Now().UTC().Format(time.DateOnly),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.GOMAXPROCS(0))
	fmt.Fprintf(out, "# command: go run ./costs %s\n", strings.Join(os.Args[1:], " "))
	tracking(out, *rounds, *slice)
	lines(out)
	reading(out, *rounds, *slice)
	memory(out)
}

func heading(w io.Writer, text string) { fmt.Fprintf(w, "\n## %s\n\n", text) }
