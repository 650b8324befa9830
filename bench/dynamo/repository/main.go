// The program repository measures what dynamo.Repository adds to the AWS SDK.
//
// Method. The same operation is done in several ways: by hand with the SDK and
// attributevalue, with our repository, and with guregu/dynamo. All of them use
// one SDK client, whose HTTP client reads the request and answers a canned
// document: no network, no server. The struct has ten fields (five strings, two
// integers, a bool, a time, a list and a map of three strings).
//
// One processor (GOMAXPROCS=1). In a round each contender gets 20 slices of 2 ms,
// in random order each time. What counts is processor time (getrusage): per
// round the ratio to the SDK by hand, and of these ratios the median with its
// 95 % bounds. Other processes disturb all contenders of a round alike; the
// microseconds themselves are those of a busy machine.
//
//	go run ./dynamo/repository -rounds 101 | tee results/dynamo-repository.txt
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/go-thaw/thaw/bench/dynamo/internal/measure"
)

func main() {
	rounds := flag.Int("rounds", 101, "number of rounds")
	slice := flag.Duration("slice", 500*time.Microsecond, "processor time of a slice")
	only := flag.String("only", "", "measure only what has this in its name")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	measure.Header(os.Stdout)
	for _, c := range comparisons() {
		if strings.Contains(c.name, *only) {
			write(c.name, measure.Interleave(*rounds, *slice, c.contenders))
		}
	}
}

// write also compares the repository with guregu/dynamo.
func write(name string, results []measure.Result) {
	measure.Table(os.Stdout, name, results)
	for i := 1; i < len(results); i++ {
		if !strings.HasPrefix(results[i].Name, "repository") {
			continue
		}
		for j := range results {
			if strings.HasPrefix(results[j].Name, "guregu") {
				median, low, high := results[i].Ratio(&results[j])
				fmt.Printf("%s / %s: %.3f (%.3f - %.3f)\n", results[i].Name, results[j].Name, median, low, high)
			}
		}
	}
}
