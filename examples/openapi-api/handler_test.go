package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

const origin = "https://shop.example.com"

// A reply is what a client gets.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// send sends a request through API Gateway to the function.
func send(t *testing.T, method, path, body string, header ...string) reply {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	gateway := httpapitest.New(httpapi.SourceHTTP2, httpapi.New(newHandler([]string{origin}), nil), nil)
	response, err := gateway.RoundTrip(r)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return reply{response.StatusCode, response.Header, content}
}

func decode[T any](t *testing.T, r reply) (out T) {
	t.Helper()
	require.NoError(t, json.Unmarshal(r.body, &out))
	return out
}

func TestQuotes(t *testing.T) {
	for name, tt := range map[string]struct {
		parcel         string
		cents, express int
	}{
		"by weight": {`{"country":"DE","weight":1200,"length":30,"width":10,"height":10}`, 399 + 2*40, (399 + 2*40) * 5 / 2},
		"by volume": {`{"country":"US","weight":100,"length":50,"width":20,"height":10}`, 1999 + 2*450, (1999 + 2*450) * 5 / 2},
	} {
		t.Run(name, func(t *testing.T) {
			got := send(t, "POST", "/quotes", tt.parcel)
			require.Equal(t, http.StatusOK, got.status)
			quotes := decode[struct{ Quotes []Quote }](t, got).Quotes
			require.Equal(t, []int{tt.cents, tt.express}, []int{quotes[0].Cents, quotes[1].Cents})
		})
	}
}

func TestWrongParcels(t *testing.T) {
	for name, tt := range map[string]struct {
		parcel string
		fields []string
	}{
		"many fields": {`{"country":"XX","weight":0,"length":1,"width":1}`, []string{"body", "body.country", "body.weight"}},
		"unknown":     {`{"country":"DE","weight":1,"length":1,"width":1,"height":1,"colour":"red"}`, []string{"body.colour"}},
		"too large":   {`{"country":"DE","weight":1,"length":120,"width":60,"height":60}`, []string{"body.length"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := send(t, "POST", "/quotes", tt.parcel)
			require.Equal(t, http.StatusUnprocessableEntity, got.status)
			require.Equal(t, "application/problem+json", got.header.Get("Content-Type"))
			var fields []string
			for _, detail := range decode[huma.ErrorModel](t, got).Errors {
				fields = append(fields, detail.Location)
			}
			require.ElementsMatch(t, tt.fields, fields)
		})
	}
}

func TestBrowsersOfOtherOrigins(t *testing.T) {
	ask := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type"}
	got := send(t, "OPTIONS", "/quotes", "", append(ask, "Origin", origin)...)
	require.Equal(t, http.StatusNoContent, got.status)
	require.Equal(t, origin, got.header.Get("Access-Control-Allow-Origin"))
	got = send(t, "OPTIONS", "/quotes", "", append(ask, "Origin", "https://other.example.com")...)
	require.Empty(t, got.header.Get("Access-Control-Allow-Origin"))

	r := httptest.NewRequestWithContext(t.Context(), "GET", "/openapi.json", nil)
	r.Header.Set("Origin", origin)
	w := httptest.NewRecorder()
	newHandler(nil).ServeHTTP(w, r)
	require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"), "no origins are none, not all")
}

func TestDocument(t *testing.T) {
	want, err := document()
	require.NoError(t, err)
	require.Equal(t, string(want), string(openAPI), "openapi.json is not that of the code: run go generate")

	got := send(t, "GET", "/openapi.json", "", "Accept-Encoding", "gzip")
	require.Equal(t, "gzip", got.header.Get("Content-Encoding"))
	plain, err := gzip.NewReader(bytes.NewReader(got.body))
	require.NoError(t, err)
	served, err := io.ReadAll(plain)
	require.NoError(t, err)
	require.Equal(t, string(want), string(served))
}
