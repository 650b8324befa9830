package cache

import "fmt"

// A Policy says which entry makes room for a new one.
type Policy int

const (
	// LRU evicts the entry that was used least recently.
	LRU Policy = iota
	// S3FIFO evicts entries that were read only once soon, and keeps others
	// that are read again and again, so that a scan over many keys does not
	// empty the cache. With keys of very different popularity it hits about a
	// tenth more often than LRU in small caches. It is made of three queues,
	// see https://s3fifo.com.
	S3FIFO
)

func (p Policy) known() bool { return p == LRU || p == S3FIFO }

// String returns the name of the constant.
func (p Policy) String() string {
	switch p {
	case LRU:
		return "LRU"
	case S3FIFO:
		return "S3FIFO"
	}
	return fmt.Sprintf("Policy(%d)", int(p))
}

// A Cause says why a value left the cache.
type Cause int

const (
	// Evicted: it made room for another.
	Evicted Cause = iota
	// Expired: its time had passed.
	Expired
	// Deleted: by Delete or Clear, or because a load found that it is gone.
	Deleted
	// Replaced: by another value of the same key.
	Replaced
)

// String returns the name of the constant.
func (c Cause) String() string {
	switch c {
	case Evicted:
		return "Evicted"
	case Expired:
		return "Expired"
	case Deleted:
		return "Deleted"
	case Replaced:
		return "Replaced"
	}
	return fmt.Sprintf("Cause(%d)", int(c))
}

// An order knows which node is to be evicted next. The cache's lock protects
// it.
type order[K comparable, V any] interface {
	// add puts in a node that is not in the order, in place of old, which was
	// removed, or as a new one if old is nil.
	add(n, old *node[K, V])
	remove(n *node[K, V])
	// evict removes and returns the node to do without, or nil if there is
	// none.
	evict() *node[K, V]
	// cold returns one of the nodes near eviction, or nil. Which one depends on
	// i, a small number, where there are several.
	cold(i int) *node[K, V]
}
