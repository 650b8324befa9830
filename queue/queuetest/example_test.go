package queuetest_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/go-thaw/thaw/queue/queuetest"
)

// Code under test sends with the SDK's client; a mapping invokes the function.
func Example() {
	ctx := context.Background()
	fake := queuetest.New(nil)
	url := fake.CreateQueue("jobs", nil)
	_, err := fake.Client().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(url), MessageBody: aws.String("hello")})
	if err != nil {
		panic(err)
	}

	function := handlerFunc(func(context.Context, []byte) ([]byte, error) {
		return []byte(`{"batchItemFailures":[]}`), nil
	})
	mapping, err := queuetest.NewMapping(fake, "jobs", function, nil)
	if err != nil {
		panic(err)
	}
	invocations, err := mapping.Drain(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(len(invocations), "invocation deleted", len(invocations[0].Deleted), "message")
	fmt.Println(len(fake.Calls("SendMessage")), "request to SQS")
	// Output:
	// 1 invocation deleted 1 message
	// 1 request to SQS
}
