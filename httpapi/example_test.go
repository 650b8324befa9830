package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

// CreateGig is the input of an operation: one field from the path, the others
// from the body.
type CreateGig struct {
	Shop  string `path:"shop"`
	Title string `json:"title"`
	Price int    `json:"price"`
}

// Validate is called before the operation.
func (in CreateGig) Validate() error {
	var errs []error
	if in.Title == "" {
		errs = append(errs, &httpapi.FieldError{Field: "title", Detail: "must not be empty"})
	}
	if in.Price <= 0 {
		errs = append(errs, &httpapi.FieldError{Field: "price", Detail: "must be positive"})
	}
	return errors.Join(errs...)
}

type Gig struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

func createGig(_ context.Context, in CreateGig) (httpapi.Response[Gig], error) {
	if in.Shop != "music" {
		return httpapi.Response[Gig]{}, httpapi.Error(http.StatusNotFound, "no such shop")
	}
	return httpapi.Response[Gig]{
		Status: http.StatusCreated,
		Header: http.Header{"Location": {"/shops/music/gigs/1"}},
		Body:   Gig{ID: "1", Title: in.Title},
	}, nil
}

// A typed function behind an HTTP API, without AWS.
func Example() {
	mux := http.NewServeMux()
	mux.Handle("POST /shops/{shop}/gigs", httpapi.JSON(createGig))

	// In main: httpapi.Start(mux, nil). In a test:
	client := httpapitest.New(httpapi.SourceHTTP2, httpapi.New(mux, nil), nil).Client()
	post := func(body string) {
		response, err := client.Post("https://api.example.com/shops/music/gigs", "application/json", strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		answer, _ := io.ReadAll(response.Body)
		fmt.Println(response.Status, strings.TrimSpace(string(answer)))
	}
	post(`{"title":"Drummer wanted","price":100}`)
	post(`{"price":0}`)
	post(`{"title":"Drummer wanted","price":"100","colour":"red"}`)
	// Output:
	// 201 Created {"id":"1","title":"Drummer wanted"}
	// 422 Unprocessable Entity {"title":"Unprocessable Entity","status":422,"detail":"wrong fields: title, price","errors":[{"in":"body","field":"title","detail":"must not be empty"},{"in":"body","field":"price","detail":"must be positive"}]}
	// 400 Bad Request {"title":"Bad Request","status":400,"detail":"wrong fields: price, colour","errors":[{"in":"body","field":"price","detail":"must be a whole number"},{"in":"body","field":"colour","detail":"is unknown"}]}
}

// What the source knows besides the HTTP is in the context, and nowhere else.
func ExampleRequestFrom() {
	handler := func(w http.ResponseWriter, r *http.Request) {
		about := httpapi.RequestFrom(r.Context())
		fmt.Fprintln(w, about.Source, about.Stage, about.Route, about.SourceIP)
	}
	for _, source := range httpapitest.Sources() {
		gateway := httpapitest.New(source, httpapi.New(http.HandlerFunc(handler), nil), nil)
		response, err := gateway.Client().Get("https://api.example.com/gigs")
		if err != nil {
			fmt.Println(err)
			return
		}
		answer, _ := io.ReadAll(response.Body)
		fmt.Print(string(answer))
	}
	// Output:
	// rest live GET /{proxy+} 192.0.2.1
	// http-1.0 $default GET /{proxy+} 192.0.2.1
	// http-2.0 $default $default 192.0.2.1
	// function-url $default $default 192.0.2.1
	// alb   192.0.2.1
	// alb-multi-value   192.0.2.1
	// lattice-v1   192.0.2.1
	// lattice-v2   192.0.2.1
}
