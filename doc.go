// Package thaw is the landing page of a set of serverless building blocks for
// Go on AWS. It has no API of its own: import the package you need, and nothing
// else comes along.
//
//   - [github.com/go-thaw/thaw/dynamo]: a repository of one Go type on a
//     DynamoDB table, with conditional writes, versions, cursors, batches and
//     transactions, on a client that survives a freeze.
//   - [github.com/go-thaw/thaw/events]: publish to EventBridge without losing
//     entries, and route what arrives by EventBridge's own patterns.
//   - [github.com/go-thaw/thaw/queue]: process an SQS batch record by record,
//     with a response that is always correct, and send in batches.
//   - [github.com/go-thaw/thaw/cache]: a warm-container cache that expires by
//     both clocks and never loads one key twice at once.
//   - [github.com/go-thaw/thaw/httpapi]: any [net/http.Handler] behind API
//     Gateway, a load balancer or a function URL.
//   - [github.com/go-thaw/thaw/costs]: what an invocation costs, measured for
//     less than it costs, and what its memory size should be.
//   - [github.com/go-thaw/thaw/lambdalog]: log/slog with the request, the trace
//     and the cold start on every line.
//
// A Lambda execution environment is started, used, frozen and thawed. Most
// libraries were written for servers that never freeze; these are written for
// the thaw: connections that died while frozen, clocks that stopped, batches
// that half failed, invocations that overlap.
//
// Every package x that talks to AWS has a fake in x/xtest. The fakes sit below
// the real SDK client, so a test goes through the same encoding, retries and
// limits as production does, in memory and in no real time.
package thaw
