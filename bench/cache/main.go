// The program cache measures package cache beside other caches.
//
// Method. Every measurement is a testing.Benchmark. All caches are measured one
// after the other, and that is repeated: a pass is one measurement of each, so
// that whatever else the machine does hits all of them alike. The figure is the
// median over the passes. What counts are the ratios of one run, not its
// nanoseconds. Hits are measured twice: in a loop of nothing but hits, where all
// caches are at their best, and with other work between them.
//
//	go run ./cache -passes 7 -time 60ms | tee results/cache.txt
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-thaw/thaw/bench/cache/peers"
)

// A measure is one of the things to measure: a function of a cache.
type measure struct {
	name string
	run  func(peers.Maker, *testing.B)
}

func main() {
	if name := os.Getenv(construct); name != "" {
		constructOne(name)
		return
	}
	testing.Init()
	passes := flag.Int("passes", 7, "measurements of each")
	each := flag.Duration("time", 60*time.Millisecond, "duration of a measurement")
	traces := flag.Bool("traces", false, "write hit rates instead")
	only := flag.String("only", "", "measure only what has this in its heading")
	flag.Parse()
	if err := flag.Set("test.benchtime", each.String()); err != nil {
		panic(err)
	}
	fmt.Printf("# %s, %s %s/%s, %d processors, GOMAXPROCS %d\n",
		time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), runtime.GOMAXPROCS(0))
	fmt.Printf("# command: go run ./cache %s\n", strings.Join(os.Args[1:], " "))
	if *traces {
		hitRates(os.Stdout)
		return
	}
	for _, s := range sections(*passes) {
		if strings.Contains(s.heading, *only) {
			fmt.Printf("\n## %s\n\n", s.heading)
			s.write(os.Stdout)
		}
	}
}

// A section is a part of the output.
type section struct {
	heading string
	write   func(io.Writer)
}

func sections(passes int) []section {
	var all []section
	for _, m := range measures() {
		all = append(all, section{m.name, func(w io.Writer) { compare(w, m, passes) }})
	}
	return append(all,
		section{"hit after other work, 256 entries", func(w io.Writer) { apart(w, passes) }},
		section{"construction, 10,000 entries", func(w io.Writer) { construction(w, passes) }},
		section{"bytes per entry besides key and value, 10,000 entries after 30,000 sets", memory},
		section{"miss with a load that takes no time", func(w io.Writer) { misses(w, passes) }})
}

// compare measures all caches in turns and writes a table.
func compare(w io.Writer, m measure, passes int) {
	makers := peers.All()
	cpu, wall := make([][]float64, len(makers)), make([][]float64, len(makers))
	allocs := make([]int64, len(makers))
	for range passes {
		for i, maker := range makers {
			r := testing.Benchmark(func(b *testing.B) { m.run(maker, b) })
			cpu[i] = append(cpu[i], r.Extra[cpuMetric])
			wall[i] = append(wall[i], float64(r.T.Nanoseconds())/float64(r.N))
			allocs[i] = r.AllocsPerOp()
		}
	}
	fmt.Fprintf(w, "%-28s %15s %15s %15s %7s  %s\n", "", "processor", "time", "best time", "allocs", "processor time of all passes")
	for i, maker := range makers {
		fmt.Fprintf(w, "%-28s %8.1f %6.2f %8.1f %6.2f %8.1f %6.2f %7d  %.0f\n", maker.Name,
			median(cpu[i]), median(cpu[i])/median(cpu[0]),
			median(wall[i]), median(wall[i])/median(wall[0]),
			slices.Min(wall[i]), slices.Min(wall[i])/slices.Min(wall[0]), allocs[i], cpu[i])
	}
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
