package demo

import (
	"context"
	"errors"
	"time"

	"github.com/go-thaw/thaw/events/eventstest"

	"github.com/go-thaw/thaw/examples/gigs/local"
	"github.com/go-thaw/thaw/examples/gigs/registration"
)

// check holds what happened against what had to happen.
func check(ctx context.Context, p *local.Platform, c *client, seen *witness) error {
	const users = goodUsers + bouncingUsers
	published, err := published(p)
	if err != nil {
		return err
	}
	if len(published) != users {
		c.problem("%d users were announced, want %d", len(published), users)
	}
	if err := checkHandlers(ctx, p, c, seen, published); err != nil {
		return err
	}
	checkEmails(p, c, seen)

	requests := 0
	for _, n := range c.statuses {
		requests += n
	}
	if n := p.Tracker.Totals().Total.Invocations; n != int64(requests) {
		c.problem("costs were estimated for %d invocations, want %d", n, requests)
	}
	return nil
}

// published returns the users that were announced on the bus, each once.
func published(p *local.Platform) (map[string]registration.User, error) {
	all, err := eventstest.Published(p.Bus, registration.UserRegistered)
	if err != nil {
		return nil, err
	}
	users := make(map[string]registration.User, len(all))
	for _, u := range all {
		users[u.ID] = u
	}
	return users, nil
}

// checkHandlers looks at what each handler did for each user.
func checkHandlers(ctx context.Context, p *local.Platform, c *client, seen *witness, users map[string]registration.User) error {
	for _, handler := range handlers {
		for id := range users {
			if seen.handlers[handler][id] == 0 {
				c.problem("the handler %s never finished for user %s", handler, id)
			}
		}
	}
	for id := range users {
		_, errProfile := p.Store.Profile(ctx, id)
		_, errPreferences := p.Store.Preferences(ctx, id)
		if err := errors.Join(errProfile, errPreferences); err != nil {
			c.problem("user %s: %v", id, err)
		}
	}
	count, err := p.Store.Registrations(ctx, time.Now())
	if err != nil {
		return err
	}
	if count != len(users) {
		c.problem("%d registrations were counted, want %d", count, len(users))
	}
	return nil
}

// checkEmails looks for e-mails that were lost or sent twice.
func checkEmails(p *local.Platform, c *client, seen *witness) {
	if len(seen.sent) != goodUsers {
		c.problem("%d addresses got an e-mail, want %d", len(seen.sent), goodUsers)
	}
	for to, n := range seen.sent {
		if n != 1 {
			c.problem("%d e-mails went to %s, want 1", n, to)
		}
	}
	if want := bouncingUsers * local.MaxReceives; seen.bounced != want {
		c.problem("bouncing e-mails were tried %d times, want %d", seen.bounced, want)
	}
	if n := p.Queues.Counts(local.Emails).Total(); n != 0 {
		c.problem("%d messages are left on the queue", n)
	}
	if n := p.Queues.Counts(local.FailedEmails).Total(); n != bouncingUsers+malformed {
		c.problem("%d messages are on the dead-letter queue, want %d", n, bouncingUsers+malformed)
	}
	if seen.results.Permanent != malformed {
		c.problem("%d messages failed for good, want %d", seen.results.Permanent, malformed)
	}
}
