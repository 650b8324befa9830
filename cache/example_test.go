package cache_test

import (
	"context"
	"fmt"
	"time"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/cachetest"
)

// The second read of a key is answered from memory, until the entry expires. A
// freeze counts: the environment was away for an hour, the value is an hour old.
func Example() {
	ctx := context.Background()
	clock := cachetest.NewClock()
	c := cache.New(&cache.Options[string, string]{
		Capacity: 1000,
		TTL:      5 * time.Minute,
		Load: func(ctx context.Context, id string) (string, error) {
			fmt.Println("loading", id)
			return "Guitarist wanted", nil
		},
		Clock: clock, // only so that the example can be frozen
	})

	for range 2 {
		gig, err := c.Get(ctx, "g-1")
		fmt.Println(gig, err)
	}
	clock.Freeze(time.Hour)
	_, ok := c.Lookup("g-1")
	fmt.Println("after the thaw:", ok)

	// Output:
	// loading g-1
	// Guitarist wanted <nil>
	// Guitarist wanted <nil>
	// after the thaw: false
}

func ExampleExpectedHitRate() {
	for _, every := range []time.Duration{5 * time.Second, 53 * time.Second, 10 * time.Minute} {
		rate := cache.ExpectedHitRate(1/every.Seconds(), 5*time.Minute)
		fmt.Printf("one read per %v: %.0f %%\n", every, 100*rate)
	}

	// Output:
	// one read per 5s: 98 %
	// one read per 53s: 85 %
	// one read per 10m0s: 33 %
}
