package queuetest

import "time"

type handleEntry struct {
	ID                string `json:"Id"`
	ReceiptHandle     string
	VisibilityTimeout *int
}

func (f *Fake) deleteMessage(in *struct {
	queueInput
	handleEntry
}) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	return nil, f.delete(q, in.ReceiptHandle)
}

func (f *Fake) deleteMessageBatch(in *struct {
	queueInput
	Entries []handleEntry
}) (any, error) {
	return f.eachHandle("DeleteMessageBatch", in.QueueURL, in.Entries, func(q *queueState, e *handleEntry) error { return f.delete(q, e.ReceiptHandle) })
}

// eachHandle runs one operation for every entry of a batch request.
func (f *Fake) eachHandle(operation, url string, entries []handleEntry, run func(*queueState, *handleEntry) error) (any, error) {
	q, err := f.find(url)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(entries, func(e handleEntry) string { return e.ID }); err != nil {
		return nil, err
	}
	out := newBatchResult()
	for i := range entries {
		e := &entries[i]
		body := ""
		if m, _, _ := q.receipt(e.ReceiptHandle); m != nil {
			body = m.body
		}
		f.answerEntry(out, operation, e.ID, body, func() (any, error) { return map[string]string{"Id": e.ID}, run(q, e) })
	}
	return out, nil
}

// delete deletes the message of a receipt handle. Like SQS it answers a success
// when the message is gone, and when it was received again since and therefore
// stays. On a FIFO queue a handle must not outlive its visibility timeout.
func (f *Fake) delete(q *queueState, handle string) error {
	if handle == "" {
		return errMissing("ReceiptHandle")
	}
	m, latest, err := q.receipt(handle)
	if err != nil {
		return err
	}
	if m == nil || !latest {
		return nil
	}
	if q.fifo && !m.inFlight(f.now()) {
		return errValue("Value %s for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.", handle)
	}
	q.remove(m)
	f.wake() // its group may go on
	return nil
}

func (f *Fake) changeMessageVisibility(in *struct {
	queueInput
	handleEntry
}) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	return nil, f.changeVisibility(q, &in.handleEntry)
}

func (f *Fake) changeMessageVisibilityBatch(in *struct {
	queueInput
	Entries []handleEntry
}) (any, error) {
	return f.eachHandle("ChangeMessageVisibilityBatch", in.QueueURL, in.Entries, f.changeVisibility)
}

// changeVisibility makes a message visible after another time from now, at most
// 12 hours after it was received.
func (f *Fake) changeVisibility(q *queueState, e *handleEntry) error {
	switch {
	case e.ReceiptHandle == "":
		return errMissing("ReceiptHandle")
	case e.VisibilityTimeout == nil:
		return errMissing("VisibilityTimeout")
	}
	timeout, err := within("VisibilityTimeout", e.VisibilityTimeout, 0, 43_200, 0)
	if err != nil {
		return err
	}
	m, latest, err := q.receipt(e.ReceiptHandle)
	if err != nil {
		return err
	}
	now := f.now()
	if m == nil || !latest {
		return errValue("Value %s for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.", e.ReceiptHandle)
	}
	if !m.inFlight(now) {
		return refuse("MessageNotInflight", "The specified message isn't in flight.")
	}
	visible := now.Add(time.Duration(timeout) * time.Second)
	if visible.Sub(m.received) > 12*time.Hour {
		return errValue("Value %d for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].", timeout)
	}
	m.visible = visible
	f.wake()
	return nil
}
