package demo

import (
	"context"
	"sync"

	"github.com/go-thaw/thaw/queue"

	"github.com/go-thaw/thaw/examples/gigs/mail"
	"github.com/go-thaw/thaw/examples/gigs/registration"
)

// A witness saw what happened behind the API.
type witness struct {
	mu       sync.Mutex
	sent     map[string]int            // e-mails by address
	bounced  int                       // attempts
	handlers map[string]map[string]int // successes by handler and user
	failures int                       // of handlers
	results  queue.Result              // sums
	batches  int
}

func newWitness() *witness {
	w := &witness{sent: make(map[string]int), handlers: make(map[string]map[string]int)}
	for _, name := range handlers {
		w.handlers[name] = make(map[string]int)
	}
	return w
}

// handlers are those of the registration, in the order of the report.
var handlers = []string{registration.WelcomeEmail, registration.Profile, registration.Preferences, registration.Metrics}

// send is the mail server.
func (w *witness) send(ctx context.Context, e mail.Email) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	err := mail.Bouncing(bounce, func(context.Context, mail.Email) error {
		w.sent[e.To]++
		return nil
	})(ctx, e)
	if err != nil {
		w.bounced++
	}
	return err
}

func (w *witness) handled(handler string, u registration.User, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.failures++
		return
	}
	w.handlers[handler][u.ID]++
}

func (w *witness) batch(_ context.Context, r queue.Result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.batches++
	w.results.Records += r.Records
	w.results.Succeeded += r.Succeeded
	w.results.Failed += r.Failed
	w.results.Skipped += r.Skipped
	w.results.Permanent += r.Permanent
}
