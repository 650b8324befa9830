package ratelimit

import (
	"errors"
	"net/http"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
)

// A clock is the process's, held to DynamoDB's: each answer carries the server's
// date, to the second. A clock that cannot be right by it is corrected to the
// nearest time that can. So clocks that are right stay as exact as they are, and
// a wrong one is off by at most a second and the time of a request.
type clock struct {
	source    func() time.Time
	tolerance time.Duration

	mu      sync.Mutex
	offset  time.Duration
	contact time.Time // when DynamoDB last answered, by source
}

// now returns the time in nanoseconds since 1970. It is not steady before the
// first answer, and when the wall clock and the monotonic clock have gone
// different ways since the last one: the process was frozen, or the wall clock
// was set. It is then to be held to the server's before it is relied on.
func (c *clock) now() (now int64, steady bool) {
	t := c.source()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.contact.IsZero() {
		gap := t.Sub(c.contact) - t.Round(0).Sub(c.contact.Round(0))
		steady = gap.Abs() <= c.tolerance
	}
	return t.UnixNano() + int64(c.offset), steady
}

// answered notes an answer to a request of the given time.
func (c *clock) answered(sent time.Time, metadata middleware.Metadata, err error) {
	received := c.source()
	server, answered := serverTime(metadata, err)
	if !answered {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.contact = received
	if server.IsZero() {
		return
	}
	// The server's clock was in [server, server+1s) at some time between the
	// two.
	if early := server.Sub(received.Round(0).Add(c.offset)); early > 0 {
		c.offset += early
	}
	if late := sent.Round(0).Add(c.offset).Sub(server.Add(time.Second)); late > 0 {
		c.offset -= late
	}
}

// serverTime returns the date of an answer, zero when it has none, and whether
// there was an answer at all.
func serverTime(metadata middleware.Metadata, err error) (server time.Time, answered bool) {
	if err == nil {
		server, _ = awsmiddleware.GetServerTime(metadata)
		return server, true
	}
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil || response.Response.Response == nil {
		return server, false
	}
	server, err = http.ParseTime(response.Response.Header.Get("Date"))
	if err != nil {
		server = time.Time{}
	}
	return server, true
}
