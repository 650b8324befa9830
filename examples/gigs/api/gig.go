package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-thaw/thaw/httpapi"

	"github.com/go-thaw/thaw/examples/gigs/store"
)

// gig is what clients see of one.
type gig struct {
	ID           string    `json:"id"`
	Title        string    `json:"title"`
	City         string    `json:"city,omitempty"`
	Pay          int64     `json:"pay"`
	Status       string    `json:"status"`
	Applications int64     `json:"applications"`
	Created      time.Time `json:"created"`
}

func show(g store.Gig) gig {
	return gig{g.ID, g.Title, g.City, g.Pay, g.Status, g.Applications, g.Created}
}

// respond shows g with its version as ETag.
func respond(status int, g store.Gig) httpapi.Response[gig] {
	return httpapi.Response[gig]{
		Status: status,
		Header: http.Header{"Etag": {etag(g.Version)}, "Location": {"/gigs/" + g.ID}},
		Body:   show(g),
	}
}

func etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

type newGig struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	City  string `json:"city"`
	Pay   int64  `json:"pay"`
}

func (in newGig) Validate() error {
	var w wrong
	w.key("id", in.ID)
	w.text("title", in.Title, 200)
	w.add(in.Pay <= 0, "pay", "must be a positive number of cents")
	return w.err()
}

func (a *API) createGig(ctx context.Context, in newGig) (httpapi.Response[gig], error) {
	g := store.Gig{ID: in.ID, Title: in.Title, City: in.City, Pay: in.Pay}
	if err := a.options.Store.CreateGig(ctx, &g); err != nil {
		return httpapi.Response[gig]{}, explain("gig "+in.ID, err)
	}
	a.gigs.Delete(g.ID) // it may be remembered as missing
	return respond(http.StatusCreated, g), nil
}

type gigID struct {
	ID string `path:"id"`
}

func (a *API) readGig(ctx context.Context, in gigID) (httpapi.Response[gig], error) {
	g, err := a.gigs.Get(ctx, in.ID)
	if err != nil {
		return httpapi.Response[gig]{}, explain("gig "+in.ID, err)
	}
	return respond(http.StatusOK, g), nil
}

// changedGig has a pointer for each field that may be left out.
type changedGig struct {
	ID     string  `path:"id"`
	Match  string  `header:"If-Match"`
	Title  *string `json:"title"`
	Pay    *int64  `json:"pay"`
	Status *string `json:"status"`
}

func (in changedGig) Validate() error {
	if in.Match == "" {
		return httpapi.Error(http.StatusPreconditionRequired, "If-Match must name the version that the change is based on")
	}
	var w wrong
	w.add(in.Title == nil && in.Pay == nil && in.Status == nil, "title", "or pay or status must be given")
	if in.Title != nil {
		w.text("title", *in.Title, 200)
	}
	w.add(in.Pay != nil && *in.Pay <= 0, "pay", "must be a positive number of cents")
	w.add(in.Status != nil && *in.Status != store.Open && *in.Status != store.Closed, "status", "must be open or closed")
	return w.err()
}

// changeGig reads from the table and not from the cache: the version decides.
func (a *API) changeGig(ctx context.Context, in changedGig) (httpapi.Response[gig], error) {
	var none httpapi.Response[gig]
	g, err := a.options.Store.Gig(ctx, in.ID)
	if err != nil {
		return none, explain("gig "+in.ID, err)
	}
	if strings.TrimSpace(in.Match) != etag(g.Version) {
		return none, httpapi.Error(http.StatusPreconditionFailed, "gig "+in.ID+" has the version "+etag(g.Version))
	}
	if in.Title != nil {
		g.Title = *in.Title
	}
	if in.Pay != nil {
		g.Pay = *in.Pay
	}
	if in.Status != nil {
		g.Status = *in.Status
	}
	if err := a.options.Store.PutGig(ctx, &g); err != nil {
		return none, explain("gig "+in.ID, err)
	}
	a.gigs.Delete(g.ID)
	return respond(http.StatusOK, g), nil
}

type listing struct {
	Status string `query:"status"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
}

func (in listing) Validate() error {
	var w wrong
	in.Status = in.status()
	if in.Status != store.Open && in.Status != store.Closed {
		w = append(w, &httpapi.FieldError{In: "query", Field: "status", Detail: "must be open or closed"})
	}
	if in.Limit < 0 || in.Limit > 100 {
		w = append(w, &httpapi.FieldError{In: "query", Field: "limit", Detail: "must be 1 to 100"})
	}
	return w.err()
}

func (in listing) status() string {
	if in.Status == "" {
		return store.Open
	}
	return in.Status
}

type gigPage struct {
	Gigs []gig `json:"gigs"`
	// Cursor continues the listing; it is absent on the last page.
	Cursor string `json:"cursor,omitempty"`
}

func (a *API) listGigs(ctx context.Context, in listing) (gigPage, error) {
	if in.Limit == 0 {
		in.Limit = 20
	}
	gigs, cursor, err := a.options.Store.Gigs(ctx, in.status(), in.Limit, in.Cursor)
	if err != nil {
		return gigPage{}, explain("the listing", err)
	}
	page := gigPage{Gigs: make([]gig, 0, len(gigs)), Cursor: cursor}
	for _, g := range gigs {
		page.Gigs = append(page.Gigs, show(g))
	}
	return page, nil
}
