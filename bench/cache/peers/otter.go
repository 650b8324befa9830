package peers

import "github.com/maypok86/otter/v2"

type otterCache struct {
	*otter.Cache[string, Payload]
}

func newOtter(capacity int) Peer {
	return otterCache{otter.Must(&otter.Options[string, Payload]{
		MaximumSize:      capacity,
		ExpiryCalculator: otter.ExpiryWriting[string, Payload](TTL),
	})}
}

func (c otterCache) Get(key string) (Payload, bool) { return c.GetIfPresent(key) }
func (c otterCache) Set(key string, value Payload)  { c.Cache.Set(key, value) }
func (c otterCache) Close()                         { c.StopAllGoroutines() }
