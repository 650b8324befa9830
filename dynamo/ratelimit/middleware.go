package ratelimit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Middleware limits requests. The key function names whose bucket a request
// takes a token from; a request without a key, "", is not limited.
//
// Every response carries the fields of draft-ietf-httpapi-ratelimit-headers-11,
//
//	RateLimit-Policy: "default";q=100;w=60
//	RateLimit: "default";r=42;t=35
//
// with the burst as the quota and the time in which an empty bucket is full as
// the window, and those of earlier drafts that many clients know:
// RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset. A request over the
// limit is answered with 429, Retry-After, and a problem document of type
// quota-exceeded. When the table does not answer, [FailClosed] makes it 503.
//
// See https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/.
func (l *Limiter) Middleware(key func(*http.Request) string) func(http.Handler) http.Handler {
	if key == nil {
		panic("ratelimit: Middleware: the key function is nil")
	}
	policy := fmt.Sprintf("%q;q=%d;w=%d", l.options.Name, l.limit.Burst, max(1, seconds(time.Duration(l.fill))))
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			k := key(r)
			if k == "" {
				next.ServeHTTP(w, r)
				return
			}
			d, err := l.Allow(r.Context(), k)
			if err != nil {
				unavailable(w)
				return
			}
			if d.Err == nil {
				l.describe(w.Header(), policy, &d)
			}
			if !d.Allowed {
				l.tooMany(w, &d)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// describe adds the fields about d.
func (l *Limiter) describe(h http.Header, policy string, d *Decision) {
	reset := d.ResetAfter
	if !d.Allowed {
		// The draft wants Retry-After not before the end of the window that is
		// told, and remaining to be what can be used within it.
		d.Remaining, reset = 0, d.RetryAfter
	}
	remaining, t := strconv.Itoa(d.Remaining), strconv.FormatInt(seconds(reset), 10)
	h.Set("RateLimit-Policy", policy)
	h.Set("RateLimit", fmt.Sprintf("%q;r=%s;t=%s", l.options.Name, remaining, t))
	h.Set("RateLimit-Limit", strconv.Itoa(d.Limit))
	h.Set("RateLimit-Remaining", remaining)
	h.Set("RateLimit-Reset", t)
}

// problem is a problem document, RFC 9457.
type problem struct {
	Type     string   `json:"type,omitempty"`
	Title    string   `json:"title"`
	Status   int      `json:"status"`
	Detail   string   `json:"detail"`
	Violated []string `json:"violated-policies,omitempty"`
}

func (l *Limiter) tooMany(w http.ResponseWriter, d *Decision) {
	wait := max(1, seconds(d.RetryAfter))
	answer(w, wait, problem{
		Type:     "https://iana.org/assignments/http-problem-types#quota-exceeded",
		Title:    http.StatusText(http.StatusTooManyRequests),
		Status:   http.StatusTooManyRequests,
		Detail:   fmt.Sprintf("try again in %d s", wait),
		Violated: []string{l.options.Name},
	})
}

func unavailable(w http.ResponseWriter) {
	answer(w, 1, problem{
		Title:  http.StatusText(http.StatusServiceUnavailable),
		Status: http.StatusServiceUnavailable,
		Detail: "the request limit cannot be checked at the moment",
	})
}

func answer(w http.ResponseWriter, retryAfter int64, p problem) {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // it holds texts and a number
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Retry-After", strconv.FormatInt(retryAfter, 10))
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // a client that is gone needs no answer
}

// seconds rounds up.
func seconds(d time.Duration) int64 {
	return int64((d + time.Second - 1) / time.Second)
}
