// The program idempotency measures what idempotency.Wrap costs.
//
// Method. In memory: a wrapped function that does nothing, with a new key each
// time and with a repeated one. On DynamoDB: a new key against its two writes
// made by hand with the SDK, and a repeat against its one write that fails and
// returns the item; the requests are the same to the attribute, and the result is
// encoded and decoded. Neither hashes a key or makes a token by hand. A second
// contender by hand is a control: how far its ratio is from 1 is what the machine
// adds. The SDK's HTTP
// client reads the request and answers a canned document: no network, no server.
//
// One processor (GOMAXPROCS=1). In a round each contender gets 80 slices of 5 ms,
// in random order each time: long enough for twenty operations on a busy machine,
// so that all contenders begin with cold caches equally rarely. What counts is processor time (getrusage): per round
// the ratio to the SDK by hand, and of these ratios the median with its 95 %
// bounds. Other processes disturb all contenders of a round alike; the
// microseconds themselves are those of a busy machine. "fastest" are those of the
// fastest slice, which comes closest to a machine at rest.
//
//	go run ./dynamo/idempotency -rounds 21 | tee results/dynamo-idempotency.txt
package main

import (
	"flag"
	"os"
	"runtime"
	"time"

	"github.com/go-thaw/thaw/bench/dynamo/internal/measure"
)

func main() {
	rounds := flag.Int("rounds", 21, "number of rounds")
	slice := flag.Duration("slice", 5*time.Millisecond, "processor time of a slice")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	measure.Header(os.Stdout)
	measure.Table(os.Stdout, "in memory", measure.Interleave(*rounds, *slice, inMemory()))
	measure.Table(os.Stdout, "a new key on DynamoDB", measure.Interleave(*rounds, *slice, newKeys()))
	measure.Table(os.Stdout, "a repeat on DynamoDB", measure.Interleave(*rounds, *slice, repeats()))
}
