// Package registration does what follows when a user has registered: four
// independent things, in parallel.
package registration

import (
	"context"
	"log/slog"
	"time"

	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/events"

	"github.com/go-thaw/thaw/examples/gigs/mail"
)

// The names of the handlers. They are part of each one's idempotency key, so
// they stay when the code behind them moves.
const (
	WelcomeEmail = "welcome-email"
	Profile      = "profile"
	Preferences  = "preferences"
	Metrics      = "metrics"
)

// A Store keeps what the handlers make. Each of its methods may be called again
// with the same arguments and then changes nothing.
type Store interface {
	CreateProfile(ctx context.Context, user, name string) error
	CreatePreferences(ctx context.Context, user string) error
	CountRegistration(ctx context.Context, key string, at time.Time) error
}

// Options are what the handlers need. All fields are required but OnHandled.
type Options struct {
	Store Store
	// Send puts an e-mail on the queue.
	Send func(context.Context, ...mail.Email) error
	// Idempotency remembers which events have had their welcome.
	Idempotency *idempotency.Store
	Logger      *slog.Logger
	// OnHandled learns what became of an event at a handler; nil means that
	// nobody asks. It is called from several goroutines at once.
	OnHandled func(handler string, u User, err error)
}

// New returns the handler of the registration function. EventBridge delivers at
// least once, and when one of the four fails Lambda runs all of them again:
// that is why each is idempotent. Three are by what they write; the queue takes
// an e-mail as often as it is sent, so that one needs a record of it.
func New(o Options) *events.Router {
	r := events.NewRouter(&events.RouterOptions{Logger: o.Logger})
	once := idempotency.Handler(o.Idempotency, "welcome-email/v1",
		func(ctx context.Context, _ User) idempotency.Key {
			return idempotency.Key{idempotency.NonEmpty(events.IdempotencyKey(ctx))}
		},
		func(ctx context.Context, u User) error { return o.Send(ctx, welcome(u)) })
	r.Handle(WelcomeEmail, o.handler(WelcomeEmail, once))
	r.Handle(Profile, o.handler(Profile, func(ctx context.Context, u User) error {
		return o.Store.CreateProfile(ctx, u.ID, u.Name)
	}))
	r.Handle(Preferences, o.handler(Preferences, func(ctx context.Context, u User) error {
		return o.Store.CreatePreferences(ctx, u.ID)
	}))
	r.Handle(Metrics, o.handler(Metrics, func(ctx context.Context, _ User) error {
		e, _ := events.FromContext(ctx)
		return o.Store.CountRegistration(ctx, events.IdempotencyKey(ctx), e.Time)
	}))
	return r
}

// handler makes fn a handler of the event that tells what it did.
func (o *Options) handler(name string, fn func(context.Context, User) error) events.Handler {
	return UserRegistered.Handler(func(ctx context.Context, u User) error {
		err := fn(ctx, u)
		if err != nil {
			o.Logger.WarnContext(ctx, "event failed", "handler", name, "user", u.ID, "error", err)
		} else {
			o.Logger.InfoContext(ctx, "event handled", "handler", name, "user", u.ID)
		}
		if o.OnHandled != nil {
			o.OnHandled(name, u, err)
		}
		return err
	})
}

// welcome is the same e-mail, id included, however often the event arrives.
func welcome(u User) mail.Email {
	return mail.Email{
		ID:      "welcome-" + u.ID,
		To:      u.Email,
		Subject: "Welcome, " + u.Name,
		Text:    "Good to have you. Gigs are waiting.",
	}
}
