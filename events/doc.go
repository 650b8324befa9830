// Package events publishes to Amazon EventBridge without losing events, and
// hands what EventBridge delivers to the handlers that take it.
//
// PutEvents answers success while some of its entries failed, and for a bus that
// does not exist. What reaches a Lambda function may be one event, an array of
// them, a form with metadata, or any of these within SQS or SNS records. The
// package takes care of both sides: a [Definition] describes a type of event, a
// [Publisher] sends events until each is accepted or named in an error, and a
// [Router] runs all handlers that take an event.
//
// # Getting started
//
//	var UserRegistered = events.Define[Registration]("users", "UserRegistered")
//
//	pub, err := events.NewPublisher(eventbridge.NewFromConfig(cfg), &events.PublisherOptions{Bus: "platform"})
//	err = pub.Publish(ctx, UserRegistered.New(Registration{Email: "ada@example.com"}))
//
//	r := events.NewRouter(nil)
//	r.Handle("welcome-email", UserRegistered.Handler(sendWelcome))
//	r.Handle("analytics", UserRegistered.Handler(track).Optional())
//	r.Handle("audit", events.MatchPattern(events.MustParsePattern(`{"source": [{"prefix": "us"}]}`), audit))
//	lambda.Start(r)
//
// # Semantics and limits
//
// Everything here is at least once. EventBridge delivers an event again when a
// target fails and, rarely, when it does not; a publisher sends an event again
// when the answer was lost, and EventBridge then gives it a new envelope id.
// When one handler of a router fails, Lambda delivers the event to all of them
// again. A consumer that must not repeat itself therefore keeps a record under
// [IdempotencyKey], which is the same for every delivery of the same event to
// the same handler.
//
// That identity travels inside the detail, as the member "metadata" ([Metadata]):
// an id, a correlation id that follows the chain of events, the id of the cause,
// an optional version, and the W3C trace context if the publisher sets it. They
// are chosen before the first attempt. Other consumers see an additional member
// and may ignore it; the detail of an event may not have a member of that name
// itself.
//
// A request takes 10 events and 1,000,000 bytes ([ClassicLimits]); Publish
// splits as needed. There is no order between events. An event that is too large
// alone is refused, or its detail is stored elsewhere with
// PublisherOptions.Offload and fetched with RouterOptions.Load. A custom event
// bus with other limits is served through an [API] of your own and
// PublisherOptions.Limits.
//
// # Errors
//
// Publish returns a [*PublishError] that lists each event that was not accepted
// as an [*EntryError]: its index, the code, whether trying again can help, and
// the event itself. A router returns an [*InvokeError] that lists each handler
// that failed as a [*HandlerError]. [ErrInvalid], [ErrTooLarge], [ErrNoBus],
// [ErrUnmatched], [ErrMalformed] and [ErrSkipped] say which; [IsRetryable] says
// what now. The context's errors are found with errors.Is.
//
// # Cost
//
// EventBridge charges per 64 KiB of each event that is published, see
// https://aws.amazon.com/eventbridge/pricing/. The metadata adds 120 to 220
// bytes to an event, and a trace context 75 more. Publish makes one PutEvents
// request per 10 events or 1,000,000 bytes, and one more for each round of
// retries of a request's failed entries. Routing makes no calls. What is logged
// is one line for each failure of an SQS message or an optional handler, and for
// each acknowledged event that no handler takes.
//
// # Concurrency
//
// Everything is safe for concurrent use, also by overlapping invocations in one
// process. No goroutine outlives the call that needed it. Publish sends up to
// PublisherOptions.Concurrency requests at once; Invoke runs up to
// RouterOptions.Concurrency handlers at once and waits for all of them, so a
// handler must respect its context, which ends a little before the invocation.
//
// # Testing
//
// Package eventstest is EventBridge in memory, with rules, retries and
// dead-letter functions; the real SDK client works on it. Package pattern parses
// and explains event patterns, and reads them from templates.
package events
