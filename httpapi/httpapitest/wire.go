package httpapitest

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-thaw/thaw/httpapi"
)

// A wire is a request as the service receives it.
type wire struct {
	method   string
	path     string // percent-encoded
	rawQuery string
	host     string
	header   http.Header
	body     []byte
	id       string
}

// hopByHop are the headers about the connection of the client, which end at the
// service.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// newWire returns what a client sends for r, with what the service adds to it.
func newWire(g *Gateway, r *http.Request, body []byte) *wire {
	h := r.Header.Clone()
	if h == nil {
		h = make(http.Header)
	}
	for _, name := range hopByHop {
		h.Del(name)
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	h.Set("Host", host)
	if len(body) > 0 {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	// net/http's client does the same.
	if _, ok := h["User-Agent"]; !ok {
		h.Set("User-Agent", "Go-http-client/1.1")
	}
	forwarded := append(h["X-Forwarded-For"], g.options.SourceIP)
	h.Set("X-Forwarded-For", strings.Join(forwarded, ", "))
	h.Set("X-Forwarded-Port", "443")
	h.Set("X-Forwarded-Proto", "https")
	h.Set("X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678")
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	path, query := target(r)
	return &wire{method, path, query, host, h, body, g.requestID()}
}

// headerSize returns about how many bytes the request line and the headers have.
func (w *wire) headerSize() int {
	size := len(w.method) + len(w.path) + len(w.rawQuery) + len("  HTTP/1.1\r\n?")
	for name, values := range w.header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	return size
}

// target returns the path and the query as r has them on the wire. A request
// that a server or httptest.NewRequest made still has its request line. In
// absolute form, as in httptest.NewRequest("GET", "http://example.com/", nil),
// scheme and host are no part of the path for anybody who is not a proxy.
func target(r *http.Request) (path, query string) {
	line := r.RequestURI
	if line == "" {
		line = r.URL.RequestURI()
	}
	path, query, _ = strings.Cut(line, "?")
	if _, after, absolute := strings.Cut(path, "://"); absolute && path[0] != '/' {
		_, after, _ = strings.Cut(after, "/")
		path = "/" + after
	}
	return path, query
}

// document is a JSON object of a payload.
type document = map[string]any

// encodedBody returns the members for the body. The services agree that text
// goes as it is and the rest in base64, each with its own idea of text; what is
// not UTF-8 cannot go as it is.
func (w *wire) encodedBody(text func(mediaType string) bool) (body any, isBase64 bool) {
	if len(w.body) == 0 {
		return nil, false
	}
	media, _, err := mime.ParseMediaType(w.header.Get("Content-Type"))
	if err == nil && text(media) && utf8.Valid(w.body) && w.header.Get("Content-Encoding") == "" {
		return string(w.body), false
	}
	return base64.StdEncoding.EncodeToString(w.body), true
}

// isText is the idea that an HTTP API, a function URL and a load balancer have
// of text.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
func isText(media string) bool {
	return strings.HasPrefix(media, "text/") ||
		slices.Contains([]string{"application/json", "application/javascript", "application/xml"}, media)
}

// isNever is the idea of text of a REST API with binaryMediaTypes of */*, the
// setting that lets it pass on any body.
func isNever(string) bool { return false }

// joined returns the headers, in lower case, with all values of each in one.
func (w *wire) joined() map[string]string {
	out := make(map[string]string, len(w.header))
	for name, values := range w.header {
		separator := ","
		if name == "Cookie" {
			separator = "; "
		}
		out[strings.ToLower(name)] = strings.Join(values, separator)
	}
	return out
}

// lists returns the headers with all of their values, their names changed by
// rename.
func (w *wire) lists(rename func(string) string) map[string][]string {
	out := make(map[string][]string, len(w.header))
	for name, values := range w.header {
		out[rename(name)] = values
	}
	return out
}

func same(name string) string { return name }

// last returns the last value of each.
func last(lists map[string][]string) map[string]string {
	out := make(map[string]string, len(lists))
	for name, values := range lists {
		if len(values) > 0 {
			out[name] = values[len(values)-1]
		}
	}
	return out
}

// query returns the parameters of the query, decoded, or as the client encoded
// them.
func (w *wire) query(encoded bool) map[string][]string {
	out := make(map[string][]string)
	for part := range strings.SplitSeq(w.rawQuery, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if !encoded {
			name, value = unescapeQuery(name), unescapeQuery(value)
		}
		out[name] = append(out[name], value)
	}
	return out
}

// unescapeQuery decodes s, or leaves it when it is malformed.
func unescapeQuery(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// orNil returns nil for an empty map, which a payload shows as null.
func orNil[V any](m map[string]V) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

// add adds a member to d unless it is empty.
func add[V any](d document, name string, m map[string]V) {
	if len(m) > 0 {
		d[name] = m
	}
}

func encode(d document) ([]byte, error) { return json.Marshal(d) }

// domain returns the domain name in the payload.
func (g *Gateway) domain(w *wire) string {
	if g.source == httpapi.SourceFunctionURL {
		return "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws"
	}
	return w.host
}

// route returns the method and the path of the route.
func (g *Gateway) route(w *wire) (method, path string) {
	if g.options.Route == "" {
		return w.method, "/{proxy+}"
	}
	method, path, ok := strings.Cut(g.options.Route, " ")
	if !ok {
		return w.method, g.options.Route
	}
	return method, path
}
