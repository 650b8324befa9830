package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

// The differential tests send the same bytes to a net/http server and through
// every source to an adapter with the same handler. The handler must see the
// same request and the client the same answer, but for what the source itself
// changes; lossy states that, source by source.

// A view is what a handler sees of a request.
type view struct {
	Method, Path, RawPath, RawQuery, RequestURI, Host string
	Proto                                             string
	Query                                             url.Values
	Header                                            http.Header
	Cookies                                           []string
	Body                                              string
	ContentLength                                     int64
	HostInHeader, RemoteHasPort, BodyIsNil            bool
}

// look returns the view of r and reads its body.
func look(r *http.Request) view {
	v := view{
		Method: r.Method, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery,
		RequestURI: r.RequestURI, Host: r.Host, Proto: r.Proto, Query: r.URL.Query(),
		Header: r.Header.Clone(), ContentLength: r.ContentLength, BodyIsNil: r.Body == nil,
		Cookies: []string{},
	}
	_, v.HostInHeader = r.Header["Host"]
	_, _, err := net.SplitHostPort(r.RemoteAddr)
	v.RemoteHasPort = err == nil
	for _, c := range r.Cookies() {
		v.Cookies = append(v.Cookies, c.String())
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	v.Body = string(body)
	// What the services add or take away is not the client's.
	for _, name := range []string{
		"X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id", "Connection", "Te", "Upgrade",
		"Keep-Alive", "Proxy-Connection",
	} {
		delete(v.Header, name)
	}
	return v
}

// A native is a net/http server on a loopback port.
type native struct {
	addr    string
	handler http.Handler
}

func newNative(t testing.TB) *native {
	t.Helper()
	n := &native{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{
		Handler:  http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n.handler.ServeHTTP(w, r) }),
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	n.addr = listener.Addr().String()
	return n
}

// An answer is what a client sees of a response.
type answer struct {
	Status  int
	Header  http.Header
	Cookies []string
	Body    string
}

func read(t testing.TB, response *http.Response) answer {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	h := response.Header
	a := answer{Status: response.StatusCode, Cookies: append([]string{}, h["Set-Cookie"]...), Body: string(body)}
	slices.Sort(a.Cookies)
	a.Header = make(http.Header)
	for name, values := range h {
		switch name {
		case "Date", "Content-Length", "Connection", "Trailer", "Set-Cookie":
		default:
			// A source may join values, RFC 9110 says that it is the same.
			a.Header[name] = []string{strings.Join(values, ", ")}
		}
	}
	return a
}

// send sends raw to the server and returns its answer.
func (n *native) send(t testing.TB, raw string, handler http.Handler) answer {
	t.Helper()
	n.handler = handler
	conn, err := net.Dial("tcp", n.addr)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, raw)
	require.NoError(t, err)
	method, _, _ := strings.Cut(raw, " ")
	from := bufio.NewReader(conn)
	for {
		response, err := http.ReadResponse(from, &http.Request{Method: method})
		require.NoError(t, err)
		if response.StatusCode >= 200 {
			return read(t, response)
		}
	}
}

// parse returns raw as the request that a service receives.
func parse(t testing.TB, raw string) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	require.NoError(t, err)
	return r.WithContext(t.Context())
}

