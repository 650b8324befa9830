// Package lambdaruntime is the Lambda Runtime API for tests: it starts a
// program as Lambda would, hands it invocations and takes its answers, buffered
// or streamed.
//
//	server := lambdaruntime.New(nil)
//	defer server.Close()
//	process, err := server.Start(binary)
//	answer, err := server.Invoke(ctx, payload)
//
// It behaves as https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// says, with the limits of Lambda, on a loopback port. Unlike the Runtime
// Interface Emulator it does not hold back a streamed answer until its end.
package lambdaruntime
