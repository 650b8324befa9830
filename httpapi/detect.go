package httpapi

import (
	"strings"
	"time"
)

// detect finds out who sent e.
func (e *event) detect() error {
	c := &e.context
	switch {
	case e.authorizing:
		return &PayloadError{Reason: ErrUnknownPayload, Err: errAuthorizer}
	case c.elb && e.method != "":
		e.source = SourceALB
		if e.multiHeaders.set {
			e.source = SourceALBMultiValue
		}
	case c.websocket:
		return &PayloadError{Reason: ErrUnknownPayload, Err: errWebSocket}
	case e.version == "2.0" && c.http && c.method != "":
		e.source = SourceHTTP2
		// The domain of a function URL is always <id>.lambda-url.<region>.on.aws.
		// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
		if strings.Contains(c.domain, ".lambda-url.") {
			e.source = SourceFunctionURL
		}
	case e.version == "2.0" && c.lattice && e.lattice != "":
		e.source = SourceLattice2
	case e.version == "" && e.lattice != "" && e.rawPath != "":
		e.source = SourceLattice1
	case e.version == "1.0" && e.method != "" && c.present:
		e.source = SourceHTTP1
	case e.version == "" && e.method != "" && c.present:
		e.source = SourceREST
	default:
		return &PayloadError{Reason: ErrUnknownPayload}
	}
	return nil
}

// describe fills in what the source told.
func (e *event) describe(r *Request) {
	c := &e.context
	r.Source = e.source
	r.ID = c.requestID
	r.Stage = c.stage
	r.Route = e.route()
	r.SourceIP = c.sourceIP
	r.Domain = c.domain
	r.AccountID, r.APIID = c.account, c.api
	switch {
	case c.epoch == 0:
	case e.source == SourceLattice2:
		r.Time = time.UnixMicro(c.epoch)
	default:
		r.Time = time.UnixMilli(c.epoch)
	}
	r.event = e
}

// route returns the route in the form of an HTTP API, "GET /items/{id}".
func (e *event) route() string {
	switch {
	case e.routeKey != "":
		return e.routeKey
	case e.resource != "":
		return e.method + " " + e.resource
	}
	return ""
}
