package httpapi

import (
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// A requestError says why a payload cannot be a request; the client is answered
// 400 with it.
type requestError string

func (e requestError) Error() string   { return string(e) }
func (e requestError) StatusCode() int { return http.StatusBadRequest }

// request fills in r, whose context is set, from the event of inv. Nothing goes
// through the text of a URL: a path that is already decoded would be parsed a
// second time, and its '#' and '?' would cut it.
func (d *decoder) request(inv *invocation, r *http.Request, o *Options) error {
	e := &inv.event
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	r.URL = &inv.url
	r.Method = e.methodName()
	if !isToken(r.Method) {
		return requestError("malformed method")
	}
	if err := d.setHeader(e, r); err != nil {
		return err
	}
	if r.Host == "" {
		r.Host = e.context.domain
	}
	if err := setPath(r.URL, e, o); err != nil {
		return err
	}
	r.URL.RawQuery = d.rawQuery(e)
	if hasControl(r.URL.RawQuery) {
		return requestError("malformed query")
	}
	r.RequestURI = r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		r.RequestURI += "?" + r.URL.RawQuery
	}
	if inv.SourceIP == "" {
		inv.SourceIP = forwardedFor(r.Header)
	}
	r.RemoteAddr = remoteAddr(inv.SourceIP)
	return setBody(inv, r)
}

// methodName returns the method of the request.
func (e *event) methodName() string {
	switch e.source {
	case SourceHTTP2, SourceFunctionURL:
		return e.context.method
	case SourceLattice1, SourceLattice2:
		return e.lattice
	default:
		return e.method
	}
}

// setHeader sets the header and the host of r. As in net/http, Host is not part
// of the header and a malformed name or value is refused.
func (d *decoder) setHeader(e *event, r *http.Request) error {
	pairs := d.of(e.headers)
	if multi := d.of(e.multiHeaders); len(multi) > 0 {
		pairs = multi
	}
	r.Header = make(http.Header, len(pairs)+1)
	values := make([]string, len(pairs))
	d.names = canonicalize(pairs, d.names[:0])
	for i, p := range pairs {
		key := p.key
		if key == "" || !validHeaderValue(p.value) {
			return requestError("malformed header")
		}
		if key == "Host" {
			if !validHost(p.value) {
				return requestError("malformed Host header")
			}
			r.Host = p.value
			continue
		}
		values[i] = p.value
		known := len(r.Header)
		r.Header[key] = values[i : i+1 : i+1]
		if len(r.Header) == known { // repeated, which is rare enough not to look before
			r.Header[key] = valuesOf(pairs[:i+1], key)
		}
	}
	d.setCookies(e, r.Header)
	// The body is complete, whatever its transfer was like.
	delete(r.Header, "Transfer-Encoding")
	delete(r.Header, "Trailer")
	// net/http does the same for clients of HTTP/1.0.
	if hp := r.Header["Pragma"]; len(hp) > 0 && hp[0] == "no-cache" && r.Header["Cache-Control"] == nil {
		r.Header["Cache-Control"] = []string{"no-cache"}
	}
	return nil
}

// valuesOf returns the values of all pairs with that key.
func valuesOf(pairs []pair, key string) (values []string) {
	for _, p := range pairs {
		if p.key == key {
			values = append(values, p.value)
		}
	}
	return values
}

// setCookies puts the cookies of payload format 2.0 into the header. A function
// URL sends them in both places, an HTTP API only in the list.
func (d *decoder) setCookies(e *event, h http.Header) {
	cookies := d.of(e.cookies)
	if len(cookies) == 0 || len(h["Cookie"]) > 0 {
		return
	}
	values := make([]string, len(cookies))
	for i, c := range cookies {
		values[i] = c.value
	}
	h["Cookie"] = []string{strings.Join(values, "; ")}
}

// setBody sets the body of r, which is never nil, and its exact length.
func setBody(inv *invocation, r *http.Request) error {
	content := inv.event.body
	if inv.event.base64 {
		raw, err := base64.StdEncoding.DecodeString(content)
		if err != nil {
			return requestError("malformed base64 in the body")
		}
		content = string(raw)
	}
	r.ContentLength = int64(len(content))
	if h := r.Header["Content-Length"]; len(h) > 0 && h[0] != strconv.Itoa(len(content)) {
		r.Header["Content-Length"] = []string{strconv.Itoa(len(content))}
	}
	r.Body = http.NoBody
	if content != "" {
		inv.body.Reset(content)
		r.Body = &inv.body
	}
	return nil
}

// A requestBody is the body of a request.
type requestBody struct {
	strings.Reader
	closed bool
}

func (b *requestBody) Read(p []byte) (int, error) {
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.Reader.Read(p)
}

// WriteTo keeps the rule of Read for io.Copy.
func (b *requestBody) WriteTo(w io.Writer) (int64, error) {
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.Reader.WriteTo(w)
}

func (b *requestBody) Close() error {
	b.closed = true
	return nil
}

// remoteAddr returns ip with a port, as net/http has it and as
// net.SplitHostPort needs it. No source tells the port.
func remoteAddr(ip string) string {
	if ip == "" {
		return "0.0.0.0:0"
	}
	return net.JoinHostPort(ip, "0")
}

// forwardedFor returns the last address of X-Forwarded-For, the only one that
// the load balancer itself wrote; those before it are the client's word.
func forwardedFor(h http.Header) string {
	list := h["X-Forwarded-For"]
	if len(list) == 0 {
		return ""
	}
	last := list[len(list)-1]
	last = textproto.TrimString(last[strings.LastIndexByte(last, ',')+1:])
	// With client port preservation the load balancer adds the port.
	if host, _, err := net.SplitHostPort(last); err == nil {
		last = host
	}
	return strings.Trim(last, "[]")
}
