// Package outbox writes an item and the event about it in one transaction, and
// publishes the event afterwards. Whoever writes first and publishes then loses
// events when it ends in between; whoever publishes first announces what may
// never happen.
//
// # Getting started
//
//	box, err := outbox.New(client, "platform", publish, nil)
//
//	err = dynamo.Transact(ctx, client,
//		users.CreateOp(&u),
//		box.Op(outbox.Event{Key: u.ID, Type: "UserRegistered", Data: data}))
//
//	lambda.Start(box)           // behind the table's stream
//	result, err := box.Sweep(ctx) // by a schedule, every few minutes
//
// publish is a function: an EventBridge publisher, an SQS sender, anything that
// says which events it did not accept. The examples have one for package events.
//
// The table may be one that has other items. It needs a key of two strings, "pk"
// and "sk" unless Options say otherwise; a stream with new images, mapped to the
// function with ReportBatchItemFailures; a global secondary index "outbox" with
// the partition key "outbox" (S) and the sort key "outbox_due" (N), of all
// attributes; and time to live on "expires". [Outbox.Schema] is the request for
// such a table. A filter on the mapping keeps other items from the function:
//
//	{"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"outbox": {"S": [{"prefix": "PENDING-"}]}}}}
//
// # Semantics and limits
//
// At least once. An event whose transaction succeeded is published, however often
// a relay crashes, times out or loses an answer; one whose transaction failed is
// not. It is published again when it was accepted and could not be marked as sent:
// the process ended in between, or two relays met. Its ID is chosen when it is
// written and never changes, so that consumers can tell.
//
// In order. An event is published only when all that were written before it under
// the same key have been, are parked, or are discarded. Consumers that pass over
// ids they have seen get the events of a key in their order; repetitions may come
// in between. The order is that of Sequence, which a version of the written item
// gives for free, or else of the writers' clocks: two processes that write the
// same key within the difference of their clocks may then be turned round, and an
// event that is written with a time before that of one that was sent is sent
// after it. Keys have no order among each other.
//
// Poison. An event that [Publish] refuses for good ([Permanent]), or that fails for
// longer than MaxAge, is parked: out of the way, never deleted, told to OnParked,
// listed by [Outbox.Parked]. Its key goes on, or with HoldKey waits until it is
// requeued or discarded. Any other failure keeps its key waiting and no other one.
//
// Stream and sweep. Both only tell which keys to look at; what waits is read from
// the table, consistently. The stream is fast and forgets: records older than a
// day, and those that the mapping's retries or maximum age give up, are gone from
// it. The sweep finds their events in the index. They need no lease between
// them: each publishes a key in order, so two at once make repetitions only.
//
// Events have DynamoDB's limits: 400 KB, 100 operations and 4 MB in a transaction.
//
// # Errors
//
// Op fails within [dynamo.Transact]; two events with the same Key and Sequence are
// [dynamo.ErrExists]. Sweep returns a [*RelayError] that lists the keys which are
// not finished, with an [*EventError] for each; Invoke answers Lambda with the
// record to begin with the next time, and both tell OnResult. An error of Invoke
// means that the payload is not a stream's.
//
// # Cost
//
// To write an event takes part in the transaction (2 write units per KB) and in the
// index (1). To relay it takes one consistent query for each key of a batch (1 read
// unit per 8 KB, what waits and one that was sent), and an update to mark it (1
// write unit per KB, and 1 of the index). A sweep that finds nothing is Shards
// queries of half a read unit. Time to live deletes for free.
//
// # Concurrency
//
// An Outbox is safe for concurrent use and keeps no state between calls. Reading
// and marking use up to Concurrency goroutines, which have ended when the call
// has. Publish is called on the caller's goroutine.
//
// # Testing
//
// dynamotest has streams: OnStream hands the records of a change to box.Invoke.
//
//	fake := dynamotest.New(nil)
//	box, err := outbox.New(fake.Client(), "platform", publish, nil)
//	err = fake.CreateTable(box.Schema())
//	fake.OnStream("platform", func(event []byte) { _, err = box.Invoke(ctx, event) })
package outbox
