package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/go-thaw/thaw/dynamo/idempotency"
	"github.com/go-thaw/thaw/events"
)

// A User is the detail of the event.
type User struct {
	ID    string `json:"id"`
	Email string `json:"email"`
}

// Validate is called on both sides: a wrong event is neither published nor
// handled.
func (u User) Validate() error {
	if u.ID == "" || !strings.Contains(u.Email, "@") {
		return errors.New("id must not be empty and email must be an address")
	}
	return nil
}

// UserRegistered is published when somebody has registered.
var UserRegistered = events.Define[User]("users", "UserRegistered")

// everything that users do is counted, also events that are still to come. It is
// EventBridge's own language: the same text can be a rule's pattern.
var everything = events.MustParsePattern(`{
	"source": ["users"],
	"detail-type": [{"prefix": "User"}]
}`)

// Services are what follows a registration. None of them knows of the others, or
// that events are delivered more than once.
type Services struct {
	Welcome     func(context.Context, User) error
	Profile     func(context.Context, User) error
	Preferences func(context.Context, User) error
	Metrics     func(context.Context, *events.Envelope) error
}

// storeOptions are those of the idempotency records.
var storeOptions = &idempotency.Options{
	// An event is retried for a day, and may come back for as long as a queue of
	// dead letters keeps it: 14 days.
	Expiry: 15 * 24 * time.Hour,
	Observe: func(ctx context.Context, o idempotency.Observation) {
		slog.InfoContext(ctx, "handled", "operation", o.Operation, "outcome", o.Outcome)
	},
}

// newRouter returns the handler of the events. All services run in parallel; when
// one fails, the event is delivered again, and only that one runs again.
func newRouter(store *idempotency.Store, s Services) *events.Router {
	r := events.NewRouter(nil)
	r.Handle("welcome-email", UserRegistered.Handler(once(store, "welcome-email/v1", s.Welcome)))
	r.Handle("profile", UserRegistered.Handler(once(store, "profile/v1", s.Profile)))
	r.Handle("preferences", UserRegistered.Handler(once(store, "preferences/v1", s.Preferences)))
	r.Handle("metrics", events.MatchPattern(everything, once(store, "metrics/v1", s.Metrics)))
	return r
}

// once returns fn so that it takes effect once for an event. The key is that of
// the event and the handler, the same in all deliveries.
func once[In any](store *idempotency.Store, operation string, fn func(context.Context, In) error) func(context.Context, In) error {
	return idempotency.Handler(store, operation, func(ctx context.Context, _ In) idempotency.Key {
		return idempotency.Key{idempotency.NonEmpty(events.IdempotencyKey(ctx))}
	}, fn)
}

// logged stand where the real services would be called.
func logged() Services {
	user := func(what string) func(context.Context, User) error {
		return func(ctx context.Context, u User) error {
			slog.InfoContext(ctx, what, "user", u.ID)
			return nil
		}
	}
	return Services{
		Welcome:     user("welcome e-mail sent"),
		Profile:     user("profile created"),
		Preferences: user("preferences stored"),
		Metrics: func(ctx context.Context, e *events.Envelope) error {
			slog.InfoContext(ctx, "counted", "type", e.DetailType)
			return nil
		},
	}
}
