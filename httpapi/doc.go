// Package httpapi serves the HTTP events of AWS Lambda with any http.Handler.
//
// The rule for every payload is: the handler sees, and answers, exactly what it
// would behind net/http. One function serves an API Gateway REST API, an HTTP
// API (payload formats 1.0 and 2.0), a function URL, an Application Load
// Balancer and VPC Lattice, told apart by the payload itself. ServeMux, chi, gin
// and huma work as they are, and [JSON] makes a handler of a typed function.
// Package httpapi/websocket serves WebSocket APIs.
//
// # Getting started
//
//	mux := http.NewServeMux()
//	mux.Handle("POST /gigs", httpapi.JSON(createGig)) // func(ctx, In) (Out, error)
//	httpapi.Start(mux, nil)                           // on Lambda; elsewhere a local server
//
// Build what is deployed with -tags lambda.norpc: it leaves out the local server
// and what aws-lambda-go has for old runtimes.
//
// [New] returns the [Adapter] itself, a lambda.Handler, for lambda.Start or for
// tests. [RequestFrom] tells a handler what the source knows besides the HTTP,
// who is calling included ([Request.Authorizer]). [RequestID], [AccessLog],
// [Recover], [LimitBody] and [Timeout] are plain middleware.
//
// # Semantics and limits
//
// Requests are built field by field, never through the text of a URL, because a
// path that an HTTP API has decoded would be parsed a second time. A stage that
// an HTTP API puts in front of the path is removed, and so is
// [Options].BasePath, both on segment boundaries. Host is not in the header,
// RemoteAddr has a port, the body is never nil and its length is exact. A
// payload that cannot be a request (an escape or a base64 that is malformed) is
// answered 400 and does not reach the handler.
//
// Answers follow net/http: status 200 when none is set, the first final status
// wins, the header is frozen with it, informational statuses are left out (there
// is no way to send them), the content type is found from the body, HEAD, 204
// and 304 have no body, trailers and headers about the connection are dropped.
// A body goes out in base64 exactly when it must: when it has a
// Content-Encoding or is not UTF-8. A REST API then needs a binaryMediaTypes
// setting that matches, or its clients get the base64.
//
// What a source changes on the way, no adapter can restore. The sources are, in
// this order, a REST API, an HTTP API with payload format 1.0 and 2.0, a function
// URL, a load balancer without and with multi-value headers, and VPC Lattice v1
// and v2:
//
//	source              | REST    | 1.0     | 2.0     | URL     | ALB     | ALB mvh | VPCL 1  | VPCL 2
//	path                | as sent | decoded | decoded | as sent | as sent | as sent | as sent | as sent
//	query               | parts   | parts   | as sent | as sent | parts   | parts   | parts   | parts
//	repeated parameter  | all     | all     | all     | all     | last    | all     | last    | all
//	repeated header     | all     | all     | joined  | joined  | last    | all     | joined  | all
//	repeated Set-Cookie | all     | all     | all     | all     | cases   | all     | cases   | cases
//	other such headers  | all     | all     | joined  | joined  | joined  | all     | joined  | joined
//	renamed headers     | yes     | no      | no      | no      | no      | no      | no      | no
//	request, as JSON    | 6 MB    | 6 MB    | 6 MB    | 6 MB    | 1 MB    | 1 MB    | 6 MB    | 6 MB
//	answer, as JSON     | 6 MB    | 6 MB    | 6 MB    | 6 MB    | 1 MB    | 1 MB    | 6 MB    | 6 MB
//	can stream          | yes     | no      | no      | yes     | no      | no      | no      | no
//
// In words:
//
//   - A decoded path has lost the difference between %2F and a slash, what
//     followed %3F, and bytes that are not UTF-8; %252F is decoded twice.
//   - A query in parts has all names and values that the row below says, perhaps
//     escaped differently and in another order.
//   - Joined means one value with commas in between, for cookies with semicolons.
//   - A repeated header is one of the request, the next two rows are about the
//     answer. Where there is room for one value, each Set-Cookie goes out in
//     another case (SEt-Cookie), which is the same header to every client.
//   - Of a request, a load balancer counts the body only.
//   - A REST API sends some headers of the answer as x-amzn-remapped-*.
//   - Informational answers (1xx), trailers and headers about the connection do
//     not pass any source, in either direction.
//
// A function URL and a REST API can stream; [StartStreaming] and [Adapter.Stream]
// are for functions whose integration does, because a function cannot see it.
// The first bytes then leave at the first flush.
//
// An answer over [Options].MaxResponse is a 500: handed to Lambda, it would end
// the process.
//
// # Errors
//
// Invoke returns an error only when there is no answer to give, see
// [Adapter.Invoke]; a payload of something else is a [*PayloadError]. A panic in
// the handler is logged with its stack ([Options].Logger) and answered 500, and the
// process lives on; http.ErrAbortHandler becomes the source's own 502. A handler that is still
// running shortly before the deadline ([Options].DeadlineMargin) has its context
// cancelled and the client gets a 503. A stream that has begun ends with a
// [*StreamError] instead, so that no client takes a part for all of it. All of
// these answers, and the errors of [JSON], are problems in the sense of RFC 9457.
//
// # Cost
//
// No AWS calls. A request of 3 kB takes about 30 allocations, one of which is
// the one copy of the payload; strings of the request are parts of it. The
// answer is buffered twice, as the handler wrote it and encoded.
//
// # Concurrency
//
// An [Adapter] serves overlapping invocations. No goroutine outlives a call of
// Invoke, or the reading of a stream, except that of a handler that ignores the
// end of its context.
//
// # Testing
//
// Package httpapitest makes of every *http.Request the payload that a source
// would send and of every answer the *http.Response that a client would get.
// It is an http.RoundTripper, so tests written for a server run through Lambda.
package httpapi
