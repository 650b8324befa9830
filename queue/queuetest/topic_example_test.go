package queuetest_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// Code under test publishes with the SDK's SNS client; the queue that is
// subscribed gets the message in SNS's envelope.
func ExampleFake_Subscribe() {
	fake := queuetest.New(nil)
	fake.CreateQueue("emails", nil)
	arn := fake.CreateTopic("orders", nil)
	fake.Subscribe("orders", "emails", nil)

	client := sns.NewFromConfig(fake.Config())
	_, err := client.Publish(context.Background(), &sns.PublishInput{TopicArn: aws.String(arn), Message: aws.String("order 1")})
	if err != nil {
		panic(err)
	}
	body, err := queue.UnwrapSNS([]byte(fake.Messages("emails")[0].Body))
	if err != nil {
		panic(err)
	}
	fmt.Println(string(body))
	// Output: order 1
}
