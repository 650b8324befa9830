// Package partnertest is the partner's API in memory, for the tests and for local
// runs.
package partnertest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
)

// An API answers GET /usage/{tenant} to who has its key, and counts. It is safe for
// concurrent use.
type API struct {
	mu       sync.Mutex
	key      string
	accepted int
	refused  int
}

// New returns an API that accepts a key.
func New(key string) *API { return &API{key: key} }

// Rotate makes the API accept another key, and only that.
func (a *API) Rotate(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.key = key
}

// Calls returns how many calls were answered, and how many refused.
func (a *API) Calls() (accepted, refused int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.accepted, a.refused
}

// Client returns a client whose requests all end up here, within the process.
func (a *API) Client() *http.Client { return &http.Client{Transport: transport{a}} }

type transport struct{ api *API }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	t.api.ServeHTTP(w, r)
	return w.Result(), nil
}

// ServeHTTP answers the number of calls so far as the usage.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+a.key {
		a.refused++
		http.Error(w, "the key is not valid", http.StatusUnauthorized)
		return
	}
	a.accepted++
	_ = json.NewEncoder(w).Encode(map[string]int{"requests": a.accepted}) // to a client in this process
}
