// Package queuetest is Amazon SQS in memory, with Lambda's event source mapping
// behind it and SNS topics in front, for tests and for running an application
// locally.
//
// A [Fake] speaks SQS's protocol, so that code under test uses the real SDK
// client ([Fake.Client]) in process, or any client on a port ([Fake.Handler]).
// A [Mapping] connects a queue to a Lambda handler as AWS does: it receives
// batches, invokes the handler and deletes what the partial batch response does
// not keep.
//
// # Getting started
//
//	fake := queuetest.New(nil)
//	url := fake.CreateQueue("jobs", &queuetest.QueueOptions{DeadLetterQueue: "dead"})
//	mapping, err := queuetest.NewMapping(fake, "jobs", processor, nil)
//	invocations, err := mapping.Drain(ctx) // in a test
//	err = mapping.Run(ctx)                 // in a local run
//
// A topic delivers to queues, in the way of its subscriptions:
//
//	arn := fake.CreateTopic("orders", nil)
//	fake.Subscribe("orders", "jobs", &queuetest.SubscriptionOptions{Raw: true})
//	client := sns.NewFromConfig(fake.Config())
//
// # Semantics and limits
//
// The fake has all operations of SQS, with visibility timeouts, delays, long
// polling, retention, redrive policies, FIFO groups and deduplication, checksums,
// limits and error codes. A message move task without a rate is complete as soon
// as it has started. The fake keeps policies (AddPermission writes them),
// encryption settings and tags without acting on them. [Conformance] exports the rules that it keeps, each with the page on
// which AWS documents it. Standard queues deliver in the order of arrival and
// once, which a test must not rely on; [Fake.Duplicate] and [Fake.Redeliver] do
// what SQS may do at any time. Message ids are numbers in the form of UUIDs, the
// same in every run.
//
// Topics have Publish and PublishBatch, standard and FIFO, with filter policies
// on attributes or bodies, and deliver to queues only. A message that cannot be
// delivered is lost, as it would be; [Fake.Undelivered] tells.
//
// A mapping batches by size, window and 6 MB and decides by the rules of
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html.
// Filter criteria are functions, for which a pattern of EventBridge fits. It
// scales, in standard and in provisioned mode, and backs off from failures, as
// [Mapping.Concurrency] says.
//
// # Errors
//
// Requests answer SQS's error codes. [Fake.Inject] makes whole calls fail or lose
// their connection, [Fake.FailEntries] single entries of a batch request. Methods
// of Fake that name a queue which does not exist panic: they are steps of a test.
//
// # Cost
//
// None. Calls are recorded ([Fake.Calls]), so that a test can count what code
// under test would pay for.
//
// # Concurrency
//
// Fakes and mappings are safe for concurrent use. No goroutine outlives a call,
// except that of a handler which did not return before its timeout.
//
// # Testing
//
// The clock is [Options.Now]. Inside testing/synctest the default is exact, and
// waiting takes no time: long polls, windows and the back-off of clients are
// timers. With a clock that is stepped by hand, [Mapping.Poll] and
// [Mapping.Drain] see what has become visible; [Fake.Wake] tells those who wait.
package queuetest
