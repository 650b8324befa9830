// The program fake measures the DynamoDB of package dynamotest.
//
// Method. Everything runs on one processor (GOMAXPROCS=1), in processor time
// (getrusage), in rounds of short slices of all contenders in random order, so
// that whatever else the machine does hits all of them alike; figures are
// medians over the rounds.
//
// answers: the SDK's client sends the same request to the fake and to a stub
// that returns what the fake once answered, byte by byte. The difference is what
// the fake takes; "quiet" is the difference of the first deciles, of the rounds
// in which the machine was left alone. The items have ten attributes (about 330 bytes); the journal
// of calls is full, as it is after 10,000 calls.
//
// growth: requests made in advance go straight to the fake's handler, without
// the SDK, for tables of 1,000 to 1,000,000 items with ten items to a partition
// and two indexes (one entry, one ten to a partition). Keys are drawn at random.
// The heap of all tables together is over a gigabyte, whose collection would
// hide everything else: there is none while an operation is measured. The
// slowdown at the large end is the processor's cache more than the tree.
//
// memory: live heap with so many items, less that without, per item; beside it
// the size by which DynamoDB would charge for it.
//
//	go run ./dynamo/fake | tee results/dynamo-fake.txt
package main

import (
	"flag"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/go-thaw/thaw/bench/dynamo/internal/measure"
)

func main() {
	rounds := flag.Int("rounds", 61, "number of rounds")
	slice := flag.Duration("slice", 500*time.Microsecond, "processor time of a slice")
	only := flag.String("only", "answers,growth,memory", "what to measure")
	largest := flag.Int("largest", 1_000_000, "items of the largest table")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	measure.Header(os.Stdout)
	if strings.Contains(*only, "answers") {
		answers(*rounds, *slice)
	}
	if strings.Contains(*only, "growth") {
		growth(*rounds/4, *slice, *largest)
	}
	if strings.Contains(*only, "memory") {
		memory()
	}
}
