// The function huma serves one operation of huma with httpapi.Start.
package main

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/go-thaw/thaw/httpapi"
)

type input struct {
	ID   string `path:"id"`
	Body struct {
		Name string `json:"name"`
	}
}

type output struct {
	Body struct {
		ID string `json:"id"`
	}
}

func main() {
	mux := http.NewServeMux()
	huma.Post(humago.New(mux, huma.DefaultConfig("items", "1")), "/items/{id}",
		func(_ context.Context, in *input) (*output, error) {
			out := &output{}
			out.Body.ID = in.ID
			return out, nil
		})
	httpapi.Start(mux, nil)
}
