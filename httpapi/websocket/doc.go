// Package websocket serves an API Gateway WebSocket API: the events of its
// connections, and messages back to them.
//
// API Gateway holds the connections; a function is called for each event of
// one. A [Handler] takes the events apart and calls the function of their route,
// a [Sender] sends messages to connections, from there or from anywhere else.
//
// # Getting started
//
//	h := websocket.New(nil)
//	h.Connect(func(ctx context.Context, e *websocket.Event) ([]byte, error) {
//		return nil, store.Add(ctx, e.ConnectionID)
//	})
//	h.Message("$default", func(ctx context.Context, e *websocket.Event) ([]byte, error) {
//		return nil, sender.Send(ctx, e.ConnectionID, e.Body)
//	})
//	h.Disconnect(func(ctx context.Context, e *websocket.Event) ([]byte, error) {
//		return nil, store.Remove(ctx, e.ConnectionID)
//	})
//	lambda.Start(h)
//
// # Semantics and limits
//
// A connection is refused by an error of the connect function: its
// StatusCode() int is the status of the handshake, 500 without one. A message
// has at most 128 KB, a frame 32 KB, a connection lives at most two hours and is
// closed after ten idle minutes
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
// The disconnect event is sent on a best-effort basis, so that a store of
// connections must also forget those that [Sender.Send] finds to be gone.
// Nothing can be sent to a connection before its connect function has returned.
//
// # Errors
//
// Send returns [ErrGone] for a connection that no longer exists. A panic of a
// function is logged with its stack and answered 500, a reply that is too large
// or not text is a 500 as well. A function that is still running shortly before
// the deadline ([Options].DeadlineMargin) has its context cancelled, and the
// event is answered 503.
//
// # Cost
//
// One API call, and one billed message for each 32 KB, for every Send. A reply
// that a message function returns costs no API call; its route must have a route
// response.
//
// # Concurrency
//
// A [Handler] serves overlapping invocations once its routes are set up, a
// [Sender] is safe for concurrent use. No goroutine outlives a call of Invoke,
// except that of a function that ignores the end of its context.
//
// # Testing
//
// Invoke takes an event as it is; a Sender's HTTPClient may be any function that
// answers requests.
package websocket
