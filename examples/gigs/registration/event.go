package registration

import (
	"errors"

	"github.com/go-thaw/thaw/events"
)

// A User is what the world learns of a new user.
type User struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
}

// Validate is called on both sides: an incomplete event is neither published
// nor handled.
func (u User) Validate() error {
	if u.ID == "" || u.Email == "" {
		return errors.New("id and email must not be empty")
	}
	return nil
}

// UserRegistered is published when a user has registered.
var UserRegistered = events.Define[User]("gigs.platform", "UserRegistered")
