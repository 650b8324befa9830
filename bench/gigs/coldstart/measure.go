package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/go-thaw/thaw/bench/gigs/functions"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
	"github.com/go-thaw/thaw/internal/lambdaruntime"
)

// createTables creates those of the template.
func createTables(ctx context.Context, fake *dynamotest.Fake) {
	check(functions.CreateTables(ctx, fake.Client(), "table", "idempotency"))
}

// start starts p and returns when it is ready.
func (p *program) start() (server *lambdaruntime.Server, stop func()) {
	server = lambdaruntime.New(&lambdaruntime.Options{Timeout: time.Minute})
	began := time.Now()
	process, err := server.Start(p.binary, p.env...)
	check(err)
	select {
	case <-server.Ready():
		p.ready = append(p.ready, time.Since(began))
	case <-process.Ended():
		fail("%s ends: %v\n%s", p.Name, process.Err(), process.Output())
	case <-time.After(10 * time.Second):
		fail("%s is never ready\n%s", p.Name, process.Output())
	}
	return server, func() {
		process.Stop()
		server.Close()
	}
}

func measureReady(programs []*program, rounds int) {
	for range rounds {
		for _, i := range rand.Perm(len(programs)) {
			_, stop := programs[i].start()
			stop()
		}
	}
}

// A request is a kind of request to the gigs API.
type request struct {
	method, path, body string
	status             int
	times              [10][]time.Duration
}

// reportRequests measures the requests of each kind and writes a table.
func reportRequests(ctx context.Context, p *program, rounds int) {
	kinds := []*request{
		{method: "GET", path: "/nothing", status: http.StatusNotFound},
		{method: "GET", path: "/gigs", status: http.StatusOK},
		{method: "GET", path: "/gigs/missing", status: http.StatusNotFound},
		{method: "POST", path: "/users", body: `{"email":"%d@example.com","name":"Ada"}`, status: http.StatusCreated},
	}
	next := 0 // the number of a user
	for range rounds {
		for _, i := range rand.Perm(len(kinds)) {
			server, stop := p.start()
			// An address may register ten times.
			address := fmt.Sprintf("10.%d.%d.%d", next>>16, next>>8&255, next&255)
			gateway := httpapitest.New(httpapi.SourceHTTP2, caller{server}, &httpapitest.Options{SourceIP: address})
			for n := range kinds[i].times {
				next++
				kinds[i].times[n] = append(kinds[i].times[n], kinds[i].send(ctx, gateway, next))
			}
			stop()
		}
	}
	fmt.Printf("\n%-20s %10s %10s %10s %13s\n", p.Name, "first", "second", "tenth", "first/second")
	for _, k := range kinds {
		first, second, tenth := median(k.times[0]), median(k.times[1]), median(k.times[9])
		fmt.Printf("%-20s %7.2f ms %7.2f ms %7.2f ms %13.1f\n", k.method+" "+k.path,
			milliseconds(first), milliseconds(second), milliseconds(tenth), float64(first)/float64(second))
	}
}

// send sends the request and returns how long it took.
func (k *request) send(ctx context.Context, gateway http.RoundTripper, n int) time.Duration {
	body := k.body
	if strings.Contains(body, "%d") {
		body = fmt.Sprintf(body, n)
	}
	r, err := http.NewRequestWithContext(ctx, k.method, "https://gigs.example.com"+k.path, strings.NewReader(body))
	check(err)
	r.Header.Set("Content-Type", "application/json")
	began := time.Now()
	response, err := gateway.RoundTrip(r)
	check(err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	check(err)
	taken := time.Since(began)
	if response.StatusCode != k.status {
		fail("%s %s: status %d, want %d: %s", k.method, k.path, response.StatusCode, k.status, answer)
	}
	return taken
}

// A caller invokes the process of a server.
type caller struct{ server *lambdaruntime.Server }

func (c caller) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return c.server.Call(ctx, payload)
}
