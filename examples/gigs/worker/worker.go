// Package worker sends the e-mails of the queue.
package worker

import (
	"context"

	"github.com/go-thaw/thaw/queue"

	"github.com/go-thaw/thaw/examples/gigs/mail"
)

// New returns the handler of the e-mail queue. An e-mail that can never be sent
// goes to the dead-letter queue at once, and so does a message that is not an
// e-mail; one whose sending fails is tried again until the queue's redrive
// policy takes it. The others of the batch are not touched by either.
func New(send mail.Sender, options *queue.Options) *queue.Processor[mail.Email] {
	return queue.NewProcessor(func(ctx context.Context, m queue.Message[mail.Email]) error {
		if err := m.Body.Validate(); err != nil {
			return queue.Permanent(err)
		}
		return send(ctx, m.Body)
	}, options)
}
