package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/go-thaw/thaw/bench/httpapi/peers"
	"github.com/go-thaw/thaw/httpapi"
)

// An item is what events/item.json has. Its rules are in huma's tags and, in
// Go, in Validate.
type item struct {
	ID          string     `json:"id" minLength:"1" maxLength:"64"`
	Name        string     `json:"name" minLength:"1" maxLength:"200"`
	Description string     `json:"description" maxLength:"2000"`
	Price       int        `json:"price" minimum:"0"`
	Currency    string     `json:"currency" enum:"EUR,USD,GBP"`
	Available   bool       `json:"available"`
	Tags        []string   `json:"tags" maxItems:"10"`
	Dimensions  dimensions `json:"dimensions"`
	Weight      float64    `json:"weight" exclusiveMinimum:"0"`
	Owner       owner      `json:"owner"`
	Options     []option   `json:"options" maxItems:"20"`
	Location    location   `json:"location"`
	Created     time.Time  `json:"created"`
	Notes       string     `json:"notes" maxLength:"2000"`
}

type dimensions struct {
	Width  float64 `json:"width" exclusiveMinimum:"0"`
	Height float64 `json:"height" exclusiveMinimum:"0"`
	Depth  float64 `json:"depth" exclusiveMinimum:"0"`
}

type owner struct {
	ID    string `json:"id" minLength:"1"`
	Name  string `json:"name" minLength:"1"`
	Email string `json:"email" minLength:"3"`
}

type option struct {
	Name  string `json:"name" minLength:"1"`
	Price int    `json:"price" minimum:"0"`
}

type location struct {
	Street  string `json:"street"`
	City    string `json:"city" minLength:"1"`
	Country string `json:"country" minLength:"2" maxLength:"2"`
}

// Validate has the rules of the tags.
func (i *item) Validate() error {
	wrong := func(field, detail string) error { return &httpapi.FieldError{Field: field, Detail: detail} }
	switch {
	case i.ID == "" || len(i.ID) > 64:
		return wrong("id", "must have 1 to 64 bytes")
	case i.Name == "" || len(i.Name) > 200:
		return wrong("name", "must have 1 to 200 bytes")
	case len(i.Description) > 2000 || len(i.Notes) > 2000:
		return wrong("description", "must have at most 2000 bytes")
	case i.Price < 0:
		return wrong("price", "must not be negative")
	case i.Currency != "EUR" && i.Currency != "USD" && i.Currency != "GBP":
		return wrong("currency", "must be EUR, USD or GBP")
	case len(i.Tags) > 10 || len(i.Options) > 20:
		return wrong("tags", "are too many")
	case i.Weight <= 0 || i.Dimensions.Width <= 0 || i.Dimensions.Height <= 0 || i.Dimensions.Depth <= 0:
		return wrong("dimensions", "must be positive")
	case i.Owner.ID == "" || i.Owner.Name == "" || len(i.Owner.Email) < 3:
		return wrong("owner", "must be complete")
	case i.Location.City == "" || len(i.Location.Country) != 2:
		return wrong("location", "must have a city and a country")
	}
	for _, o := range i.Options {
		if o.Name == "" || o.Price < 0 {
			return wrong("options", "must be complete")
		}
	}
	return nil
}

// typed compares httpapi.JSON with huma: the same JSON, the same rules, members
// that are unknown refused by both.
func typed() []comparison {
	alone := comparison{name: "JSON echo with validation, handler alone"}
	behind := comparison{name: "JSON echo with validation, HTTP API through the adapter of thaw"}
	for _, h := range []struct {
		name    string
		handler http.Handler
	}{{"httpapi.JSON", typedJSON()}, {"huma", typedHuma()}} {
		alone.contenders = append(alone.contenders, contender{h.name, request(h.handler)})
		behind.contenders = append(behind.contenders,
			contender{h.name, invocation(peers.All()[0].New(peers.HTTP, h.handler), httpEvent)})
	}
	return []comparison{alone, behind}
}

func typedJSON() http.Handler {
	type input struct {
		PathID string `path:"id"`
		item
	}
	mux := http.NewServeMux()
	mux.Handle("POST /items/{id}", httpapi.JSON(func(_ context.Context, in input) (item, error) { return in.item, nil }))
	return mux
}

func typedHuma() http.Handler {
	type input struct {
		ID   string `path:"id"`
		Body item
	}
	type output struct{ Body item }
	mux := http.NewServeMux()
	config := huma.DefaultConfig("items", "1")
	config.CreateHooks = nil // which add a link to the schema to every answer
	huma.Post(humago.New(mux, config), "/items/{id}", func(_ context.Context, in *input) (*output, error) {
		return &output{in.Body}, nil
	})
	return mux
}

// request returns how to call handler with a request of its own each time.
func request(handler http.Handler) func() []byte {
	target, err := url.Parse("https://items.example.com/items/i-000042?page=2")
	if err != nil {
		panic(err)
	}
	w := &recorder{}
	return func() []byte {
		u := *target
		r := (&http.Request{
			Method: http.MethodPost, URL: &u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header:        http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}},
			Body:          body{bytes.NewReader(itemJSON)},
			ContentLength: int64(len(itemJSON)),
		}).WithContext(context.Background())
		w.header, w.body, w.status = make(http.Header), w.body[:0], http.StatusOK
		handler.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			panic(fmt.Sprintf("status %d: %s", w.status, w.body))
		}
		return w.body
	}
}

// A recorder is the least that a handler writes to.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (w *recorder) Header() http.Header  { return w.header }
func (w *recorder) WriteHeader(code int) { w.status = code }
func (w *recorder) Write(p []byte) (int, error) {
	w.body = append(w.body, p...)
	return len(p), nil
}

type body struct{ *bytes.Reader }

func (body) Close() error { return nil }
