// Package cache keeps values in the memory of a warm execution environment,
// and loads each of them once however many callers ask.
//
// It is made for processes that are frozen between uses. An entry expires by
// the wall clock or by the monotonic clock, whichever says so first, so that
// neither a clock that stood still during a freeze nor one that was stepped
// back lets an expired value through. Nothing runs in the background: expiry
// happens on access, and loads run because somebody asked.
//
// # Getting started
//
// Make one cache per process, outside the handler, and ask it for values:
//
//	gigs := cache.New(&cache.Options[string, Gig]{
//		Capacity: 1000,
//		TTL:      5 * time.Minute,
//		Load:     func(ctx context.Context, id string) (Gig, error) { … },
//	})
//	gig, err := gigs.Get(ctx, "g-1")
//
// [Cache.Get] and [Cache.GetMany] load what is missing, [Cache.Lookup] never
// does. [Cache.Set] and [Cache.Delete] are for the side that changes values,
// [Cache.Refresh] for the one that must have the latest, and [Cache.Do] for values
// that show in use that they are out of date, such as passwords; package secrets
// has loaders for those.
//
// # Semantics and limits
//
// Expiry. An entry may be served for its time to live, shortened by a random
// part of at most Options.Jitter. Its life begins when its load begins. It has
// expired as soon as either clock says so, and also when the wall clock shows a
// time before the entry was stored: the clock was stepped back, and the entry's
// age can no longer be told. Hits within a microsecond of each other share one
// reading of the wall clock; that is too short for anything to come in from outside
// and tell of a thaw.
//
// What no process can detect is a snapshot that is restored with both clocks as
// they were, or a life of which one clock misses one part and the other clock
// another. Call [Cache.Clear] in a restore hook if your platform has one.
//
// Loading. One load per key runs at a time. It runs on a goroutine of its own,
// with the values of the first caller's context, without its cancellation and
// with a timeout of its own, so that one caller who gives up does not fail the
// others. Each caller waits no longer than its own context allows. A load that
// was frozen half-way, or hangs, is not joined after its timeout and its result
// is not stored. Neither is the result of a load whose key was set or deleted
// meanwhile.
//
// Staleness. Only if Options.StaleWhileRevalidate or StaleIfError allows it, and
// only from Get and GetMany, an expired value is served: while its replacement
// is loaded, or because loading it failed. Both windows are measured by the same
// two clocks, and end. After a failure the origin is left alone for one second
// at first and for half a minute in the end.
//
// Room. At most Options.Capacity entries are kept, and Options.MaxBytes in
// total. [LRU] evicts the one that was used least recently; [S3FIFO] hits more
// often where some keys are more popular than others, at the price of some 90
// bytes per entry for what it remembers. Expired entries are removed when they
// are come across, and a few with each store, so they may occupy memory for a
// while but are never served, nor counted by [Cache.Len].
//
// Sharing. Values are shared between the cache and all callers; treat them as
// read-only, or set Options.Clone. Several environments can share a second tier,
// see [Store].
//
// Hit rate. It is a property of the traffic, not of the cache: a key that is
// read λ times a second in one environment and lives T seconds is hit with a
// rate of λT/(1+λT), see [ExpectedHitRate]. Each environment has a cache of its
// own and fills it itself, so the more environments share the traffic, the
// lower the rate. With 5 minutes and popularity that follows Zipf's law, 100
// keys reach 85 % for the popular fifth at one read every two seconds per
// environment; 1000 keys need 5 reads a second. The tests simulate both.
//
// # Errors
//
// Get returns the error of its context as it is, and everything that went
// wrong with a load as a [*LoadError] around the cause: what Load returned,
// [ErrNotFound], [ErrLoadTimeout], [ErrNoLoader], a [*PanicError], or
// [ErrLoaderExited]. GetMany returns a [*ManyError] beside the values that it
// could get. [New] panics on impossible options, with a message that names the
// field and the rule.
//
// # Cost
//
// A hit takes one lock and one reading of the clocks, and allocates nothing. It
// costs some 1.6 times as much as one of golang-lru's lru.Cache, which has no
// expiry, where hits follow each other within a microsecond, and some 20 ns more
// where they do not; most of it is reading the clocks, which a [PinnedClock] saves.
// A miss adds a goroutine to what the load costs, about one microsecond; its timer
// is made when somebody waits for it. An entry takes about 200 bytes besides its key
// and value. A cache makes no calls of its own: the origin sees one load per key,
// per life of an entry, per environment. The figures are in bench/results.
//
// # Concurrency
//
// All methods may be called concurrently, from overlapping invocations too.
// Functions in the options are called without any lock held, so they may use
// the cache. Where many goroutines read at once, Options.ParallelReads lets them
// do so without a lock.
//
// Call [Cache.Wait] before a handler returns if loads may outlive their callers,
// or let [Wrap] do it: a load that is frozen with the environment is lost.
//
// # Testing
//
// Package cachetest has a clock whose two readings move apart, and a scripted
// origin; package cachetest/trace has reads to measure hit rates with. In a
// [testing/synctest] bubble the cache works with its default clock.
package cache
