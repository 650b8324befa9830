package queue

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var (
	// ErrGroupStopped is the failure of an entry that was not sent because an
	// earlier one of its FIFO group was not.
	ErrGroupStopped = errors.New("an earlier entry of the group was not sent")
	// ErrNoAnswer is the failure of an entry about which SQS's answer said
	// nothing.
	ErrNoAnswer = errors.New("the answer does not mention the entry")
)

// A SendError tells which entries of a Send were not, or perhaps not, sent. All
// the others were.
type SendError struct {
	// URL is that of the queue.
	URL string
	// Total is how many entries there were.
	Total int
	// Failures are the entries that were not sent, by their index.
	Failures []SendFailure
	// Mismatched are the indexes of entries that were sent, but for which SQS
	// answered another checksum than that of the body. To send them again would
	// duplicate them.
	Mismatched []int
}

// A SendFailure is one entry that was not sent.
type SendFailure struct {
	// Index is that of the entry in the arguments of Send.
	Index int
	// Err is why: [*EntryError] when SQS refused the entry, [ErrEntry] when it
	// was not even tried, [ErrGroupStopped], or the error of the whole request.
	Err error
	// Unknown tells that the entry may have been sent all the same, because the
	// answer to its request was lost.
	Unknown bool
}

func (e *SendError) Error() string {
	if len(e.Failures) == 0 {
		return fmt.Sprintf("queue: send to %s: wrong checksums for %d of %d messages, which were sent", e.URL, len(e.Mismatched), e.Total)
	}
	first := e.Failures[0]
	return fmt.Sprintf("queue: send to %s: %d of %d messages not sent, the first is %d: %v", e.URL, len(e.Failures), e.Total, first.Index, first.Err)
}

// Unwrap returns the errors of the failures, each distinct one once.
func (e *SendError) Unwrap() []error {
	var errs []error
	seen := make(map[error]bool)
	for _, f := range e.Failures {
		if !seen[f.Err] {
			seen[f.Err] = true
			errs = append(errs, f.Err)
		}
	}
	return errs
}

// An EntryError is SQS's answer to one entry of a batch request.
type EntryError struct {
	// Code and Message are SQS's words.
	Code, Message string
	// SenderFault tells that the entry itself is at fault, so that another
	// attempt would fail as well.
	SenderFault bool
}

func (e *EntryError) Error() string { return e.Code + ": " + e.Message }

func entryError(f types.BatchResultErrorEntry) *EntryError {
	return &EntryError{Code: aws.ToString(f.Code), Message: aws.ToString(f.Message), SenderFault: f.SenderFault}
}
