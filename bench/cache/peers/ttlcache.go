package peers

import "github.com/jellydator/ttlcache/v3"

type ttlCache struct {
	*ttlcache.Cache[string, Payload]
}

func newTTLCache(capacity int) Peer {
	return ttlCache{ttlcache.New(
		ttlcache.WithCapacity[string, Payload](uint64(capacity)),
		ttlcache.WithTTL[string, Payload](TTL),
		ttlcache.WithDisableTouchOnHit[string, Payload](),
	)}
}

func (c ttlCache) Get(key string) (Payload, bool) {
	item := c.Cache.Get(key)
	if item == nil {
		return Payload{}, false
	}
	return item.Value(), true
}

func (c ttlCache) Set(key string, value Payload) {
	c.Cache.Set(key, value, ttlcache.DefaultTTL)
}
func (c ttlCache) Close() {}
