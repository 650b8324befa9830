package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
)

// The size of the script.
const (
	goodUsers     = 40
	bouncingUsers = 3
	gigs          = 24
	closedGigs    = 4 // of the gigs
	readsPerGig   = 6
	applicants    = 4 // per open gig
	pageSize      = 7
	parallel      = 8
	// Requests to register that are malformed, and those over the limit.
	malformedUsers = 4
	floods         = 5
)

// bounce is the domain whose mail server never answers.
const bounce = "bounce.example"

// unknownRoute is a path that nothing serves.
const unknownRoute = "/nowhere"

// each runs fn for 0 to n-1, a few at a time.
func each(n int, fn func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			fn(i)
		})
	}
	wg.Wait()
}

// register registers the users, and returns their ids: each with a key, once more
// with the same key, as a client does that has lost the answer, and once without.
func (c *client) register(ctx context.Context) []string {
	ids := make([]string, goodUsers+bouncingUsers)
	each(len(ids), func(i int) {
		domain := "mail.example"
		if i >= goodUsers {
			domain = bounce
		}
		body := map[string]string{"email": fmt.Sprintf("user-%d@%s", i, domain), "name": fmt.Sprintf("User %d", i)}
		key := http.Header{"Idempotency-Key": {fmt.Sprintf("register-%d", i)}}
		for range 2 {
			a := c.send(ctx, request{method: "POST", path: "/users", header: key, body: body, want: http.StatusCreated})
			id := decode[struct{ ID string }](c, a).ID
			if ids[i] != "" && ids[i] != id {
				c.problem("POST /users: user %d was registered as %s and as %s", i, ids[i], id)
			}
			ids[i] = id
		}
		c.send(ctx, request{method: "POST", path: "/users", body: body, want: http.StatusConflict})
	})
	return ids
}

func gigPath(i int) string { return fmt.Sprintf("/gigs/gig-%d", i) }

// offer creates the gigs, each twice, reads them, and changes them: with the
// version they have, with an old one, and without.
func (c *client) offer(ctx context.Context) {
	each(gigs, func(i int) {
		path := gigPath(i)
		c.send(ctx, request{method: "GET", path: path, want: http.StatusNotFound})
		body := map[string]any{"id": fmt.Sprintf("gig-%d", i), "title": fmt.Sprintf("Gig %d", i), "city": "Porto", "pay": 5000 + i}
		created := c.send(ctx, request{method: "POST", path: "/gigs", body: body, want: http.StatusCreated})
		c.send(ctx, request{method: "POST", path: "/gigs", body: body, want: http.StatusConflict})

		change := map[string]any{"pay": 6000 + i}
		if i < closedGigs {
			change["status"] = "closed"
		}
		match := http.Header{"If-Match": {created.header.Get("Etag")}}
		c.send(ctx, request{method: "PATCH", path: path, body: change, want: http.StatusPreconditionRequired})
		c.send(ctx, request{method: "PATCH", path: path, header: match, body: change, want: http.StatusOK})
		c.send(ctx, request{method: "PATCH", path: path, header: match, body: change, want: http.StatusPreconditionFailed})
		for range readsPerGig {
			a := c.send(ctx, request{method: "GET", path: path, want: http.StatusOK})
			if pay := decode[struct{ Pay int }](c, a).Pay; pay != 6000+i {
				c.problem("GET %s: pay %d, want %d: the cache served what was changed", path, pay, 6000+i)
			}
		}
	})
}

// apply makes users apply for gigs, each twice, and counts with the API.
func (c *client) apply(ctx context.Context, users []string) {
	each(gigs, func(i int) {
		path := gigPath(i) + "/applications"
		want, again, total := http.StatusCreated, http.StatusConflict, applicants
		if i < closedGigs {
			want, total = http.StatusConflict, 0
		}
		for n := range applicants {
			body := map[string]string{"user": users[(i+n)%len(users)], "message": "I would like to do this."}
			c.send(ctx, request{method: "POST", path: path, body: body, want: want})
			c.send(ctx, request{method: "POST", path: path, body: body, want: again})
		}
		a := c.send(ctx, request{method: "GET", path: path, want: http.StatusOK})
		if n := len(decode[struct{ Applications []any }](c, a).Applications); n != total {
			c.problem("GET %s: %d applications, want %d", path, n, total)
		}
		a = c.send(ctx, request{method: "GET", path: gigPath(i), want: http.StatusOK})
		if n := decode[struct{ Applications int }](c, a).Applications; n != total {
			c.problem("GET %s: counts %d applications, want %d", gigPath(i), n, total)
		}
	})
}

// list walks through the listing of a status and checks that every gig is in it
// once.
func (c *client) list(ctx context.Context, status string, want int) {
	seen := make(map[string]int)
	cursor := ""
	for {
		query := url.Values{"status": {status}, "limit": {fmt.Sprint(pageSize)}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		a := c.send(ctx, request{method: "GET", path: "/gigs?" + query.Encode(), want: http.StatusOK})
		page := decode[struct {
			Gigs   []struct{ ID string }
			Cursor string
		}](c, a)
		for _, g := range page.Gigs {
			seen[g.ID]++
		}
		if cursor = page.Cursor; cursor == "" || a.status != http.StatusOK {
			break
		}
	}
	for id, n := range seen {
		if n != 1 {
			c.problem("the listing of %s gigs has %s %d times", status, id, n)
		}
	}
	if len(seen) != want {
		c.problem("the listing of %s gigs has %d, want %d", status, len(seen), want)
	}
}

// misbehave sends what no client should.
func (c *client) misbehave(ctx context.Context) {
	requests := []request{
		{method: "POST", path: "/users", body: `{"email":"nobody","name":""}`, want: http.StatusUnprocessableEntity},
		{method: "POST", path: "/users", body: `{"email":"a@mail.example"`, want: http.StatusBadRequest},
		{method: "POST", path: "/users", body: `{"email":"a@mail.example","name":"A","admin":true}`, want: http.StatusBadRequest},
		{method: "POST", path: "/users", header: http.Header{"Content-Type": {"text/plain"}}, body: "hello", want: http.StatusUnsupportedMediaType},
		{method: "POST", path: "/gigs", body: `{"id":"a/b","title":"","pay":-1}`, want: http.StatusUnprocessableEntity},
		{method: "POST", path: "/gigs", body: `{"id":7}`, want: http.StatusBadRequest},
		{method: "GET", path: "/gigs?status=lost", want: http.StatusUnprocessableEntity},
		{method: "GET", path: "/gigs?limit=many", want: http.StatusBadRequest},
		{method: "GET", path: "/gigs?cursor=forged", want: http.StatusBadRequest},
		{method: "GET", path: "/gigs/missing", want: http.StatusNotFound},
		{method: "GET", path: "/gigs/missing/applications", want: http.StatusNotFound},
		{method: "POST", path: "/gigs/missing/applications", body: `{"user":"u-1"}`, want: http.StatusNotFound},
		{method: "PATCH", path: "/gigs/missing", header: http.Header{"If-Match": {`"1"`}}, body: `{"pay":1}`, want: http.StatusNotFound},
		{method: "GET", path: unknownRoute, want: http.StatusNotFound},
	}
	each(len(requests), func(i int) { c.send(ctx, requests[i]) })

	a := c.send(ctx, request{method: "DELETE", path: "/gigs", want: http.StatusMethodNotAllowed})
	if allow := a.header.Get("Allow"); allow != "GET, HEAD, POST" {
		c.problem("DELETE /gigs: Allow is %q", allow)
	}
}
