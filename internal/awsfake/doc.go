// Package awsfake is what the fakes of AWS services share: a server for the
// AWS JSON protocols, an in-process transport for the real SDK clients, faults
// and recorded calls.
//
// A fake describes its protocol once, hands over one function per operation and
// gets an [http.Handler] and a [Transport] back:
//
//	server := awsfake.New(awsfake.Protocol{
//		Targets:     []string{"AmazonSQS."},
//		ContentType: "application/x-amz-json-1.0",
//	}, map[string]awsfake.Operation{"SendMessage": sendMessage})
//	client := sqs.New(sqs.Options{HTTPClient: awsfake.NewTransport(server), …})
//
// Everything below the fake's own operations is the real thing: the client
// signs, retries, checks checksums and decodes errors as it does against AWS.
// No goroutine is started, no lock is held while waiting and every wait is a
// timer on the caller's goroutine, so testing/synctest makes time exact.
package awsfake
