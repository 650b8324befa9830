package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/go-thaw/thaw/bench/dynamo/internal/measure"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

var ctx = context.Background()

const table = "gigs"

// answers compares the fake with a stub, operation by operation.
func answers(rounds int, slice time.Duration) {
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{dynamotest.Table(table, "pk", "sk:N")}})
	client := fake.Client()
	for i := range 1000 {
		must(client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(table), Item: wide(i)}))
	}
	for range 10_000 { // fills the journal
		operations[0].run(client)
	}
	fmt.Printf("\n## answers: µs of processor time per call\n\n%-28s %8s %8s %8s %17s %8s %9s %9s\n",
		"", "stub", "fake", "fake's", "95 %", "quiet", "allocs", "bytes")
	for _, o := range operations {
		stub := &recorder{base: fake.Client().Options().HTTPClient}
		canned := fake.Client(func(d *dynamodb.Options) { d.HTTPClient = stub })
		o.run(canned) // which records
		results := measure.Interleave(rounds, slice, []measure.Contender{
			{Name: "stub", Run: func() { o.run(canned) }},
			{Name: "fake", Run: func() { o.run(client) }},
		})
		median, low, high := results[1].Over(&results[0])
		fmt.Printf("%-28s %8.1f %8.1f %8.1f %8.1f - %6.1f %8.1f %+9.1f %+9.0f\n", o.name,
			results[0].Median()/1000, results[1].Median()/1000, median/1000, low/1000, high/1000,
			(measure.Quantile(results[1].CPU, 0.1)-measure.Quantile(results[0].CPU, 0.1))/1000,
			results[1].Allocs-results[0].Allocs, results[1].Bytes-results[0].Bytes)
	}
}

var operations = []struct {
	name string
	run  func(*dynamodb.Client)
}{
	{"GetItem", func(c *dynamodb.Client) {
		must(c.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(table), Key: keyOf(42)}))
	}},
	{"PutItem", func(c *dynamodb.Client) {
		must(c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(table), Item: fortyTwo}))
	}},
	{"PutItem with a condition", func(c *dynamodb.Client) {
		must(c.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String(table), Item: fortyTwo,
			ConditionExpression:       aws.String("#a = :a"),
			ExpressionAttributeNames:  map[string]string{"#a": "attribute3"},
			ExpressionAttributeValues: item{":a": fortyTwo["attribute3"]},
		}))
	}},
	{"UpdateItem", func(c *dynamodb.Client) {
		must(c.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: aws.String(table), Key: keyOf(42),
			UpdateExpression:          aws.String("SET #a = :a ADD #n :one"),
			ExpressionAttributeNames:  map[string]string{"#a": "attribute3", "#n": "count"},
			ExpressionAttributeValues: item{":a": fortyTwo["attribute3"], ":one": number(1)},
		}))
	}},
	{"Query of 10 items", func(c *dynamodb.Client) {
		must(c.Query(ctx, &dynamodb.QueryInput{
			TableName: aws.String(table), KeyConditionExpression: aws.String("pk = :pk"),
			ExpressionAttributeValues: item{":pk": keyOf(42)["pk"]},
		}))
	}},
}

type item = map[string]types.AttributeValue

var fortyTwo = wide(42)

// keyOf puts ten items into a partition.
func keyOf(i int) item {
	return item{"pk": text("customer-" + strconv.Itoa(i/10)), "sk": number(i % 10)}
}

// wide returns an item of ten attributes.
func wide(i int) item {
	all := keyOf(i)
	for j := range 8 {
		all["attribute"+strconv.Itoa(j)] = text("a value of some twenty")
	}
	return all
}

func text(s string) *types.AttributeValueMemberS { return &types.AttributeValueMemberS{Value: s} }

func number(i int) *types.AttributeValueMemberN {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(i)}
}

// A recorder answers all requests with what base answered to the first.
type recorder struct {
	base   dynamodb.HTTPClient
	header http.Header
	body   []byte
}

func (r *recorder) Do(request *http.Request) (*http.Response, error) {
	if r.header == nil {
		return r.record(request)
	}
	if _, err := io.Copy(io.Discard, request.Body); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        r.header.Clone(),
		Body:          io.NopCloser(bytes.NewReader(r.body)),
		ContentLength: int64(len(r.body)),
		Request:       request,
	}, nil
}

func (r *recorder) record(request *http.Request) (*http.Response, error) {
	response, err := r.base.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if r.body, err = io.ReadAll(response.Body); err != nil {
		return nil, err
	}
	r.header = response.Header
	response.Body = io.NopCloser(bytes.NewReader(r.body))
	return response, nil
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}
