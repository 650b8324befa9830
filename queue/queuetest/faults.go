package queuetest

import "cmp"

// An EntryFault changes what happens to entries of SendMessageBatch, one by one,
// while the request as a whole succeeds.
type EntryFault struct {
	// Match picks the entries by their body; nil matches all.
	Match func(body string) bool
	// Times is the number of entries that the fault applies to; 0 means 1.
	Times int
	// Code and Message are answered for the entry, which is not sent. The
	// default Code is "InternalError".
	Code, Message string
	// SenderFault says that the entry itself is at fault.
	SenderFault bool
	// WrongChecksum sends the entry and answers another checksum than the
	// body's.
	WrongChecksum bool
	// Unanswered sends the entry and leaves it out of the answer.
	Unanswered bool
}

// FailEntries queues a fault for entries of the next SendMessageBatch calls.
// Faults apply in the order in which they were queued, one to an entry.
func (f *Fake) FailEntries(fault EntryFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault.Times = max(fault.Times, 1)
	f.faults = append(f.faults, fault)
}

// nextFault takes the oldest fault that applies to body.
func (f *Fake) nextFault(body string) *EntryFault {
	for i := range f.faults {
		fault := f.faults[i]
		if fault.Match != nil && !fault.Match(body) {
			continue
		}
		if f.faults[i].Times--; f.faults[i].Times == 0 {
			f.faults = append(f.faults[:i:i], f.faults[i+1:]...)
		}
		return &fault
	}
	return nil
}

// sendFaulty sends one entry of a batch under the next fault that applies; a nil
// result without an error is no answer.
func (f *Fake) sendFaulty(q *queueState, e *sendEntry) (any, error) {
	fault := f.nextFault(e.MessageBody)
	if fault != nil && !fault.WrongChecksum && !fault.Unanswered {
		status := 500
		if fault.SenderFault {
			status = 400
		}
		return nil, &Error{Code: cmp.Or(fault.Code, "InternalError"), Message: fault.Message, Status: status}
	}
	result, err := f.send(q, e)
	switch {
	case err != nil:
		return nil, err
	case fault == nil:
		return result, nil
	case fault.Unanswered:
		return nil, nil
	}
	result.BodyMD5 = md5Text(e.MessageBody + " ")
	return result, nil
}
