package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

// answers has one handler per way in which adapters have been seen to answer
// otherwise than net/http.
var answers = []struct {
	name    string
	method  string // GET when empty
	headers string
	handler http.HandlerFunc
}{
	{name: "nothing written", handler: func(http.ResponseWriter, *http.Request) {}},
	{name: "second status", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "x")
	}},
	{name: "status after the body", handler: func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "x")
		w.WriteHeader(http.StatusTeapot)
	}},
	{name: "header after the status", handler: func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("X-Before", "1")
		w.WriteHeader(http.StatusOK)
		h.Set("X-After", "1")
		w.Header().Set("X-Before", "2")
		w.Header()["X-Before"][0] = "3"
		io.WriteString(w, "x")
	}},
	{name: "early hints", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusProcessing)
		w.Header().Set("X-Late", "1")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, "x")
	}},
	{name: "gzip", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "\x1f\x8b\x08\x00")
	}},
	{name: "encoded text", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "aws-chunked")
		io.WriteString(w, "plain ASCII")
	}},
	{name: "png", handler: func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "\x89PNG\x0D\x0A\x1A\x0A\x00\xff")
	}},
	{name: "latin-1", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=iso-8859-1")
		io.WriteString(w, "caf\xe9")
	}},
	{name: "character split between writes", handler: func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "caf\xc3")
		io.WriteString(w, "\xa9")
	}},
	{name: "text with escapes", handler: func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "quote \" backslash \\ </script> & tab \t \r\n € 😀 \u2028 \ufffd")
	}},
	{name: "control characters", handler: func(w http.ResponseWriter, _ *http.Request) {
		for c := range byte(0x80) {
			w.Write([]byte{c})
		}
	}},
	{name: "two values of a header", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Accept-Encoding")
		w.Header()["Link"] = []string{"<a>; rel=next", "<b>; rel=prev"}
	}},
	{name: "cookies", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Set-Cookie", "a=1; Expires=Tue, 24 Nov 2026 10:00:00 GMT; HttpOnly")
		w.Header().Add("Set-Cookie", "b=2; Path=/")
		w.Header().Add("Set-Cookie", "c=3")
	}},
	{name: "one cookie", handler: func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
	}},
	{name: "content type kept", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "<html>")
	}},
	{name: "content type found", handler: func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<ht")
		io.WriteString(w, "ml>")
	}},
	{name: "content type found before a flush", handler: func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<ht")
		w.(http.Flusher).Flush()
		io.WriteString(w, "ml>")
	}},
	{name: "flush before the body", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		if err := http.NewResponseController(w).Flush(); err != nil {
			panic(err)
		}
		io.WriteString(w, "<html>")
	}},
	{name: "deadlines of the connection", handler: func(w http.ResponseWriter, _ *http.Request) {
		c := http.NewResponseController(w)
		fmt.Fprint(w, c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{}), c.EnableFullDuplex())
	}},
	{name: "content type suppressed", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, "<html>")
	}},
	{name: "204", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		if _, err := io.WriteString(w, "x"); !errors.Is(err, http.ErrBodyNotAllowed) {
			panic(err)
		}
	}},
	{name: "304", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusNotModified)
	}},
	{name: "trailers", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "x")
		w.Header().Set(http.TrailerPrefix+"X-Other", "1")
		w.Header().Set("X-Sum", "1")
	}},
	{name: "HEAD", method: "HEAD", handler: func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<html>")
	}},
	{name: "HEAD with a length", method: "HEAD", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
	}},
	{name: "redirect", handler: func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere?a=b", http.StatusSeeOther)
	}},
	{name: "not found", handler: http.NotFound},
	{name: "range", headers: "Range: bytes=2-4", handler: func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", epoch, strings.NewReader("0123456789"))
	}},
	{name: "not modified", headers: "If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT",
		handler: func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "a.txt", epoch, strings.NewReader("0123456789"))
		}},
	{name: "more than declared", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "3")
		io.WriteString(w, "abc")
		if _, err := io.WriteString(w, "d"); !errors.Is(err, http.ErrContentLength) {
			panic(err)
		}
	}},
	{name: "malformed length", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "three")
		io.WriteString(w, "abc")
	}},
	{name: "header values to repair", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Break", "a\r\nSet-Cookie: evil=1")
		w.Header().Set("X-Trim", "  a  ")
		w.Header()["X Bad Name"] = []string{"1"}
		w.Header()["X-None"] = []string{}
		w.Header().Set("X-Empty", "")
	}},
	{name: "large", handler: func(w http.ResponseWriter, _ *http.Request) {
		io.Copy(w, strings.NewReader(strings.Repeat("0123456789abcde\n", 16<<10)))
	}},
	{name: "large and binary", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Write(bytes.Repeat([]byte{0xff, 0x00, 0x80}, 100_000))
	}},
	{name: "read after the answer", method: "POST", handler: func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		_, err := r.Body.Read(make([]byte, 1))
		fmt.Fprintf(w, "%d %v", len(body), err)
	}},
	{name: "server error", handler: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "busy", http.StatusServiceUnavailable)
	}},
	{name: "ServeMux 405", method: "DELETE", handler: func(w http.ResponseWriter, r *http.Request) {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /", http.NotFound)
		mux.HandleFunc("POST /x", http.NotFound)
		mux.ServeHTTP(w, r)
	}},
}

