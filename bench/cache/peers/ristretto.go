package peers

import "github.com/dgraph-io/ristretto/v2"

type ristrettoCache struct {
	*ristretto.Cache[string, Payload]
}

func newRistretto(capacity int) Peer {
	c, err := ristretto.NewCache(&ristretto.Config[string, Payload]{
		NumCounters: int64(10 * capacity), // what its documentation advises
		MaxCost:     int64(capacity),
		BufferItems: 64,
		// Else its own bookkeeping is part of the cost, and an entry of cost 1
		// takes 57.
		IgnoreInternalCost: true,
	})
	if err != nil {
		panic(err)
	}
	return ristrettoCache{c}
}

func (c ristrettoCache) Get(key string) (Payload, bool) { return c.Cache.Get(key) }

func (c ristrettoCache) Set(key string, value Payload) { c.SetWithTTL(key, value, 1, TTL) }
