package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/httpapi"

	"github.com/go-thaw/thaw/examples/gigs/store"
)

type newApplication struct {
	Gig     string `path:"id"`
	User    string `json:"user"`
	Message string `json:"message"`
}

func (in newApplication) Validate() error {
	var w wrong
	w.key("user", in.User)
	w.add(len(in.Message) > 2000, "message", "is too long")
	return w.err()
}

type application struct {
	Gig     string    `json:"gig"`
	User    string    `json:"user"`
	Message string    `json:"message,omitempty"`
	Created time.Time `json:"created"`
}

func (a *API) apply(ctx context.Context, in newApplication) (httpapi.Response[application], error) {
	var none httpapi.Response[application]
	stored := store.Application{Gig: in.Gig, User: in.User, Message: in.Message}
	if err := a.options.Store.Apply(ctx, &stored); err != nil {
		what := "gig " + in.Gig
		if errors.Is(err, dynamo.ErrExists) {
			what = "the application of " + in.User + " for " + what
		}
		return none, explain(what, err)
	}
	a.gigs.Delete(in.Gig) // its number of applications has changed
	return httpapi.Response[application]{Status: http.StatusCreated, Body: application(stored)}, nil
}

type applications struct {
	Applications []application `json:"applications"`
}

func (a *API) listApplications(ctx context.Context, in gigID) (applications, error) {
	out := applications{Applications: []application{}}
	for stored, err := range a.options.Store.Applications(ctx, in.ID) {
		if err != nil {
			return out, explain("gig "+in.ID, err)
		}
		out.Applications = append(out.Applications, application(stored))
	}
	if len(out.Applications) == 0 {
		// Nobody has applied, or there is nothing to apply for.
		if _, err := a.gigs.Get(ctx, in.ID); err != nil {
			return out, explain("gig "+in.ID, err)
		}
	}
	return out, nil
}
