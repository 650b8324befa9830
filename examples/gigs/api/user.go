package api

import (
	"context"
	"net/http"
	"net/mail"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/httpapi"

	"github.com/go-thaw/thaw/examples/gigs/registration"
	"github.com/go-thaw/thaw/examples/gigs/store"
)

type newUser struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

func (in newUser) Validate() error {
	var w wrong
	_, err := mail.ParseAddress(in.Email)
	w.add(err != nil, "email", "must be an e-mail address")
	w.text("name", in.Name, 100)
	return w.err()
}

type user struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
}

// createUser registers a user and tells the world. The two are not one
// transaction: when publishing fails the user exists, the client gets an error,
// and nobody is welcomed. An outbox in the table closes that gap.
func (a *API) createUser(ctx context.Context, in newUser) (httpapi.Response[user], error) {
	var none httpapi.Response[user]
	u := &store.User{ID: newID(), Email: in.Email, Name: in.Name}
	if err := a.options.Store.CreateUser(ctx, u); err != nil {
		return none, explain("the e-mail address", err)
	}
	registered := registration.UserRegistered.New(registration.User{ID: u.ID, Email: u.Email, Name: u.Name})
	if err := a.options.Publish(ctx, registered); err != nil {
		return none, err
	}
	costs.AddEvents(ctx, 1)
	return httpapi.Response[user]{
		Status: http.StatusCreated,
		Header: http.Header{"Location": {"/users/" + u.ID}},
		Body:   user{ID: u.ID, Email: u.Email, Name: u.Name},
	}, nil
}
