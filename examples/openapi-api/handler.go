package main

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// A Parcel is what somebody wants to send. The tags are both its rules and its
// description.
type Parcel struct {
	Country string `json:"country" enum:"AT,CH,DE,FR,GB,IT,NL,US" doc:"Where to, as in ISO 3166."`
	Weight  int    `json:"weight" minimum:"1" maximum:"31500" doc:"Weight in grams." example:"1200"`
	Length  int    `json:"length" minimum:"1" maximum:"120" doc:"Longest side in centimetres."`
	Width   int    `json:"width" minimum:"1" maximum:"60" doc:"Second side in centimetres."`
	Height  int    `json:"height" minimum:"1" maximum:"60" doc:"Third side in centimetres."`
}

// A Quote is what it costs.
type Quote struct {
	Service string `json:"service" enum:"economy,express" doc:"How it travels."`
	Cents   int    `json:"cents" doc:"Price in cents of a euro."`
	Days    int    `json:"days" doc:"Days until it arrives, at most."`
}

// A zone is a group of countries with the same prices.
type zone struct {
	base, perKilo int // cents
	days          int
}

var (
	domestic = zone{base: 399, perKilo: 40, days: 2}
	europe   = zone{base: 999, perKilo: 110, days: 5}
	overseas = zone{base: 1999, perKilo: 450, days: 14}
)

func zoneOf(country string) zone {
	switch country {
	case "DE":
		return domestic
	case "US":
		return overseas
	default:
		return europe
	}
}

// quotes returns what p costs, the cheapest first.
func (p Parcel) quotes() []Quote {
	z := zoneOf(p.Country)
	grams := max(p.Weight, p.Length*p.Width*p.Height/5) // five cubic centimetres cost like a gram
	cents := z.base + z.perKilo*((grams+999)/1000)
	return []Quote{
		{Service: "economy", Cents: cents, Days: z.days},
		{Service: "express", Cents: cents * 5 / 2, Days: (z.days + 2) / 3},
	}
}

type quoteInput struct{ Body Parcel }

type quoteOutput struct {
	Body struct {
		Quotes []Quote `json:"quotes" doc:"The cheapest first."`
	}
}

// maxGirth is the longest side and the way round the parcel, in centimetres.
const maxGirth = 300

func quote(_ context.Context, in *quoteInput) (*quoteOutput, error) {
	p := in.Body
	if p.Length+2*p.Width+2*p.Height > maxGirth {
		return nil, huma.Error422UnprocessableEntity("the parcel is too large", &huma.ErrorDetail{
			Message: "length and girth must not be more than 300 cm together", Location: "body.length", Value: p.Length,
		})
	}
	out := &quoteOutput{}
	out.Body.Quotes = p.quotes()
	return out, nil
}

// register adds the operations to api.
func register(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "quote-parcel", Method: http.MethodPost, Path: "/quotes",
		Summary: "What a parcel costs", Errors: []int{http.StatusUnprocessableEntity},
	}, quote)
}