func TestClientGetsWhatNetHTTPSends(t *testing.T) {
	n := newNative(t)
	for _, tc := range answers {
		t.Run(tc.name, func(t *testing.T) {
			method := tc.method
			if method == "" {
				method = http.MethodGet
			}
			compareAnswer(t, n, raw(method, "/x", tc.headers, ""), tc.handler)
		})
	}
}

// compareAnswer sends text both ways to handler and compares what the clients
// get.
func compareAnswer(t *testing.T, n *native, text string, handler http.HandlerFunc) {
	t.Helper()
	want := n.send(t, text, handler)
	for _, source := range httpapitest.Sources() {
		f := &spy{Adapter: httpapi.New(handler, nil)}
		g := httpapitest.New(source, f, &httpapitest.Options{
			OnError: func(err error) { require.NoError(t, err, source) },
		})
		response, err := g.RoundTrip(parse(t, text))
		require.NoError(t, err)
		got := read(t, response)
		if want.Header["Content-Type"] == nil {
			// The services give a type to what has none. The adapter must not.
			require.NotContains(t, string(f.document), `"Content-Type"`)
			delete(got.Header, "Content-Type")
		}
		require.Equal(t, want, got, source)
	}
}

// A spy is an adapter whose last answer can be looked at.
type spy struct {
	*httpapi.Adapter
	document []byte
}

func (s *spy) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var err error
	s.document, err = s.Adapter.Invoke(ctx, payload)
	return s.document, err
}

// FuzzClientGetsWhatNetHTTPSends makes up handlers: each byte is one step.
func FuzzClientGetsWhatNetHTTPSends(f *testing.F) {
	for _, seed := range []string{"", "a", "abc", "fa", "wax", "eaW", "ntac", "hfaf", "sxs", "zAbBcC", "wfwfa"} {
		f.Add(false, seed)
		f.Add(true, seed)
	}
	n := newNative(f)
	f.Fuzz(func(t *testing.T, head bool, program string) {
		method := http.MethodGet
		if head {
			method = http.MethodHead
		}
		compareAnswer(t, n, raw(method, "/", "", ""), func(w http.ResponseWriter, _ *http.Request) {
			for i := range len(program) {
				step(w, program[i])
			}
		})
	})
}

// step does one thing to an answer.
func step(w http.ResponseWriter, c byte) {
	h := w.Header()
	switch c % 18 {
	case 0:
		h.Set("Content-Type", "text/css")
	case 1:
		h["Content-Type"] = nil
	case 2:
		h.Set("Content-Encoding", "br")
	case 3:
		h.Add("Vary", "Origin")
	case 4:
		h.Add("Vary", "Accept")
	case 5:
		h.Add("Set-Cookie", "a=1; Expires=Tue, 24 Nov 2026 10:00:00 GMT")
	case 6:
		h.Add("Set-Cookie", "b=2")
	case 7:
		h.Set("X-Odd", " a\r\nb\t\"\\ ")
	case 8:
		h.Del("Vary")
	case 9:
		w.WriteHeader(http.StatusAccepted)
	case 10:
		w.WriteHeader(http.StatusNoContent)
	case 11:
		w.WriteHeader(http.StatusNotModified)
	case 12:
		w.WriteHeader(http.StatusEarlyHints)
	case 13:
		io.WriteString(w, "<html>")
	case 14:
		io.WriteString(w, "\xff\x00€")
	case 15:
		io.WriteString(w, strings.Repeat("0123456789abcde\n", 200))
	case 16:
		w.(http.Flusher).Flush()
	case 17:
		h.Set("Trailer", "X-Odd")
	}
}
