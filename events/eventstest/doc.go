// Package eventstest is EventBridge in memory, for tests and for running a
// whole application in one process. The real SDK client works on it.
//
// # Getting started
//
//	fake := eventstest.New(nil)
//	fake.AddRule("default", "registrations", `{"detail-type": ["UserRegistered"]}`,
//		eventstest.Target{Invoke: router.Invoke})
//
//	pub, err := events.NewPublisher(fake.Client(), nil)
//	err = pub.Publish(ctx, UserRegistered.New(detail))
//	n, err := fake.Deliver(ctx) // runs the router
//
// # Semantics and limits
//
// PutEvents validates as EventBridge does and answers per entry; an event for a
// bus that does not exist is accepted and lost, as it is on AWS, and [Fake.Lost]
// returns it. Accepted events are matched against the rules of their bus and
// queued for their targets. Nothing happens in the background: [Fake.Deliver],
// [Fake.Drain] and [Fake.Run] deliver on the caller's goroutine.
//
// A delivery fails when the target returns an error. EventBridge retries it up
// to 185 times within 24 hours, then it goes to the dead-letter function of the
// target or is dropped. AWS does not publish the waits; here they double from a
// second to eight minutes, with which both bounds are reached about together,
// and they are not random. A target whose ARN is that of a Lambda function is
// retried as Lambda does with asynchronous invocations: twice, after one and
// two minutes.
//
// Schedules, archives, input transformers, permissions and tags are absent: a
// request that needs them fails.
//
// # Errors
//
// Operations answer with the error codes of AWS. Functions that set the fake up
// panic when they are misused.
//
// # Cost
//
// None: no sockets, no sleeping. Everything is kept until the fake is dropped,
// except for recorded calls, of which the newest 10,000 stay.
//
// # Concurrency
//
// A Fake is safe for concurrent use. Targets run without a lock, so they may
// publish, and several goroutines may deliver.
//
// # Testing
//
// [RequirePublished], [RequireDelivered] and [RequireMatch] fail with what came
// nearest. [Fake.Inject] and [Fake.FailEntries] make PutEvents fail.
package eventstest
