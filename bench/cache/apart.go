package main

import (
	"fmt"
	"io"
	"time"

	"github.com/go-thaw/thaw/bench/cache/peers"
)

// nothing is what the others are compared with: a cache that does not look.
type nothing struct{}

func (nothing) Get(string) (peers.Payload, bool) { return peers.Payload{}, true }
func (nothing) Set(string, peers.Payload)        {}
func (nothing) Close()                           {}

// apart writes what a hit costs if other work of some microseconds lies between it
// and the one before, as in a handler and not in a loop of hits: the time of work
// and hit, less that of the work. Part of a hit overlaps the work, in the
// processor.
func apart(w io.Writer, passes int) {
	const n, rounds = 256, 4096
	keys := names(n)
	makers := append([]peers.Maker{{Name: "no hit", Make: func(int) peers.Peer { return nothing{} }}}, peers.All()...)
	caches := make([]peers.Peer, len(makers))
	for i, maker := range makers {
		caches[i] = filled(maker, keys)
		defer caches[i].Close()
	}
	wall := make([][]float64, len(makers))
	for range 3 * passes {
		for i, c := range caches {
			began := time.Now()
			for round := range rounds {
				work()
				sink, _ = c.Get(keys[round%n])
			}
			wall[i] = append(wall[i], float64(time.Since(began).Nanoseconds())/rounds)
		}
	}
	fmt.Fprintf(w, "%-28s %9s %9s\n", "", "time", "less work")
	for i, maker := range makers {
		fmt.Fprintf(w, "%-28s %9.1f %9.1f\n", maker.Name, median(wall[i]), median(wall[i])-median(wall[0]))
	}
}

var worked uint64

// work takes some two microseconds without memory.
func work() {
	x := worked | 1
	for range 2500 {
		x = x*6364136223846793005 + 1442695040888963407
	}
	worked = x
}
