package queue

import (
	"strings"
	"time"
)

// A Message is what a handler of a [Processor] gets: one SQS message with its
// body decoded.
type Message[T any] struct {
	Record
	// Body is the decoded body.
	Body T
}

// A Record is an SQS message as Lambda delivers it, without its decoded body.
// Fields that SQS did not send are zero. See
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html.
type Record struct {
	// ID is the message id. It stays the same when the message is delivered
	// again, so it can serve as an idempotency key on a standard queue.
	ID string
	// Queue is the ARN of the queue that the message came from.
	Queue string
	// ReceiptHandle identifies this delivery of the message.
	ReceiptHandle string
	// Text is the body as SQS delivered it.
	Text string
	// Attributes are the message attributes that the sender set; nil when there
	// are none.
	Attributes map[string]Attribute
	// ReceiveCount is how often SQS has delivered the message, this time
	// included: 1 for the first delivery. It is approximate.
	ReceiveCount int
	// Sent is when the message was sent, FirstReceived when it was first
	// delivered.
	Sent, FirstReceived time.Time
	// Group is the message group. On a FIFO queue it orders messages, on a
	// standard queue it only names a tenant of a fair queue.
	Group string
	// DeduplicationID and SequenceNumber are set on FIFO queues only.
	DeduplicationID, SequenceNumber string
	// Sender is the principal that sent the message.
	Sender string
	// Trace is the X-Ray trace header of the sender.
	Trace string
	// DeadLetterSource is the ARN of the queue from which a redrive policy
	// moved the message here.
	DeadLetterSource string
}

// FIFO tells whether the record came from a FIFO queue. The name of the queue
// decides: a message group alone does not mean order, because fair queues use
// groups on standard queues.
func (r Record) FIFO() bool { return strings.HasSuffix(r.Queue, fifoSuffix) }

// fifoSuffix ends the name, and so the URL and the ARN, of every FIFO queue:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fifo-queues.html.
const fifoSuffix = ".fifo"

// An Attribute is one message attribute, received or to be sent: a string (or a
// number, as a string) or bytes.
type Attribute struct {
	// Type is "String", "Number" or "Binary", optionally with a label of the
	// application's own after a dot, such as "Number.int". To send, an empty
	// Type means "Binary" when Binary is set and "String" otherwise.
	Type string
	// String is the value of a String or Number attribute.
	String string
	// Binary is the value of a Binary attribute.
	Binary []byte
}
