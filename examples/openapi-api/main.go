// Command openapi-api quotes prices for parcels: on Lambda behind API Gateway,
// elsewhere on a local server. Its OpenAPI document comes from the code.
package main

import (
	"log/slog"
	"os"
	"strings"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/lambdalog"
)

// The document is part of the function: it is written when the code changes, not
// when a function starts.
//go:generate go run . openapi openapi.json

func main() {
	slog.SetDefault(slog.New(lambdalog.NewHandler(nil)))
	if len(os.Args) == 3 && os.Args[1] == "openapi" {
		if err := writeDocument(os.Args[2]); err != nil {
			slog.Error("the document cannot be written", "error", err)
			os.Exit(1)
		}
		return
	}
	httpapi.Start(newHandler(strings.Fields(os.Getenv("ORIGINS"))), &httpapi.Options{Logger: slog.Default()})
}
