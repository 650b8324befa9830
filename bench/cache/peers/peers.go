// Package peers puts several caches behind one interface, to be measured side
// by side: a file per library.
package peers

import (
	"time"
)

// TTL is the time to live in all caches that have one: nothing expires while
// it is measured, but all of them have to look.
const TTL = 5 * time.Minute

// A Payload is what the caches keep: 96 bytes, by value.
type Payload [96]byte

// A Peer is a cache with string keys. Each has a method of its own that calls the
// library's, even where an embedded one would do: a method that the compiler
// promotes saves copying the value once more, which is a tenth of a hit.
type Peer interface {
	Get(key string) (Payload, bool)
	Set(key string, value Payload)
	// Close ends what the constructor started, if that is possible.
	Close()
}

// A Maker makes a Peer of the given capacity.
type Maker struct {
	Name string
	Make func(capacity int) Peer
}

// All returns all caches to measure. The first is what the ratios refer to.
func All() []Maker {
	return append([]Maker{
		{"lru.Cache (no TTL)", newLRU},
		{"expirable", newExpirable},
		{"otter", newOtter},
		{"ttlcache", newTTLCache},
		{"ristretto", newRistretto},
		{"go-cache", newGoCache},
	}, ours()...)
}
