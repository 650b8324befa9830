package cache

import (
	"hash/maphash"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// smallShare is the part of the capacity that new nodes pass through: a tenth,
// as in the paper (https://dl.acm.org/doi/10.1145/3600006.3613147).
const smallShare = 10

// promotion is how many hits take a node from the small queue to the main one.
// One would do for popularity that is merely skewed (within 0.2 points of hits),
// but two keeps keys out that are read in a loop too long for the cache, for 5
// points more there. It is the paper's choice too.
const promotion = 2

// s3fifo keeps nodes in two queues. A new node enters the small one; at its end
// it moves on to the main queue if it was used twice, and is evicted otherwise. A node at the end of the main queue goes round again as often as
// it was used. The ghost remembers the hashes of the keys that were evicted
// from the small queue; if one comes back, it enters the main queue at once.
//
// The queues are golang-lru's lists, used without ever moving a node on a hit:
// a hit only counts, so that it needs no lock.
type s3fifo[K comparable, V any] struct {
	capacity int
	smallest int // the length below which the small queue is left alone
	small    *list[K, V]
	main     *list[K, V]
	ghost    *simplelru.LRU[uint64, struct{}] // nil until something was evicted
	seed     maphash.Seed
}

func newS3FIFO[K comparable, V any](capacity int) *s3fifo[K, V] {
	return &s3fifo[K, V]{
		capacity: capacity,
		smallest: max(1, capacity/smallShare),
		small:    newList[K, V](),
		main:     newList[K, V](),
		seed:     maphash.MakeSeed(),
	}
}

// remember puts a key on the ghost, which is as long as the main queue. A hash
// costs it about 80 bytes, whatever the key.
func (s *s3fifo[K, V]) remember(key K) {
	if s.ghost == nil {
		ghost, err := simplelru.NewLRU[uint64, struct{}](max(1, s.capacity-s.smallest), nil)
		if err != nil {
			panic(err) // it only refuses a size below 1
		}
		s.ghost = ghost
	}
	s.ghost.Add(maphash.Comparable(s.seed, key), struct{}{})
}

// remembers reports whether a key was on the ghost, and takes it off.
func (s *s3fifo[K, V]) remembers(key K) bool {
	return s.ghost != nil && s.ghost.Remove(maphash.Comparable(s.seed, key))
}

func (s *s3fifo[K, V]) add(n, old *node[K, V]) {
	if old != nil { // a new value is not a new key
		n.main = old.main
		n.uses.Store(old.uses.Load())
	} else {
		n.main = s.remembers(n.key)
	}
	s.queue(n).Add(n, struct{}{})
}

func (s *s3fifo[K, V]) remove(n *node[K, V]) { s.queue(n).Remove(n) }

func (s *s3fifo[K, V]) queue(n *node[K, V]) *list[K, V] {
	if n.main {
		return s.main
	}
	return s.small
}

// evict ends: each step takes a node out, moves one from small to main, or
// counts down the uses of one in main.
func (s *s3fifo[K, V]) evict() *node[K, V] {
	for s.small.Len()+s.main.Len() > 0 {
		step := s.stepMain
		if s.small.Len() >= s.smallest || s.main.Len() == 0 {
			step = s.stepSmall
		}
		if n := step(); n != nil {
			return n
		}
	}
	return nil
}

func (s *s3fifo[K, V]) stepSmall() *node[K, V] {
	n, _, _ := s.small.RemoveOldest()
	if n.uses.Load() < promotion {
		s.remember(n.key)
		return n
	}
	n.uses.Store(0)
	n.main = true
	s.main.Add(n, struct{}{})
	return nil
}

func (s *s3fifo[K, V]) stepMain() *node[K, V] {
	n, _, _ := s.main.RemoveOldest()
	uses := n.uses.Load()
	if uses == 0 {
		return n
	}
	n.uses.Store(uses - 1)
	s.main.Add(n, struct{}{})
	return nil
}

func (s *s3fifo[K, V]) cold(i int) *node[K, V] {
	queue := s.small
	if i%2 == 1 {
		queue = s.main
	}
	n, _, _ := queue.GetOldest()
	return n
}
