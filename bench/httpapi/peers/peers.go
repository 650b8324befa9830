// Package peers puts several adapters behind one function, to be measured side
// by side: a file per library.
package peers

import (
	"context"
	"net/http"
)

// A Source is who sends the events.
type Source int

// The sources.
const (
	HTTP Source = iota // HTTP API, payload format 2.0
	REST
	ALB // with multi-value headers
	URL
)

// Invoke is lambda.Handler's method.
type Invoke func(context.Context, []byte) ([]byte, error)

// A Peer is a library.
type Peer struct {
	Name string
	// New returns a function for the events of a source, nil when the library
	// does not know it.
	New func(Source, http.Handler) Invoke
}

// All returns all that is measured. The first is what the ratios refer to.
func All() []Peer {
	return []Peer{{"thaw", newThaw}, {"thaw, streaming", newStream}, {"awslabs", newAwslabs}, {"lambdaurl", newLambdaurl}}
}
