// Package cachetest helps to test code that uses package cache: a clock that
// moves by hand, and an origin that counts its loads.
//
// # Getting started
//
//	clock := cachetest.NewClock()
//	origin := cachetest.NewLoader(map[string]int{"a": 1})
//	c := cache.New(&cache.Options[string, int]{Load: origin.Load, Clock: clock})
//	…
//	clock.Freeze(time.Hour) // the environment was frozen for an hour
//	…                       // and everything is loaded again
//
// # Semantics and limits
//
// The clock moves only by [Clock.Advance] (both readings), [Clock.Freeze] and
// [Clock.Step] (the wall clock alone). It decides what has expired; it does not
// fire timers. Tests in which contexts or load timeouts end run in a
// [testing/synctest] bubble, where the cache's default clock works too: use
// this one where the two readings have to differ.
//
// # Errors
//
// A [Loader] answers [cache.ErrNotFound] for what it does not have, and the
// errors given to [Loader.Fail]. Impossible calls of the clock panic.
//
// # Cost
//
// Everything is in memory. Nothing sleeps, nothing starts a goroutine.
//
// # Concurrency
//
// All methods may be called concurrently.
//
// # Testing
//
// The package imports neither testing nor an assertion library, so that
// examples can use it too.
package cachetest
