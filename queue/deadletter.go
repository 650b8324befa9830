package queue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"
)

// The attributes that [DeadLetterQueue] adds to a message.
const (
	// ReasonAttribute is the text of the permanent error, at most 1,024 bytes.
	ReasonAttribute = "thaw.reason"
	// SourceAttribute is the ARN of the queue that the message came from, and
	// MessageIDAttribute its id there.
	SourceAttribute    = "thaw.source"
	MessageIDAttribute = "thaw.message-id"
)

// maxReasonBytes keeps a reason readable and leaves room for the message.
const maxReasonBytes = 1024

// DeadLetterQueue returns a sink that sends records to the queue at url with
// their body and attributes as they were, and the reason in attributes of its
// own ([ReasonAttribute] and the like), as far as SQS's limit of ten attributes
// and the size of a message leave room for them. On a FIFO queue the message
// keeps its group, and its id is the deduplication id, so that a record that is
// sunk twice is stored once. The function needs the permission sqs:SendMessage.
//
// It panics when client is nil or url is empty.
func DeadLetterQueue(client API, url string) Sink {
	sender, err := NewSender[string](client, url, &SenderOptions{Encode: verbatim})
	if err != nil {
		panic(fmt.Sprintf("queue: DeadLetterQueue: %v", err))
	}
	return func(ctx context.Context, r Record, reason error) error {
		err := sender.SendEntries(ctx, deadLetter(r, deadLetterAttributes(r, reason), sender.fifo))
		if errors.Is(err, ErrTooLarge) {
			err = sender.SendEntries(ctx, deadLetter(r, r.Attributes, sender.fifo))
		}
		return err
	}
}

// verbatim is an Encode for bodies that are text already.
func verbatim(v any) ([]byte, error) {
	s, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("%w: %T is not a string", ErrEntry, v)
	}
	return []byte(s), nil
}

func deadLetter(r Record, attributes map[string]Attribute, fifo bool) Entry[string] {
	e := Entry[string]{Body: r.Text, Group: r.Group, Attributes: attributes, Trace: r.Trace}
	if fifo {
		e.DeduplicationID = r.ID
		if e.Group == "" {
			e.Group = r.ID // of a standard queue's record, which stands for itself
		}
	}
	return e
}

// deadLetterAttributes returns the record's attributes with as many of the
// reason's as there is room for, the most telling first.
func deadLetterAttributes(r Record, reason error) map[string]Attribute {
	all := make(map[string]Attribute, len(r.Attributes)+3)
	maps.Copy(all, r.Attributes)
	for _, a := range []struct{ name, value string }{
		{ReasonAttribute, sendable(reason.Error(), maxReasonBytes)},
		{SourceAttribute, r.Queue},
		{MessageIDAttribute, r.ID},
	} {
		if _, taken := all[a.name]; a.value != "" && (taken || len(all) < maxAttributes) {
			all[a.name] = Attribute{String: a.value}
		}
	}
	return all
}

// sendable cuts text to at most limit bytes and replaces what SQS refuses.
func sendable(text string, limit int) string {
	text = strings.Map(func(c rune) rune {
		if validRune(c) {
			return c
		}
		return utf8.RuneError
	}, text)
	for len(text) > limit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
