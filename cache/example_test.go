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

// A stale value is good enough while the next one is on its way. The refresh
// overlaps the handler, and Wrap makes sure that it is over before the
// environment may be frozen.
func ExampleWrap() {
	clock := cachetest.NewClock()
	origin := cachetest.NewLoader(map[string]string{"banner": "Welcome"})
	banners := cache.New(&cache.Options[string, string]{
		TTL:                  time.Minute,
		StaleWhileRevalidate: time.Hour,
		Load:                 origin.Load,
		Clock:                clock,
	})
	h := cache.Wrap(handlerFunc(func(ctx context.Context, _ []byte) ([]byte, error) {
		banner, err := banners.Get(ctx, "banner")
		return []byte(banner), err
	}), banners) // lambda.Start(h)

	for range 3 {
		response, err := h.Invoke(context.Background(), nil)
		fmt.Println(string(response), err)
		origin.Put("banner", "Welcome back")
		clock.Freeze(10 * time.Minute)
	}

	// Output:
	// Welcome <nil>
	// Welcome <nil>
	// Welcome back <nil>
}

// A DynamoDB table as the second tier: the environments share what they have
// loaded, and the table's time to live removes it in the end. The interface
// here is what such a table looks like to an application, for instance with
// package dynamo.
func ExampleStore() {
	type item struct {
		Key     string    // partition key
		Value   string    //
		Expires time.Time // the table's time-to-live attribute
	}
	table := map[string]item{}

	origin := cachetest.NewLoader(map[string]string{"g-1": "Guitarist wanted"})
	newEnvironment := func() *cache.Cache[string, string] {
		return cache.New(&cache.Options[string, string]{
			Load: origin.Load,
			Store: cache.Store[string, string]{
				Get: func(_ context.Context, key string) (string, time.Time, error) {
					found, ok := table[key] // GetItem
					if !ok {
						return "", time.Time{}, cache.ErrNotFound
					}
					return found.Value, found.Expires, nil
				},
				Put: func(_ context.Context, key, value string, expires time.Time) error {
					table[key] = item{key, value, expires} // PutItem
					return nil
				},
			},
		})
	}
	ctx := context.Background()
	for range 3 {
		c := newEnvironment()
		gig, err := c.Get(ctx, "g-1")
		fmt.Println(gig, err, c.Wait(ctx))
	}
	fmt.Println("loads from the origin:", origin.Count("g-1"))

	// Output:
	// Guitarist wanted <nil> <nil>
	// Guitarist wanted <nil> <nil>
	// Guitarist wanted <nil> <nil>
	// loads from the origin: 1
}

// A handler that reads many entries reads the clocks once.
func ExamplePinnedClock() {
	clock := cache.NewPinnedClock(nil, 0)
	prices := cache.New(&cache.Options[string, int]{Clock: clock})
	prices.Set("g-1", 120)
	prices.Set("g-2", 80)
	h := clock.Wrap(handlerFunc(func(context.Context, []byte) ([]byte, error) {
		sum := 0
		for _, id := range []string{"g-1", "g-2"} {
			price, _ := prices.Lookup(id)
			sum += price
		}
		return fmt.Append(nil, sum), nil
	})) // lambda.Start(h)
	response, err := h.Invoke(context.Background(), nil)
	fmt.Println(string(response), err)

	// Output:
	// 200 <nil>
}
