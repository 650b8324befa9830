package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// send sends requests to the API on an empty table.
func setup(t *testing.T) (send func(method, path, match, body string) *httptest.ResponseRecorder) {
	t.Helper()
	client := dynamotest.New(nil).Client()
	table, err := dynamo.New[Note](client, "notes", nil)
	require.NoError(t, err)
	require.NoError(t, dynamo.CreateTables(t.Context(), client, table))
	handler := newHandler(table)
	return func(method, path, match, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		if match != "" {
			r.Header.Set("If-Match", match)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
}

func TestTheLifeOfANote(t *testing.T) {
	send := setup(t)
	created := send("POST", "/notes", "", `{"text":"milk"}`)
	require.Equal(t, http.StatusCreated, created.Code, created.Body)
	path, version := created.Header().Get("Location"), created.Header().Get("Etag")

	require.JSONEq(t, created.Body.String(), send("GET", path, "", "").Body.String())
	changed := send("PUT", path, version, `{"text":"oat milk"}`)
	require.Equal(t, http.StatusOK, changed.Code, changed.Body)
	require.Contains(t, send("GET", path, "", "").Body.String(), "oat milk")
	require.Equal(t, http.StatusPreconditionFailed, send("PUT", path, version, `{"text":"lost"}`).Code)

	require.Equal(t, http.StatusNoContent, send("DELETE", path, "", "").Code)
	require.Equal(t, http.StatusNotFound, send("GET", path, "", "").Code)
	require.Equal(t, http.StatusPreconditionFailed, send("PUT", path, changed.Header().Get("Etag"), `{"text":"ghost"}`).Code)
}

func TestBadRequests(t *testing.T) {
	for name, tt := range map[string]struct {
		method, path, match, body string
		status                    int
	}{
		"empty text":        {"POST", "/notes", "", `{"text":" "}`, 422},
		"no text":           {"POST", "/notes", "", `{}`, 422},
		"not JSON":          {"POST", "/notes", "", `text`, 400},
		"no If-Match":       {"PUT", "/notes/1", "", `{"text":"x"}`, 400},
		"strange If-Match":  {"PUT", "/notes/1", "*", `{"text":"x"}`, 412},
		"unknown note":      {"GET", "/notes/1", "", ``, 404},
		"method not served": {"PATCH", "/notes/1", "", ``, 405},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tt.status, setup(t)(tt.method, tt.path, tt.match, tt.body).Code)
		})
	}
}
