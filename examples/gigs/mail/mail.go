// Package mail is what the platform sends to its users: the message on the
// e-mail queue, and ways to send it.
package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
)

// An Email is the body of a message on the e-mail queue.
type Email struct {
	// ID stays the same however often the message is delivered, so that a
	// sender can recognise an e-mail that it has sent before.
	ID      string `json:"id"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// Validate tells what makes e impossible to send, now or later.
func (e Email) Validate() error {
	if e.ID == "" {
		return errors.New("e-mail without id")
	}
	if _, err := mail.ParseAddress(e.To); err != nil {
		return fmt.Errorf("e-mail %s: address %q: %w", e.ID, e.To, err)
	}
	return nil
}

// A Sender sends one e-mail. It is called from several goroutines at once, and
// again with the same e-mail after a failure.
type Sender func(ctx context.Context, e Email) error

// Log returns a sender that only logs. It stands where a real service would.
func Log(logger *slog.Logger) Sender {
	return func(ctx context.Context, e Email) error {
		logger.InfoContext(ctx, "e-mail sent", "id", e.ID, "to", e.To, "subject", e.Subject)
		return nil
	}
}

// ErrBounced is what a [Bouncing] sender returns.
var ErrBounced = errors.New("the mail server does not answer")

// Bouncing returns a sender that fails for every address in domain and leaves
// the others to next: something to watch a queue's retries with.
func Bouncing(domain string, next Sender) Sender {
	return func(ctx context.Context, e Email) error {
		if strings.HasSuffix(e.To, "@"+domain) {
			return fmt.Errorf("e-mail %s: %w", e.ID, ErrBounced)
		}
		return next(ctx, e)
	}
}

// Folder returns a sender that writes each e-mail to a file of its own in dir,
// named after its id. An e-mail whose file exists was sent before and is not
// sent again: SQS delivers at least once, so a sender has to notice.
func Folder(dir string, logger *slog.Logger) Sender {
	return func(ctx context.Context, e Email) error {
		if !filepath.IsLocal(e.ID) {
			return fmt.Errorf("e-mail %q: the id is not a file name", e.ID)
		}
		name := filepath.Join(dir, e.ID+".eml")
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			logger.InfoContext(ctx, "e-mail was sent before", "id", e.ID)
			return nil
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(file, "To: %s\r\nSubject: %s\r\nMessage-ID: <%s>\r\n\r\n%s\r\n", e.To, e.Subject, e.ID, e.Text)
		if err = errors.Join(err, file.Close()); err != nil {
			return errors.Join(err, os.Remove(name))
		}
		logger.InfoContext(ctx, "e-mail sent", "id", e.ID, "to", e.To, "file", name)
		return nil
	}
}
