package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A client sends requests to the API and holds each answer against what the
// script expects.
type client struct {
	transport http.RoundTripper

	mu        sync.Mutex
	statuses  map[int]int
	latencies []time.Duration
	problems  []string
}

func newClient(transport http.RoundTripper) *client {
	return &client{transport: transport, statuses: make(map[int]int)}
}

// A request is one line of the script.
type request struct {
	method, path string
	header       http.Header
	// body is sent as it is when it is a string, as JSON otherwise; nil sends
	// none.
	body any
	// want is the status that must come back.
	want int
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send sends r. An answer other than the expected one is noted as a problem.
func (c *client) send(ctx context.Context, r request) answer {
	start := time.Now()
	a, err := c.roundTrip(ctx, r)
	took := time.Since(start)

	c.mu.Lock()
	defer c.mu.Unlock()
	c.latencies = append(c.latencies, took)
	c.statuses[a.status]++
	switch {
	case err != nil:
		c.problems = append(c.problems, fmt.Sprintf("%s %s: %v", r.method, r.path, err))
	case a.status != r.want:
		c.problems = append(c.problems, fmt.Sprintf("%s %s: status %d, want %d: %s", r.method, r.path, a.status, r.want, a.body))
	case a.status >= 400 && a.status != http.StatusMethodNotAllowed && r.path != unknownRoute && a.header.Get("Content-Type") != "application/problem+json":
		c.problems = append(c.problems, fmt.Sprintf("%s %s: status %d without a problem document: %s", r.method, r.path, a.status, a.body))
	}
	return a
}

func (c *client) roundTrip(ctx context.Context, r request) (answer, error) {
	var body io.Reader
	switch b := r.body.(type) {
	case nil:
	case string:
		body = bytes.NewReader([]byte(b))
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			return answer{}, err
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, "https://api.example.com"+r.path, body)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	response, err := c.transport.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, content}, err
}

// problem notes that something does not add up.
func (c *client) problem(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// decode reads the JSON of a.
func decode[T any](c *client, a answer) (v T) {
	if err := json.Unmarshal(a.body, &v); err != nil {
		c.problem("answer %q: %v", a.body, err)
	}
	return v
}

// percentile returns the latency that a share p of the requests stayed under.
func (c *client) percentile(p float64) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.latencies) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(c.latencies))
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}
