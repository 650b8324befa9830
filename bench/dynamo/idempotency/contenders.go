package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/go-thaw/thaw/bench/dynamo/internal/measure"
	"github.com/go-thaw/thaw/dynamo/idempotency"
)

// An order is the input: its key is two strings.
type order struct{ customer, id string }

type receipt struct {
	Number int    `json:"number"`
	Status string `json:"status"`
}

var (
	ctx     = context.Background()
	table   = aws.String("idempotency")
	example = order{"c-4711", "o-1"}
)

func keyOf(o order) idempotency.Key { return idempotency.Key{o.customer, o.id} }

func nothing(context.Context, order) (struct{}, error) { return struct{}{}, nil }

func charge(context.Context, order) (receipt, error) { return receipt{42, "paid"}, nil }

func inMemory() []measure.Contender {
	var fresh func(context.Context, order) (struct{}, error)
	n := 0
	again := idempotency.Wrap(idempotency.NewMemory(nil), "nothing/v1", keyOf, nothing)
	return []measure.Contender{
		{Name: "a new key", Run: func() {
			if n%1000 == 0 { // keep the map small
				fresh = idempotency.Wrap(idempotency.NewMemory(nil), "nothing/v1", keyOf, nothing)
			}
			n++
			must(fresh(ctx, order{"c-4711", strconv.Itoa(n)}))
		}},
		{Name: "a repeat", Run: func() { must(again(ctx, example)) }},
	}
}

func newKeys() []measure.Contender {
	client := dynamodb.NewFromConfig(config(stub{}))
	wrapped := idempotency.Wrap(must(idempotency.New(client, *table, nil)), "charge/v1", keyOf, charge)
	byHand := func() {
		must(client.PutItem(ctx, lock()))
		result := must(json.Marshal(must(charge(ctx, example))))
		must(client.PutItem(ctx, completion(string(result))))
	}
	return []measure.Contender{
		{Name: "two PutItem of the SDK", Run: byHand},
		{Name: "the same again", Run: byHand},
		{Name: "Wrap", Run: func() { must(wrapped(ctx, example)) }},
	}
}

func repeats() []measure.Contender {
	client := dynamodb.NewFromConfig(config(refusing{}))
	wrapped := idempotency.Wrap(must(idempotency.New(client, *table, nil)), "charge/v1", keyOf, charge)
	byHand := func() {
		var failed *types.ConditionalCheckFailedException
		if _, err := client.PutItem(ctx, lock()); !errors.As(err, &failed) {
			panic(err)
		}
		var stored receipt
		result := failed.Item["result"].(*types.AttributeValueMemberS)
		if err := json.Unmarshal([]byte(result.Value), &stored); err != nil || stored.Number != 42 {
			panic("not replayed")
		}
	}
	return []measure.Contender{
		{Name: "a PutItem of the SDK that fails", Run: byHand},
		{Name: "the same again", Run: byHand},
		{Name: "Wrap", Run: func() {
			if must(wrapped(ctx, example)).Number != 42 {
				panic("not replayed")
			}
		}},
	}
}

const (
	id    = "charge/v1#fc840b8392248e39a3293a323834d11260dee1e6805e248a3aa3d8e9a74decc0"
	token = "JLRSWVZIPVRGPMMXW23SZTO6T4"
)

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// lock is the first write by hand, with the same attributes.
func lock() *dynamodb.PutItemInput {
	now := time.Now()
	return &dynamodb.PutItemInput{
		TableName: table,
		Item: map[string]types.AttributeValue{
			"id": text(id), "expires": number(now.Unix() + 3660), "status": text("IN_PROGRESS"), "token": text(token),
			"started": number(now.UnixMilli()), "until": number(now.UnixMilli() + 60_000),
		},
		ConditionExpression:                 aws.String("attribute_not_exists(#id) OR #until <= :now"),
		ExpressionAttributeNames:            map[string]string{"#id": "id", "#until": "until"},
		ExpressionAttributeValues:           map[string]types.AttributeValue{":now": number(now.UnixMilli())},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

// completion is the second.
func completion(result string) *dynamodb.PutItemInput {
	now := time.Now()
	return &dynamodb.PutItemInput{
		TableName: table,
		Item: map[string]types.AttributeValue{
			"id": text(id), "expires": number(now.Unix() + 90_000), "status": text("COMPLETED"), "token": text(token),
			"started": number(now.UnixMilli()), "until": number(now.UnixMilli() + 86_400_000),
			"result": text(result),
		},
		ConditionExpression:                 aws.String("#token = :token AND #status = :running"),
		ExpressionAttributeNames:            map[string]string{"#status": "status", "#token": "token"},
		ExpressionAttributeValues:           map[string]types.AttributeValue{":running": text("IN_PROGRESS"), ":token": text(token)},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}
