package dynamotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// A conditional write through the real client: the second one fails.
func Example() {
	ctx := context.Background()
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{
		dynamotest.Table("gigs", "id"),
	}})
	client := fake.Client()

	for range 2 {
		_, err := client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName:           aws.String("gigs"),
			Item:                map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "g-1"}},
			ConditionExpression: aws.String("attribute_not_exists(id)"),
		})
		var exists *types.ConditionalCheckFailedException
		fmt.Println("exists already:", errors.As(err, &exists))
	}
	fmt.Print(fake.Dump())
	// Output:
	// exists already: false
	// exists already: true
	// gigs (id): 1 items
	//   {"id":{"S":"g-1"}}
}

// A connection that is lost after the write took effect: the client tries again
// and finds its own item.
func ExampleFake_Inject() {
	ctx := context.Background()
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{
		dynamotest.Table("counters", "name"),
	}})
	fake.Inject("UpdateItem", dynamotest.Fault{Cut: dynamotest.CutAfter})

	_, err := fake.Client().UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 aws.String("counters"),
		Key:                       map[string]types.AttributeValue{"name": &types.AttributeValueMemberS{Value: "visits"}},
		UpdateExpression:          aws.String("ADD n :one"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(fake.Calls("UpdateItem")), "calls")
	fmt.Print(fake.Dump())
	// Output:
	// 2 calls
	// counters (name): 1 items
	//   {"n":{"N":"2"},"name":{"S":"visits"}}
}

// A table's changes as the events that a Lambda function gets.
func ExampleFake_OnStream() {
	ctx := context.Background()
	gigs := dynamotest.Table("gigs", "id")
	gigs.StreamSpecification = &types.StreamSpecification{
		StreamEnabled:  aws.Bool(true),
		StreamViewType: types.StreamViewTypeKeysOnly,
	}
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{gigs}})
	fake.OnStream("gigs", func(event []byte) {
		var e struct {
			Records []struct {
				EventName string          `json:"eventName"`
				Change    json.RawMessage `json:"dynamodb"`
			}
		}
		if err := json.Unmarshal(event, &e); err != nil {
			log.Fatal(err)
		}
		fmt.Println(len(e.Records), "record:", e.Records[0].EventName)
	})

	_, err := fake.Client().PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String("gigs"),
		Item:      map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "g-1"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// 1 record: INSERT
}
