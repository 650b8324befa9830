package peers

import gocache "github.com/patrickmn/go-cache"

// goCache has no bound.
type goCache struct{ *gocache.Cache }

func newGoCache(int) Peer { return goCache{gocache.New(TTL, TTL)} }

func (c goCache) Get(key string) (Payload, bool) {
	value, ok := c.Cache.Get(key)
	if !ok {
		return Payload{}, false
	}
	return value.(Payload), true
}

func (c goCache) Set(key string, value Payload) { c.SetDefault(key, value) }
func (c goCache) Close()                        {}
