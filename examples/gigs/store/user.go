package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/go-thaw/thaw/dynamo"
)

// A User is somebody who registered.
type User struct {
	ID      string    `dynamodbav:"id"`
	Email   string    `dynamodbav:"email"`
	Name    string    `dynamodbav:"name"`
	Created time.Time `dynamodbav:"created"`
}

// A Profile is what others see of a user.
type Profile struct {
	User string `dynamodbav:"user"`
	Name string `dynamodbav:"name"`
}

// Preferences are what a user chose.
type Preferences struct {
	User    string `dynamodbav:"user"`
	Digest  string `dynamodbav:"digest"`
	Weekend bool   `dynamodbav:"weekend"`
}

// An address makes e-mail addresses unique. Its key is a hash, since an address
// may contain any character and is nobody's business in a log.
type address struct {
	Hash string `dynamodbav:"hash"`
	User string `dynamodbav:"user"`
}

// CreateUser stores u, unless its e-mail address has registered before:
// [dynamo.ErrExists]. The address, the user and what else is given are written
// together or not at all.
func (s *Store) CreateUser(ctx context.Context, u *User, more ...dynamo.Op) error {
	u.Created = s.now().UTC()
	sum := sha256.Sum256([]byte(strings.ToLower(u.Email)))
	claim := &address{Hash: hex.EncodeToString(sum[:]), User: u.ID}
	return dynamo.Transact(ctx, s.client, append(more, s.addresses.CreateOp(claim), s.users.CreateOp(u))...)
}

// User returns the user with id, or [dynamo.ErrNotFound].
func (s *Store) User(ctx context.Context, id string) (User, error) {
	return s.users.Get(ctx, dynamo.Key{id})
}

// Profile returns the profile of a user, or [dynamo.ErrNotFound].
func (s *Store) Profile(ctx context.Context, user string) (Profile, error) {
	return s.profiles.Get(ctx, dynamo.Key{user})
}

// Preferences returns the preferences of a user, or [dynamo.ErrNotFound].
func (s *Store) Preferences(ctx context.Context, user string) (Preferences, error) {
	return s.preferences.Get(ctx, dynamo.Key{user})
}

// CreateProfile stores a profile. One that exists stays as it is.
func (s *Store) CreateProfile(ctx context.Context, user, name string) error {
	return unlessExists(s.profiles.Create(ctx, &Profile{User: user, Name: name}))
}

// CreatePreferences stores the default preferences. Those that exist stay as
// they are.
func (s *Store) CreatePreferences(ctx context.Context, user string) error {
	return unlessExists(s.preferences.Create(ctx, &Preferences{User: user, Digest: "weekly"}))
}
