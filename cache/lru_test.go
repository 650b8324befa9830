package cache

import (
	"math"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"
)

// lruOf returns an order with so many nodes, the first being the oldest.
func lruOf(n int) (*lru[int, int], []*node[int, int]) {
	l := newLRU[int, int]()
	nodes := make([]*node[int, int], n)
	for i := range nodes {
		nodes[i] = &node[int, int]{key: i}
		l.add(nodes[i], nil)
	}
	return l, nodes
}

func evictAll(l *lru[int, int]) (keys []int) {
	for n := l.evict(); n != nil; n = l.evict() {
		keys = append(keys, n.key)
	}
	return keys
}

func TestOrderOfMoreHitsThanAreWrittenDown(t *testing.T) {
	l, nodes := lruOf(maxMoving + 100)
	want := make([]int, len(nodes))
	for i := range nodes {
		n := nodes[len(nodes)-1-i]
		want[i] = n.key
		l.touch(n)
		require.LessOrEqual(t, len(l.moving), maxMoving)
	}
	require.Equal(t, want, evictAll(l))
}

func TestOrderWhenTheTicksRunOut(t *testing.T) {
	l, nodes := lruOf(4)
	l.tick = math.MaxUint32 - 2
	for _, i := range []int{3, 1, 3, 0, 2} {
		l.touch(nodes[i])
	}
	require.Equal(t, []int{1, 3, 0, 2}, evictAll(l))
}

// A value that was hit and then removed is free.
func TestNothingKeepsWhatWasRemoved(t *testing.T) {
	c := New(&Options[int, *[100]int]{})
	set := func(key int) weak.Pointer[[100]int] {
		value := new([100]int)
		c.Set(key, value)
		return weak.Make(value)
	}
	removed := set(1)
	set(2)
	for key := range 3 {
		c.Lookup(key)
	}
	c.Delete(1)
	require.Eventually(t, func() bool { runtime.GC(); return removed.Value() == nil }, 5*time.Second, time.Millisecond)
	runtime.KeepAlive(c)
}
