// Package httpapitest plays the AWS services that send HTTP requests to a
// Lambda function.
//
// A [Gateway] makes of an *http.Request the payload that its service would send,
// invokes the function, and makes of the answer the *http.Response that a client
// would get. It is an http.RoundTripper, so a test that was written for a server
// runs through the function unchanged.
//
// # Getting started
//
//	gateway := httpapitest.New(httpapi.SourceHTTP2, httpapi.New(mux, nil), nil)
//	response, err := gateway.Client().Get("https://api.example.com/gigs/1")
//
// [Sources] lists all services, for a test over each of them.
//
// # Semantics and limits
//
// What a service does to a request and to an answer on the way is played too,
// because that is what breaks programs: an HTTP API decodes the path, a load
// balancer without multi-value headers keeps the last of several values, a REST
// API renames response headers that it wants for itself, and answers that are
// too large or malformed become the service's own error. Requests over a limit of
// the service are refused by it. Authorizers, throttling
// and CORS of the services are not played; [Options].Authorizer gives a function
// the result of an authorizer.
//
// The URL of a request is the one behind the stage: a request for /gigs at the
// stage "live" is what a client would send to /live/gigs.
//
// # Errors
//
// RoundTrip fails only when the request cannot be read or its context is done.
// An error of the function is what the client of the service would see, a 502 or
// 500, and goes to [Options].OnError.
//
// # Cost
//
// No sockets and no AWS calls.
//
// # Concurrency
//
// A Gateway is safe for concurrent use if its function is.
//
// # Testing
//
// The differential tests of package httpapi use this package: the same bytes,
// sent to a net/http server and through each Gateway, must look the same to the
// handler and to the client.
package httpapitest
