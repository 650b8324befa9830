package dynamostream_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/dynamostream"
)

type Account struct {
	ID      string `dynamodbav:"id"`
	Balance int    `dynamodbav:"balance"`
}

// Changes of a table's items arrive as values of their Go type.
func ExampleNew() {
	processor := dynamostream.New(func(_ context.Context, c dynamostream.Change[Account]) error {
		fmt.Println(c.Kind, c.Keys.ID, "from", c.Old.Balance, "to", c.New.Balance)
		return nil
	}, &queue.StreamOptions{Logger: slog.New(slog.DiscardHandler)})

	response, err := processor.Invoke(context.Background(), []byte(`{"Records":[{
		"eventID":"1","eventName":"MODIFY","eventSource":"aws:dynamodb","dynamodb":{
			"SequenceNumber":"100","Keys":{"id":{"S":"ada"}},
			"OldImage":{"id":{"S":"ada"},"balance":{"N":"5"}},"NewImage":{"id":{"S":"ada"},"balance":{"N":"7"}}}}]}`))
	fmt.Println(string(response), err)
	// Output:
	// MODIFY ada from 5 to 7
	// {"batchItemFailures":[]} <nil>
}
