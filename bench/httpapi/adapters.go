package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/go-thaw/thaw/bench/httpapi/peers"
)

// The events, and the body that all of them have.
var (
	//go:embed events/http.json
	httpEvent []byte
	//go:embed events/rest.json
	restEvent []byte
	//go:embed events/url.json
	urlEvent []byte
	//go:embed events/alb.json
	albEvent []byte
	//go:embed events/item.json
	itemJSON []byte
)

// adapters compares the adapters on each source, around a handler that does
// nothing and around one that decodes and encodes JSON.
func adapters() []comparison {
	var all []comparison
	for _, source := range []struct {
		name  string
		kind  peers.Source
		event []byte
	}{
		{"HTTP API, payload format 2.0", peers.HTTP, httpEvent},
		{"REST API", peers.REST, restEvent},
		{"load balancer, multi-value headers", peers.ALB, albEvent},
		{"function URL", peers.URL, urlEvent},
	} {
		for _, work := range []struct {
			name    string
			handler http.HandlerFunc
		}{{"fixed answer of 964 bytes", fixed}, {"JSON echo without validation", echo}} {
			c := comparison{name: source.name + ", " + work.name}
			mux := http.NewServeMux()
			mux.HandleFunc("POST /items/{id}", work.handler)
			for _, peer := range peers.All() {
				if invoke := peer.New(source.kind, mux); invoke != nil {
					c.contenders = append(c.contenders, contender{peer.Name, invocation(invoke, source.event)})
				}
			}
			all = append(all, c)
		}
	}
	return all
}

// invocation returns how to invoke with event.
func invocation(invoke peers.Invoke, event []byte) func() []byte {
	// With a deadline, as Lambda gives it: the goroutine that it takes to keep
	// it is part of the work.
	ctx, cancel := context.WithTimeout(context.Background(), 24*time.Hour)
	return func() []byte {
		out, err := invoke(ctx, event)
		if err != nil {
			cancel()
			panic(err)
		}
		return out
	}
}

func fixed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(itemJSON)
}

func echo(w http.ResponseWriter, r *http.Request) {
	var in item
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(in)
}
