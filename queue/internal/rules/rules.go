// Package rules has what makes an event source mapping lose or repeat messages.
package rules

import (
	"fmt"
	"time"
)

// The settings of AWS that the rules are about:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html.
const (
	// reportFailures is the function response type that makes Lambda read a
	// partial batch response.
	reportFailures = "ReportBatchItemFailures"
	// visibilityFactor times the function's timeout, and the batching window, is
	// what AWS recommends as the visibility timeout at least: messages that meet
	// a throttled function are tried again meanwhile.
	visibilityFactor = 6
	// minReceives is the smallest maxReceiveCount that AWS recommends: throttled
	// receives count too.
	minReceives = 5
	// maxPlainBatch is the largest batch without a window, and of a FIFO queue.
	maxPlainBatch = 10

	// The defaults of Lambda and SQS.
	DefaultTimeout    = 3 * time.Second
	DefaultVisibility = 30 * time.Second
	DefaultRetention  = 4 * 24 * time.Hour
	DefaultBatchSize  = maxPlainBatch
)

// A Mapping is what the rules need to know of an event source mapping.
type Mapping struct {
	ResponseTypes []string      // function response types
	Window        time.Duration // maximum batching window
	BatchSize     int
	Timeout       time.Duration // of the function
	Concurrency   int           // of the mapping at most; 0: no limit
	Reserved      int           // concurrency of the function; 0: none, or not known
	Queue         *Queue        // nil: a stream, or a queue that cannot be looked at
}

// A Queue is what the rules need to know of a queue.
type Queue struct {
	FIFO       bool
	Visibility time.Duration
	Retention  time.Duration
	Receives   int         // of the redrive policy; 0: there is none
	Dead       *DeadLetter // nil: it cannot be looked at
}

// A DeadLetter is a dead-letter queue.
type DeadLetter struct {
	Missing   bool
	FIFO      bool
	Retention time.Duration
}

// A Finding is a rule that is broken, and what to set.
type Finding struct{ Problem, Fix string }

// findings collects what the rules find of one mapping.
type findings []Finding

func (f *findings) add(problem, fix string, args ...any) {
	*f = append(*f, Finding{problem, fmt.Sprintf(fix, args...)})
}

// Check applies all rules.
func (m *Mapping) Check() []Finding {
	var found findings
	reports := false
	for _, t := range m.ResponseTypes {
		reports = reports || t == reportFailures
	}
	if !reports {
		found.add("Lambda ignores the partial batch response and deletes failed messages", "set FunctionResponseTypes to [%s]", reportFailures)
	}
	if m.Concurrency > m.Reserved && m.Reserved > 0 {
		found.add(fmt.Sprintf("messages are received for more invocations, %d, than the function may have", m.Concurrency),
			"set MaximumConcurrency to %d or less, or raise ReservedConcurrentExecutions", m.Reserved)
	}
	if m.Queue != nil {
		m.checkBatch(&found)
		m.checkVisibility(&found)
		m.Queue.checkRedrive(&found)
	}
	return found
}

// checkBatch finds batches that Lambda does not accept.
func (m *Mapping) checkBatch(found *findings) {
	switch {
	case m.Queue.FIFO && m.BatchSize > maxPlainBatch:
		found.add("a FIFO queue has batches of up to 10", "set BatchSize to 10 or less")
	case m.Queue.FIFO && m.Window > 0:
		found.add("a FIFO queue has no batching window", "remove MaximumBatchingWindowInSeconds")
	case !m.Queue.FIFO && m.BatchSize > maxPlainBatch && m.Window < time.Second:
		found.add(fmt.Sprintf("a batch size of %d needs a batching window", m.BatchSize), "set MaximumBatchingWindowInSeconds to 1 or more")
	}
}

func (m *Mapping) checkVisibility(found *findings) {
	want := visibilityFactor*m.Timeout + m.Window
	if got := m.Queue.Visibility; got < want {
		found.add(fmt.Sprintf("messages come back while they are handled: the visibility timeout is %v", got),
			"set VisibilityTimeout to %d or more (seconds), %d times the function's timeout plus the batching window", want/time.Second, visibilityFactor)
	}
}

func (q *Queue) checkRedrive(found *findings) {
	if q.Receives == 0 {
		found.add("messages that always fail come back until they expire, and are then lost", "set a RedrivePolicy with a dead-letter queue")
		return
	}
	if q.Receives < minReceives {
		found.add(fmt.Sprintf("throttling alone can send messages to the dead-letter queue: maxReceiveCount is %d", q.Receives),
			"set maxReceiveCount to %d or more", minReceives)
	}
	switch {
	case q.Dead == nil:
	case q.Dead.Missing:
		found.add("the dead-letter queue does not exist", "create it, or set another deadLetterTargetArn")
	case q.Dead.FIFO != q.FIFO:
		found.add("a FIFO queue needs a FIFO dead-letter queue, and a standard queue a standard one", "set another deadLetterTargetArn")
	case q.Dead.Retention < q.Retention:
		// On a standard queue a message keeps its age when it moves.
		found.add(fmt.Sprintf("messages expire sooner on the dead-letter queue, after %v, than on the queue, after %v", q.Dead.Retention, q.Retention),
			"set its MessageRetentionPeriod to %d or more (seconds)", q.Retention/time.Second)
	}
}
