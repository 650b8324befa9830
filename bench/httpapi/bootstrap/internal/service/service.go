// Package service is what all functions but bare serve.
package service

import (
	"io"
	"net/http"
)

// New returns the handler.
func New() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		log(r)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"id":"`+r.PathValue("id")+`"}`)
	})
	return mux
}
