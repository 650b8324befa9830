package httpapi_test

import (
	"bufio"
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
