package peers

import (
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/hashicorp/golang-lru/v2/expirable"
)

type lruCache struct{ *lru.Cache[string, Payload] }

func newLRU(capacity int) Peer {
	c, err := lru.New[string, Payload](capacity)
	if err != nil {
		panic(err)
	}
	return lruCache{c}
}

func (c lruCache) Get(key string) (Payload, bool) { return c.Cache.Get(key) }

func (c lruCache) Set(key string, value Payload) { c.Add(key, value) }
func (c lruCache) Close()                        {}

type expirableCache struct {
	*expirable.LRU[string, Payload]
}

func newExpirable(capacity int) Peer {
	return expirableCache{expirable.NewLRU[string, Payload](capacity, nil, TTL)}
}

func (c expirableCache) Get(key string) (Payload, bool) { return c.LRU.Get(key) }

func (c expirableCache) Set(key string, value Payload) { c.Add(key, value) }
func (c expirableCache) Close()                        {} // its goroutine cannot be stopped
