// Package lambdalog logs on Lambda with log/slog: every line names its
// invocation, its trace, and whether it was a cold start.
//
// # Getting started
//
//	slog.SetDefault(slog.New(lambdalog.NewHandler(nil)))
//	…
//	slog.InfoContext(ctx, "charged", "order", id)
//
// writes, in a function whose log format is JSON:
//
//	{"timestamp":"…","level":"INFO","message":"charged","order":"o-1","requestId":"79104EXAMPLEB723","traceId":"1-5759e988-bd862e3fe1be46a994272793","coldStart":true}
//
// # Semantics and limits
//
// What is added comes from the context of the log call and from nowhere else, so
// that invocations which run at once in one process do not mix. A line without a
// context, or with one that is not of an invocation, has none of it: call
// InfoContext rather than Info. The three attributes stand at the top level, also
// of a logger with groups.
//
// requestId is that of the invocation. traceId is the root of its X-Ray header,
// or what Options.TraceID says. coldStart tells that this is the first invocation
// of the process and that somebody waited for its start: it is never true with
// provisioned concurrency or on managed instances. The handler takes an
// invocation for the first when it is the first of which it hears, be it by a
// line that is below the level. A function that may have nothing to say about its
// first invocation says so with [Handler.Wrap].
//
// Format and level are those of the function's logging configuration, which
// Lambda passes in AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL, see
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html.
// Lambda drops lines below the level as well; here they are not even written.
//
// # Errors
//
// There are none but those of the handler below, which log/slog ignores.
//
// # Cost
//
// No calls. The attributes add about 130 bytes to a line, which CloudWatch Logs
// charges for; they take two allocations beside those of the handler below, more
// only on a logger with groups.
//
// # Concurrency
//
// A Handler is safe for concurrent use, also by overlapping invocations. It keeps
// nothing about the current invocation and remembers the first of the process.
//
// # Testing
//
// Options.Next takes any slog.Handler, such as a JSON handler on a buffer, and
// lambdacontext.NewContext makes the context of an invocation.
package lambdalog
