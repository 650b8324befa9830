// Package queue handles SQS batches on Lambda without losing messages, and sends
// messages to SQS.
//
// A [Processor] is a lambda.Handler for functions behind an SQS event source
// mapping. It decodes the records of a batch one at a time, handles them on a
// bounded number of goroutines (on a FIFO queue: group by group, each in order),
// and answers with exactly those records that must come back. What becomes of a
// message is what its handler returns:
//
//	the handler …                      the message …
//	returns nil                        is deleted
//	returns an error                   comes back, after Options.Backoff if there is a Client, else after the visibility timeout
//	returns RetryAfter(d, err)         comes back after d if there is a Client, else after the visibility timeout
//	returns Permanent(err)             goes to Options.DeadLetter and is deleted; without one, or if it fails, comes back
//	panics or exits its goroutine      comes back like after an error; the log has the stack
//	does not return in time            comes back after the visibility timeout; the result says ErrAbandoned
//	is not called: no time left        comes back after the visibility timeout; counted as skipped
//	is not called: its group failed    comes back with the failed message of its FIFO group; counted as skipped
//	is not called: malformed body      like Permanent, or with Options.RetryMalformed like an error
//	is not called: malformed record    comes back like after an error
//	fails and has no id, or another's  comes back with the whole batch: Invoke returns ErrResponse
//
// What comes back too often is moved by the queue's redrive policy; without one
// it comes back until it expires.
//
// A [StreamProcessor] does the same for the streams of DynamoDB and Kinesis, by
// their rules; package dynamostream decodes the items. A [Sender] is the other end
// of a queue: it encodes, splits and retries, and tells which messages are left.
//
// # Getting started
//
//	p := queue.NewProcessor(func(ctx context.Context, m queue.Message[Email]) error {
//		return mail(ctx, m.Body)
//	}, nil)
//	lambda.Start(p)
//
//	s, err := queue.NewSender[Email](sqs.NewFromConfig(cfg), url, nil)
//	err = s.Send(ctx, email)
//
// The event source mapping must have ReportBatchItemFailures among its function
// response types. Without it Lambda ignores the response and deletes failed
// messages. A function cannot see the setting; [CheckMapping] finds it, and what
// else outside of the code loses or repeats messages, and package mapping finds the
// same in a template, in a unit test:
//
//	err := mapping.CheckTemplate(template, nil)
//	err := queue.CheckMapping(ctx, lambda.NewFromConfig(cfg), "worker:live")
//
// A dead-letter sink and back-off take an SQS client:
//
//	&queue.Options{Client: client, DeadLetter: queue.DeadLetterQueue(client, deadURL)}
//
// # Semantics and limits
//
// Delivery is at least once: a message can arrive twice, also at the same time.
// Handlers must be idempotent; on a standard queue [Record] has a stable ID for
// that.
//
// A record's handler starts before the deadline margin ([Options.Margin]), which
// scales with the time that the invocation has, or not at all. Its context ends
// at the margin. A handler that ignores that is left behind after half of the
// margin, so that the response gets out; it may go on in a later invocation.
//
// On a FIFO queue, told by the ".fifo" at the end of its name, messages of a
// group run in order and groups run side by side. A failure ends its group for
// this batch. The messages behind it were received all the same, so that this
// counts towards their redrive policy too.
//
// Bodies in the envelope of SNS, EventBridge or S3 are opened by
// [Options.Unwrap].
//
// A request of a [Sender] has up to 10 messages and 1 MiB, which is also the
// most for one message with its attributes; see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html.
// A queue may allow less ([MaxMessageBytes]). A body that is too large can travel
// outside of the queue: [SenderOptions.Offload] keeps it, [Options.Fetch] gets it
// back, and package claimcheck does both with S3. A message takes the trace
// header of the invocation that sends it along.
//
// # Errors
//
// Invoke returns [ErrPayload], [*SourceError], [ErrResponse] or [ErrAllFailed];
// with an error Lambda keeps the whole batch. Why single records failed is in
// the [Result]: the handler's own error, [*DecodeError], [*PanicError],
// [*SinkError], [ErrExited], [ErrAbandoned].
//
// Send returns a [*SendError], whose failures are [ErrEntry], [ErrTooLarge] or
// [ErrOffload] (never sent), [*EntryError] (refused), [ErrGroupStopped] (kept
// back), [ErrNoAnswer], or the error of a request.
//
// # Cost
//
// A batch takes no request to AWS, except with [Options.Client] one
// ChangeMessageVisibilityBatch for every ten records that failed, with
// [Options.Heartbeat] one for every ten records each interval, and the
// dead-letter sink's own. It writes one log line, and one for each of the first
// 50 records that failed.
//
// Sending takes one SendMessageBatch per 10 messages or 1 MiB; on a FIFO queue as
// many as the longest group has messages, at least. SQS bills each 64 KiB of a
// request as a request: https://aws.amazon.com/sqs/pricing/.
//
// # Concurrency
//
// Processors and senders are safe for concurrent use and keep no state between
// calls, so that several invocations may overlap in one process. A processor's
// goroutines live as long as Invoke, unless a handler ignores its context.
//
// # Testing
//
// Call Invoke with a payload, or use package queuetest, which is SQS in memory
// with an event source mapping that follows Lambda's rules, and SNS in front of
// it.
package queue
