package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-thaw/thaw/examples/gigs/registration"
)

// kept is how many requests a [Watch] remembers.
const kept = 100

// A Request is one that the API has answered.
type Request struct {
	Number       int     `json:"number"`
	Time         string  `json:"time"`
	Method       string  `json:"method"`
	Path         string  `json:"path"`
	Status       int     `json:"status"`
	Milliseconds float64 `json:"milliseconds"`
}

// Requests are what came in.
type Requests struct {
	Total    int            `json:"total"`
	Statuses map[string]int `json:"statuses"`
	// P50 and P95 are milliseconds, of the requests in Last.
	P50  float64   `json:"p50"`
	P95  float64   `json:"p95"`
	Last []Request `json:"last"` // the newest first
}

// An Outcome is what became of an event at one handler.
type Outcome struct {
	Handler  string `json:"handler"`
	Attempts int    `json:"attempts"`
	Done     int    `json:"done"`            // the attempt that succeeded first; later ones repeat nothing
	Error    string `json:"error,omitempty"` // of the last attempt
}

// A Watch sees what a platform does, and can make a handler fail. Make one before
// the platform and hand its methods to it. It is safe for concurrent use.
type Watch struct {
	clock *Clock

	mu       sync.Mutex
	total    int
	statuses map[string]int
	requests []Request
	outcomes map[string][]Outcome // by the id of the user
	failing  int
}

// NewWatch returns a watch that has seen nothing.
func NewWatch(clock *Clock) *Watch {
	return &Watch{clock: clock, statuses: make(map[string]int), outcomes: make(map[string][]Outcome)}
}

// Requests returns a handler that notes what next answers.
func (w *Watch) Requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &statusWriter{rw, http.StatusOK}
		next.ServeHTTP(seen, r)
		w.request(r, seen.status, time.Since(start))
	})
}

func (w *Watch) request(r *http.Request, status int, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total++
	w.statuses[fmt.Sprint(status)]++
	w.requests = append(w.requests, Request{
		Number: w.total, Time: clockTime(w.clock.Time()), Method: r.Method, Path: r.URL.RequestURI(),
		Status: status, Milliseconds: milliseconds(took),
	})
	w.requests = w.requests[max(0, len(w.requests)-kept):]
}

// seenRequests returns what the API has answered.
func (w *Watch) seenRequests() Requests {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := Requests{Total: w.total, Statuses: make(map[string]int, len(w.statuses)), Last: append([]Request{}, w.requests...)}
	for status, n := range w.statuses {
		out.Statuses[status] = n
	}
	took := make([]float64, len(w.requests))
	for i, r := range w.requests {
		took[i] = r.Milliseconds
	}
	slices.Sort(took)
	slices.Reverse(out.Last)
	if n := len(took); n > 0 {
		out.P50, out.P95 = took[n/2], took[min(n-1, n*95/100)]
	}
	return out
}

// Handled notes what became of an event at a handler.
func (w *Watch) Handled(handler string, u registration.User, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	of := w.outcomes[u.ID]
	i := slices.IndexFunc(of, func(o Outcome) bool { return o.Handler == handler })
	if i < 0 {
		i = len(of)
		of = append(of, Outcome{Handler: handler})
	}
	of[i].Attempts++
	of[i].Error = ""
	switch {
	case err != nil:
		of[i].Error = err.Error()
	case of[i].Done == 0:
		of[i].Done = of[i].Attempts
	}
	w.outcomes[u.ID] = of
}

// outcomesOf returns what became of the registration of a user, by handler.
func (w *Watch) outcomesOf(user string) []Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	of := slices.Clone(w.outcomes[user])
	slices.SortFunc(of, func(a, b Outcome) int { return slices.Compare([]byte(a.Handler), []byte(b.Handler)) })
	return of
}

// errFailing is what a handler that was made to fail returns.
var errFailing = errors.New("made to fail by the console")

// Store returns a store whose CreateProfile fails as often as the console wants.
func (w *Watch) Store(next registration.Store) registration.Store { return failingStore{next, w} }

type failingStore struct {
	registration.Store
	watch *Watch
}

// CreateProfile fails, or does its work.
func (s failingStore) CreateProfile(ctx context.Context, user, name string) error {
	if s.watch.fails() {
		return errFailing
	}
	return s.Store.CreateProfile(ctx, user, name)
}

func (w *Watch) fails() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failing == 0 {
		return false
	}
	w.failing--
	return true
}

func (w *Watch) fail(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failing += n
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func clockTime(t time.Time) string { return t.UTC().Format("15:04:05") }

// milliseconds has two decimals.
func milliseconds(d time.Duration) float64 { return float64(d.Round(10*time.Microsecond)) / 1e6 }
