// Package worker sends the e-mails of the queue.
package worker

import (
	"context"

	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/queue"

	"github.com/go-thaw/thaw/examples/gigs/mail"
)

// New returns the handler of the e-mail queue. An e-mail that can never be sent
// goes to the dead-letter queue at once, and so does a message that is not an
// e-mail; one whose sending fails is tried again until the queue's redrive
// policy takes it. The others of the batch are not touched by either.
//
// SQS delivers at least once, and the registration may put an e-mail on the
// queue twice: an e-mail whose id was sent is not sent again while store
// remembers it. One that is being sent just now comes back later.
func New(send mail.Sender, store *idempotency.Store, options *queue.Options) *queue.Processor[mail.Email] {
	once := idempotency.Handler(store, "send-email/v1",
		func(_ context.Context, e mail.Email) idempotency.Key { return idempotency.Key{e.ID} },
		send, idempotency.RetryWith(queue.RetryAfter))
	return queue.NewProcessor(func(ctx context.Context, m queue.Message[mail.Email]) error {
		if err := m.Body.Validate(); err != nil {
			return queue.Permanent(err)
		}
		return once(ctx, m.Body)
	}, options)
}
