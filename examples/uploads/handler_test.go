package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/events"

	"github.com/go-thaw/thaw/examples/uploads/memory"
)

// A site is the service on in-memory parts. The events of the bucket are kept
// until a test delivers them.
type site struct {
	*service
	api    http.Handler
	router *events.Router
	bucket *memory.Bucket
}

func setup(t *testing.T) *site {
	t.Helper()
	client := dynamotest.New(nil).Client()
	uploads, err := dynamo.New[Upload](client, "uploads", nil)
	require.NoError(t, err)
	require.NoError(t, dynamo.CreateTables(t.Context(), client, uploads))
	bucket := &memory.Bucket{URL: "http://bucket.example"}
	s := &service{uploads, bucket, time.Now}
	return &site{s, s.newAPI(), s.newRouter(), bucket}
}

func (s *site) do(t *testing.T, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
	return w
}

// begin asks for a URL.
func (s *site) begin(t *testing.T, contentType string, size int) ticket {
	t.Helper()
	body, err := json.Marshal(newUpload{Name: "a file", Type: contentType, Size: int64(size)})
	require.NoError(t, err)
	w := s.do(t, http.MethodPost, "/uploads", string(body))
	require.Equal(t, http.StatusCreated, w.Code, w.Body)
	var out ticket
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
	return out
}

// arrive puts the bytes and delivers the event, twice.
func (s *site) arrive(t *testing.T, id string, object []byte) Upload {
	t.Helper()
	require.NoError(t, s.bucket.Put(incoming+id, object))
	for range 2 {
		_, err := s.router.Invoke(t.Context(), memory.ObjectCreated(incoming+id, len(object)))
		require.NoError(t, err)
	}
	w := s.do(t, http.MethodGet, "/uploads/"+id, "")
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	var u Upload
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &u))
	return u
}

var png = append([]byte("\x89PNG\x0D\x0A\x1A\x0A"), bytes.Repeat([]byte{0}, 2000)...)

func TestAFileIsLookedAtAndPublished(t *testing.T) {
	s := setup(t)
	begun := s.begin(t, "image/png", len(png))
	require.Equal(t, waiting, begun.Status)
	require.Contains(t, begun.URL, incoming+begun.ID)
	require.Equal(t, "image/png", begun.Header.Get("Content-Type"))

	u := s.arrive(t, begun.ID, png)
	require.Equal(t, ready, u.Status)
	require.Equal(t, "/files/"+begun.ID, u.File)
	require.Equal(t, "3e42873f5cc6be56533a4b6acde579f557fe5e3bea979e8f36de0a4e7bb1539a", u.SHA256)
	published, err := s.bucket.Get(t.Context(), published+begun.ID)
	require.NoError(t, err)
	bytes, err := io.ReadAll(published)
	require.NoError(t, err)
	require.Equal(t, png, bytes)
}

func TestWhatIsNotWhatItClaimsToBeIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		size   int
		object []byte
		reason string
	}{
		"another type": {5, []byte("hello"), "it is text/plain; charset=utf-8 and not image/png"},
		"too short":    {len(png) + 1, png, "it has 2008 bytes and not 2009"},
	} {
		t.Run(name, func(t *testing.T) {
			s := setup(t)
			u := s.arrive(t, s.begin(t, "image/png", c.size).ID, c.object)
			require.Equal(t, refused, u.Status)
			require.Equal(t, c.reason, u.Reason)
			_, err := s.bucket.Get(t.Context(), published+u.ID)
			require.Error(t, err)
		})
	}
}

func TestAnObjectThatNobodyWaitsForIsLeftAlone(t *testing.T) {
	s := setup(t)
	_, err := s.router.Invoke(t.Context(), memory.ObjectCreated(incoming+"unknown", 5))
	require.NoError(t, err)
}

func TestTheSampleOfS3Matches(t *testing.T) {
	sample, err := os.ReadFile("testdata/event-object-created.json")
	require.NoError(t, err)
	for _, event := range [][]byte{sample, memory.ObjectCreated("incoming/x", 5)} {
		ok, err := arrived.Match(event)
		require.NoError(t, err)
		require.True(t, ok)
	}
	ok, err := arrived.Match(memory.ObjectCreated("files/x", 5))
	require.NoError(t, err)
	require.False(t, ok, "what the function publishes does not call it again")
}

func TestBadRequests(t *testing.T) {
	s := setup(t)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
	}{
		"a script":       {"POST", "/uploads", `{"name":"x","type":"text/html","size":5}`, 422},
		"nothing":        {"POST", "/uploads", `{"name":"x","type":"image/png","size":0}`, 422},
		"too large":      {"POST", "/uploads", `{"name":"x","type":"image/png","size":20971521}`, 422},
		"no name":        {"POST", "/uploads", `{"type":"image/png","size":5}`, 422},
		"unknown upload": {"GET", "/uploads/none", ``, 404},
	} {
		require.Equal(t, c.status, s.do(t, c.method, c.path, c.body).Code, name)
	}
}
