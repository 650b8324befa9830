package queuetest

import (
	"cmp"

	"github.com/go-thaw/thaw/internal/sqsdigest"
)

// An EntryFault changes what happens to entries of a batch request, one by one,
// while the request as a whole succeeds.
type EntryFault struct {
	// Operation is the batch request: "SendMessageBatch",
	// "DeleteMessageBatch" or "ChangeMessageVisibilityBatch". Default
	// "SendMessageBatch".
	Operation string
	// Match picks the entries by their message's body; nil matches all.
	Match func(body string) bool
	// Times is the number of entries that the fault applies to; 0 means 1.
	Times int
	// Code and Message are answered for the entry, to which nothing happens. The
	// default Code is "InternalError".
	Code, Message string
	// SenderFault says that the entry itself is at fault.
	SenderFault bool
	// WrongChecksum sends the entry and answers another checksum than the
	// body's.
	WrongChecksum bool
	// Unanswered does what the entry asks for and leaves it out of the answer.
	Unanswered bool
}

// FailEntries queues a fault for entries of the next batch requests. Faults
// apply in the order in which they were queued, one to an entry.
func (f *Fake) FailEntries(fault EntryFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault.Times = max(fault.Times, 1)
	fault.Operation = cmp.Or(fault.Operation, "SendMessageBatch")
	f.faults = append(f.faults, fault)
}

// nextFault takes the oldest fault that applies.
func (f *Fake) nextFault(operation, body string) *EntryFault {
	for i := range f.faults {
		fault := f.faults[i]
		if fault.Operation != operation || fault.Match != nil && !fault.Match(body) {
			continue
		}
		if f.faults[i].Times--; f.faults[i].Times == 0 {
			f.faults = append(f.faults[:i:i], f.faults[i+1:]...)
		}
		return &fault
	}
	return nil
}

// answerEntry runs one entry of a batch under the next fault that applies and
// puts what came of it into out.
func (f *Fake) answerEntry(out *batchResult, operation, id, body string, run func() (any, error)) {
	fault := f.nextFault(operation, body)
	if fault == nil {
		result, err := run()
		out.add(id, result, err)
		return
	}
	if !fault.WrongChecksum && !fault.Unanswered {
		status := 500
		if fault.SenderFault {
			status = 400
		}
		out.add(id, nil, &Error{Code: cmp.Or(fault.Code, "InternalError"), Message: fault.Message, Status: status})
		return
	}
	result, err := run()
	if fault.Unanswered && err == nil {
		return
	}
	if sent, ok := result.(*sendResult); ok && err == nil {
		sent.BodyMD5 = sqsdigest.Body(body + " ")
	}
	out.add(id, result, err)
}
