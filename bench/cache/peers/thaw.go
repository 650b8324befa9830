package peers

import "github.com/go-thaw/thaw/cache"

type thawCache struct {
	*cache.Cache[string, Payload]
	release func()
}

func (c *thawCache) Get(key string) (Payload, bool) { return c.Lookup(key) }
func (c *thawCache) Close()                         { c.release() }

// ours returns our cache in its arrangements, under each clock.
func ours() []Maker {
	arrangements := []struct {
		name    string
		options cache.Options[string, Payload]
	}{
		{"thaw LRU", cache.Options[string, Payload]{}},
		{"thaw S3FIFO", cache.Options[string, Payload]{Policy: cache.S3FIFO}},
		{"thaw parallel", cache.Options[string, Payload]{Policy: cache.S3FIFO, ParallelReads: true}},
	}
	var makers []Maker
	for _, a := range arrangements {
		for _, clock := range []string{"both clocks", "monotonic", "pinned"} {
			makers = append(makers, Maker{a.name + ", " + clock, func(capacity int) Peer {
				return newThaw(a.options, clock, capacity)
			}})
		}
	}
	return makers
}

func newThaw(o cache.Options[string, Payload], clock string, capacity int) Peer {
	o.Capacity, o.TTL = capacity, TTL
	release := func() {}
	switch clock {
	case "monotonic":
		o.Clock = cache.MonotonicClock()
	case "pinned":
		pinned := cache.NewPinnedClock(nil, 0)
		release = pinned.Pin()
		o.Clock = pinned
	}
	return &thawCache{cache.New(&o), release}
}
