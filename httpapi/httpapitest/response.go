package httpapitest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// An answer is what a function answers to any of the services.
type answer struct {
	StatusCode        int                 `json:"statusCode"`
	StatusDescription string              `json:"statusDescription"`
	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Cookies           []string            `json:"cookies"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// response returns what the service makes of document, or why it cannot.
func (g *Gateway) response(r *http.Request, document []byte) (*http.Response, error) {
	s := services[g.source]
	if len(document) > s.limit {
		return nil, fmt.Errorf("httpapitest: the answer has %d bytes, the limit is %d", len(document), s.limit)
	}
	var a answer
	if err := json.Unmarshal(document, &a); err != nil {
		return nil, fmt.Errorf("httpapitest: the answer is malformed: %w", err)
	}
	if a.StatusCode == 0 && s.cookies {
		// Payload format 2.0 takes any other JSON for the body.
		a = answer{StatusCode: http.StatusOK, Body: string(document), Headers: map[string]string{
			"Content-Type": "application/json",
		}}
	}
	if a.StatusCode < 200 || a.StatusCode > 599 {
		return nil, fmt.Errorf("httpapitest: the answer has the status %d", a.StatusCode)
	}
	body := []byte(a.Body)
	if a.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			return nil, fmt.Errorf("httpapitest: the body is malformed: %w", err)
		}
	}
	return newResponse(r, a.StatusCode, s.header(&a, len(body) > 0), body, g), nil
}

// header returns the header that the client gets.
func (s *service) header(a *answer, hasBody bool) http.Header {
	h := make(http.Header)
	lists := make(map[string][]string)
	if s.single {
		for _, name := range slices.Sorted(maps.Keys(a.Headers)) {
			lists[name] = []string{a.Headers[name]}
		}
	}
	if s.multi {
		maps.Copy(lists, a.MultiValueHeaders)
	}
	if s.cookies && len(a.Cookies) > 0 {
		lists["Set-Cookie"] = a.Cookies
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		if strings.EqualFold(name, "Content-Length") && hasBody {
			continue // the service counts for itself
		}
		to := name
		if s.renamed[http.CanonicalHeaderKey(name)] {
			to = "X-Amzn-Remapped-" + name
		}
		for _, value := range lists[name] {
			h.Add(to, value)
		}
	}
	if s.contentType != "" && h.Get("Content-Type") == "" && a.StatusCode != http.StatusNotModified {
		h.Set("Content-Type", s.contentType)
	}
	return h
}

// failure returns the service's own answer.
func (g *Gateway) failure(r *http.Request, status int, err error) *http.Response {
	g.options.OnError(err)
	s := services[g.source]
	contentType, message := "application/json", s.message
	if !strings.HasPrefix(message, "{") {
		contentType = "text/html"
	}
	if status != s.broken {
		contentType, message = "application/json", `{"message":"`+http.StatusText(status)+`"}`
	}
	return newResponse(r, status, http.Header{"Content-Type": {contentType}}, []byte(message), g)
}

// newResponse returns what net/http's client would read.
func newResponse(r *http.Request, status int, h http.Header, body []byte, g *Gateway) *http.Response {
	response := &http.Response{
		Status:     strconv.Itoa(status) + " " + http.StatusText(status),
		StatusCode: status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  h,
		Request: r,
		Body:    http.NoBody,
	}
	if h.Get("Date") == "" {
		h.Set("Date", g.options.Now().UTC().Format(http.TimeFormat))
	}
	switch {
	case r.Method == http.MethodHead:
		response.ContentLength = -1
		if n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64); err == nil {
			response.ContentLength = n
		}
	case status == http.StatusNoContent || status == http.StatusNotModified:
	default:
		response.ContentLength = int64(len(body))
		h.Set("Content-Length", strconv.Itoa(len(body)))
		response.Body = io.NopCloser(bytes.NewReader(body))
	}
	return response
}