// raw writes a request.
func raw(method, target, headers, body string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: test\r\n", method, target)
	if headers != "" {
		b.WriteString(strings.ReplaceAll(headers, "\n", "\r\n") + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return b.String()
}

// lossy returns what is left of v when source has passed it on.
func lossy(source httpapi.Source, v view) view {
	v.Header, v.Query = v.Header.Clone(), maps.Clone(v.Query)
	v.Header["X-Forwarded-For"] = append(v.Header["X-Forwarded-For"], httpapitest.DefaultSourceIP)
	v.Header.Set("X-Forwarded-For", strings.Join(v.Header["X-Forwarded-For"], ", "))
	switch source {
	case httpapi.SourceHTTP2, httpapi.SourceFunctionURL:
		joinHeaders(v.Header)
	case httpapi.SourceLattice1:
		joinHeaders(v.Header)
		for name, values := range v.Query {
			v.Query[name] = values[len(values)-1:]
		}
	case httpapi.SourceALB:
		for name, values := range v.Header {
			v.Header[name] = values[len(values)-1:]
		}
		for name, values := range v.Query {
			v.Query[name] = values[len(values)-1:]
		}
	}
	// The path of an HTTP API is decoded twice and cut at a question mark.
	if source == httpapi.SourceHTTP1 || source == httpapi.SourceHTTP2 {
		path, _, _ := strings.Cut(v.Path, "?")
		if again, err := url.PathUnescape(path); err == nil {
			path, _, _ = strings.Cut(again, "?")
		}
		// JSON has no bytes that are not UTF-8.
		v.Path, v.RawPath = string([]rune(path)), ""
	}
	// The query comes in parts, so that its bytes are not what they were.
	query := "?" + v.RawQuery
	if source != httpapi.SourceHTTP2 && source != httpapi.SourceFunctionURL {
		v.RawQuery, query = "", ""
	}
	uri := (&url.URL{Path: v.Path, RawPath: v.RawPath}).EscapedPath()
	v.RequestURI = strings.TrimSuffix(uri+query, "?")
	return v
}

func joinHeaders(h http.Header) {
	for name, values := range h {
		separator := ","
		if name == "Cookie" {
			separator = "; "
		}
		h[name] = []string{strings.Join(values, separator)}
	}
}

// foretold takes out of v what lossy cannot foretell: the bytes of a query
// that came in parts.
func foretold(source httpapi.Source, v view) view {
	if source != httpapi.SourceHTTP2 && source != httpapi.SourceFunctionURL {
		v.RawQuery = ""
		v.RequestURI, _, _ = strings.Cut(v.RequestURI, "?")
	}
	return v
}

// requests has one request per way in which adapters have been seen to differ
// from net/http.
var requests = []struct {
	name, method, target, headers, body string
	// except are sources that refuse the request themselves.
	except []httpapi.Source
}{
	{name: "plain", method: "GET", target: "/items/1?a=1"},
	{name: "no query", method: "GET", target: "/"},
	{name: "encoded hash", method: "GET", target: "/a%23b?x=1"},
	{name: "encoded question mark", method: "GET", target: "/a%3Fb?x=1"},
	{name: "encoded percent and a letter", method: "GET", target: "/100%25zz", except: httpAPIs},
	{name: "encoded percent and hex digits", method: "GET", target: "/100%25ab"},
	{name: "encoded percent at the end", method: "GET", target: "/100%25", except: httpAPIs},
	{name: "encoded slash", method: "GET", target: "/a%2Fb"},
	{name: "twice encoded slash", method: "GET", target: "/a%252Fb"},
	{name: "space", method: "GET", target: "/a%20b%20"},
	{name: "plus in the path", method: "GET", target: "/a+b"},
	{name: "letters beyond ASCII", method: "GET", target: "/caf%C3%A9/%E2%82%AC?x=%C3%A9"},
	{name: "bytes that are not UTF-8", method: "GET", target: "/caf%E9"},
	{name: "encoded control characters", method: "GET", target: "/a%00b%0Ac%7F"},
	{name: "lower case escape", method: "GET", target: "/a%2fb%c3%a9"},
	{name: "escapes that need not be", method: "GET", target: "/%61%62"},
	{name: "characters that may be escaped", method: "GET", target: "/a(b)!*'"},
	{name: "sub-delimiters", method: "GET", target: "/a;b,c=d:e@f&g$h~i"},
	{name: "two slashes", method: "GET", target: "//evil.com/x"},
	{name: "slashes inside and behind", method: "GET", target: "/a//b/"},
	{name: "dots", method: "GET", target: "/a/../b/./c"},
	{name: "stage-like prefix", method: "GET", target: "/products/1"},
	{name: "encoded plus in the query", method: "GET", target: "/?q=a%2Bb&p=a+b&r=a%20b"},
	{name: "brackets in a name", method: "GET", target: "/?foo%5Ba%5D=1&foo%5Bb%5D=2"},
	{name: "repeated parameter", method: "GET", target: "/?b=2&a=1&b=3"},
	{name: "value that contains another", method: "GET", target: "/?a=x&a=xx&a=x"},
	{name: "ampersand in a value", method: "GET", target: "/?a=1%262&b=%3D%23"},
	{name: "parameter without a value", method: "GET", target: "/?a&b="},
	{name: "equals signs in a value", method: "GET", target: "/?t=YWJj=="},
	{name: "letters beyond ASCII in the query", method: "GET", target: "/?q=%E2%82%AC"},
	{name: "comma in a value", method: "GET", target: "/?ids=1,2,3"},
	{name: "repeated header", method: "GET", target: "/", headers: "X-A: 1\nX-A: 2\nX-A: 12"},
	{name: "header with commas", method: "GET", target: "/",
		headers: "Accept-Encoding: gzip, br;q=0.5\nIf-Modified-Since: Tue, 24 Nov 2026 10:00:00 GMT"},
	{name: "preflight", method: "OPTIONS", target: "/",
		headers: "Origin: https://a.example\nAccess-Control-Request-Method: PUT\n" +
			"Access-Control-Request-Headers: content-type,x-a, x-b"},
	{name: "signature", method: "GET", target: "/",
		headers: `Authorization: AWS4-HMAC-SHA256 Credential=A/20261124, SignedHeaders=a;b, Signature=abc`},
	{name: "forwarded chain", method: "GET", target: "/", headers: "X-Forwarded-For: 203.0.113.9, 10.0.0.1"},
	{name: "cookies", method: "GET", target: "/", headers: "Cookie: s=1; t=a=b; u=\"q\""},
	{name: "odd header case", method: "GET", target: "/", headers: "x-AbC-dEF: 1\netag: 2\nx_under: 3"},
	{name: "empty header", method: "GET", target: "/", headers: "X-Empty:"},
	{name: "no-cache of HTTP/1.0", method: "GET", target: "/", headers: "Pragma: no-cache"},
	{name: "host in capitals", method: "GET", target: "/", headers: "X-Host: Other"},
	{name: "empty body", method: "POST", target: "/", headers: "Content-Type: text/plain"},
	{name: "JSON", method: "POST", target: "/", headers: "Content-Type: application/json", body: "{\"a\":\"\\u00e9\\n\"}"},
	{name: "text with escapes", method: "PUT", target: "/", headers: "Content-Type: text/plain; charset=utf-8",
		body: "quote \" backslash \\ slash / tab \t newline \r\n nul \x00 del \x7f euro € smile 😀 \u2028"},
	{name: "form", method: "POST", target: "/", headers: "Content-Type: application/x-www-form-urlencoded",
		body: "a=1&b=%2B+c"},
	{name: "bytes", method: "POST", target: "/", headers: "Content-Type: application/octet-stream",
		body: "\xff\xfe\x00\x80\x41"},
	{name: "bytes without a type", method: "POST", target: "/", body: "\xff\xfe\x00\x80\x41"},
	{name: "text that is not UTF-8", method: "POST", target: "/", headers: "Content-Type: text/plain", body: "caf\xe9"},
	{name: "GET with a body", method: "GET", target: "/", headers: "Content-Type: text/plain", body: "why not"},
	{name: "PATCH", method: "PATCH", target: "/", headers: "Content-Type: application/json", body: "{}"},
	{name: "unknown method", method: "PURGE", target: "/x"},
	{name: "large body", method: "POST", target: "/", headers: "Content-Type: text/plain",
		body: strings.Repeat("0123456789abcde\n", 8<<10)},
}

// httpAPIs decode the path twice, and refuse what cannot be.
var httpAPIs = []httpapi.Source{httpapi.SourceHTTP1, httpapi.SourceHTTP2}

func TestHandlerSeesWhatNetHTTPShows(t *testing.T) {
	n := newNative(t)
	for _, tc := range requests {
		t.Run(tc.name, func(t *testing.T) {
			compareRequest(t, n, raw(tc.method, tc.target, tc.headers, tc.body), tc.except)
		})
	}
}

// compareRequest sends text both ways and compares what the handlers see.
func compareRequest(t *testing.T, n *native, text string, except []httpapi.Source) {
	t.Helper()
	var seen *view
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		v := look(r)
		seen = &v
	})
	n.send(t, text, handler)
	require.NotNil(t, seen, "net/http refused the request")
	want := *seen
	for _, source := range httpapitest.Sources() {
		seen = nil
		g := httpapitest.New(source, httpapi.New(handler, nil), &httpapitest.Options{
			OnError: func(err error) {
				require.Contains(t, except, source, "%s: %v", source, err)
			},
		})
		response, err := g.RoundTrip(parse(t, text))
		require.NoError(t, err)
		if slices.Contains(except, source) {
			require.Nil(t, seen, source)
			require.Equal(t, http.StatusBadRequest, response.StatusCode)
			continue
		}
		require.NotNil(t, seen, "%s: the handler was not called: %d", source, response.StatusCode)
		require.Equal(t, lossy(source, want), foretold(source, *seen), source)
	}
}

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

