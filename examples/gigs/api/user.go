package api

import (
	"context"
	"net/http"
	"net/mail"

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

// createUser registers a user and tells the world: the event is written with the
// user, and published by the relay.
func (a *API) createUser(ctx context.Context, in newUser) (httpapi.Response[user], error) {
	var none httpapi.Response[user]
	u := &store.User{ID: newID(), Email: in.Email, Name: in.Name}
	registered := registration.UserRegistered.New(registration.User{ID: u.ID, Email: u.Email, Name: u.Name})
	event, err := a.options.Announce(u.ID, registered.Correlate(ctx))
	if err != nil {
		return none, err
	}
	if err := a.options.Store.CreateUser(ctx, u, event); err != nil {
		return none, explain("the e-mail address", err)
	}
	return httpapi.Response[user]{
		Status: http.StatusCreated,
		Header: http.Header{"Location": {"/users/" + u.ID}},
		Body:   user{ID: u.ID, Email: u.Email, Name: u.Name},
	}, nil
}