// FuzzHandlerSeesWhatNetHTTPShows makes up requests. What net/http refuses is
// no request that a service would pass on.
func FuzzHandlerSeesWhatNetHTTPShows(f *testing.F) {
	for _, tc := range requests {
		f.Add(tc.method, tc.target, tc.headers, tc.body)
	}
	n := newNative(f)
	f.Fuzz(func(t *testing.T, method, target, headers, body string) {
		text := raw(method, target, headers, body)
		if !fuzzable(t, n, text) {
			t.Skip()
		}
		var except []httpapi.Source
		if !decodesTwice(parse(t, text).URL.Path) {
			except = httpAPIs
		}
		compareRequest(t, n, text, except)
	})
}

// decodesTwice tells whether an HTTP API takes a path, given its first decoding.
func decodesTwice(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	_, err := url.PathUnescape(path)
	return err == nil
}

// fuzzable tells whether text is one request that every service passes on and
// whose parts JSON can carry.
func fuzzable(t *testing.T, n *native, text string) bool {
	t.Helper()
	from := bufio.NewReader(strings.NewReader(text))
	r, err := http.ReadRequest(from)
	if err != nil || !strings.HasPrefix(r.RequestURI, "/") {
		return false
	}
	// A malformed query is up to each service.
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || !utf8.ValidString(fmt.Sprint(query)) {
		return false
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || from.Buffered() > 0 || len(r.TransferEncoding) > 0 || len(body) != int(r.ContentLength) {
		return false
	}
	for name, values := range r.Header {
		once := name == "Content-Length" || name == "Content-Type" || name == "Cookie" || name == "Content-Encoding"
		if strings.Contains(name, "Forwarded") || once && len(values) > 1 || name == "Host" || name == "Expect" {
			return false
		}
	}
	called := false
	n.send(t, text, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	return called && utf8.ValidString(text[:len(text)-len(body)])
}
