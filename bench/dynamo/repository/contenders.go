package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	guregu "github.com/guregu/dynamo/v2"

	"github.com/go-thaw/thaw/bench/dynamo/internal/measure"
	"github.com/go-thaw/thaw/dynamo"
)

// A gig has the ten fields of an ordinary item and its key. guregu/dynamo reads
// the tags called dynamo, of which our partition is not known to it.
type gig struct {
	ID      string            `dynamodbav:"id" dynamo:"partition"`
	Title   string            `dynamodbav:"title"`
	Owner   string            `dynamodbav:"owner"`
	City    string            `dynamodbav:"city"`
	Note    string            `dynamodbav:"note"`
	Price   int64             `dynamodbav:"price"`
	Seats   int64             `dynamodbav:"seats"`
	Open    bool              `dynamodbav:"open"`
	Created time.Time         `dynamodbav:"created"`
	Tags    []string          `dynamodbav:"tags"`
	Labels  map[string]string `dynamodbav:"labels"`
}

// A gureguGig is the same with the tags of guregu/dynamo.
type gureguGig struct {
	ID      string            `dynamo:"id,hash"`
	Title   string            `dynamo:"title"`
	Owner   string            `dynamo:"owner"`
	City    string            `dynamo:"city"`
	Note    string            `dynamo:"note"`
	Price   int64             `dynamo:"price"`
	Seats   int64             `dynamo:"seats"`
	Open    bool              `dynamo:"open"`
	Created time.Time         `dynamo:"created"`
	Tags    []string          `dynamo:"tags"`
	Labels  map[string]string `dynamo:"labels"`
}

var (
	ctx     = context.Background()
	table   = aws.String("gigs")
	example = gig{
		ID: "g-1", Title: "Bass player for a wedding", Owner: "u-4711", City: "Bern",
		Note: "Bring your own amplifier, please.", Price: 25_000, Seats: 120, Open: true,
		Created: time.Date(2026, 11, 1, 18, 30, 0, 0, time.UTC),
		Tags:    []string{"jazz", "wedding", "evening"},
		Labels:  map[string]string{"genre": "swing", "stage": "indoor", "level": "pro"},
	}
	gureguExample = gureguGig(example) // Go converts structs whatever their tags
)

type comparison struct {
	name       string
	contenders []measure.Contender
}

// comparisons returns what is compared; the first contender of each is what the
// ratios refer to.
func comparisons() []comparison {
	client := dynamodb.NewFromConfig(config())
	gigs := must(dynamo.New[gig](client, *table, nil))
	theirs := guregu.NewFromIface(client).Table(*table)
	ifItIsOpen := dynamo.If(isOpen())
	return []comparison{
		{"put", []measure.Contender{
			{Name: "SDK, attributevalue", Run: func() { rawPut(client, func(*dynamodb.PutItemInput) {}) }},
			{Name: "repository", Run: func() { check(gigs.Put(ctx, &example)) }},
			{Name: "guregu/dynamo", Run: func() { check(theirs.Put(&gureguExample).Run(ctx)) }},
		}},
		{"put if no item has the key", []measure.Contender{
			{Name: "SDK, attributevalue, condition as text", Run: func() { rawPut(client, ifAbsent) }},
			{Name: "SDK, attributevalue, expression builder", Run: func() { rawPut(client, built(notThere)) }},
			{Name: "repository", Run: func() { check(gigs.Create(ctx, &example)) }},
			{Name: "guregu/dynamo", Run: func() { check(theirs.Put(&gureguExample).If("attribute_not_exists($)", "id").Run(ctx)) }},
		}},
		{"put under a condition with a value", []measure.Contender{
			{Name: "SDK, attributevalue, expression builder", Run: func() { rawPut(client, built(isOpen)) }},
			{Name: "SDK, attributevalue, condition as text", Run: func() { rawPut(client, ifOpen) }},
			{Name: "repository", Run: func() {
				check(gigs.Put(ctx, &example, dynamo.If(isOpen())))
			}},
			{Name: "repository, condition kept", Run: func() {
				check(gigs.Put(ctx, &example, ifItIsOpen))
			}},
			{Name: "guregu/dynamo", Run: func() { check(theirs.Put(&gureguExample).If("$ = ?", "open", true).Run(ctx)) }},
		}},
		{"get", []measure.Contender{
			{Name: "SDK, attributevalue", Run: func() { rawGet(client) }},
			{Name: "repository", Run: func() { must(gigs.Get(ctx, dynamo.Key{"g-1"})) }},
			{Name: "guregu/dynamo", Run: func() {
				var got gureguGig
				check(theirs.Get("id", "g-1").One(ctx, &got))
			}},
		}},
		clients(client),
	}
}

// clients compares the SDK's client with the same one from dynamo.NewClient,
// whose transport keeps the body of a read to be sent again.
func clients(sdk *dynamodb.Client) comparison {
	thaw := dynamo.NewClient(config(), nil)
	return comparison{"get by hand with the client of NewClient", []measure.Contender{
		{Name: "client of the SDK", Run: func() { rawGet(sdk) }},
		{Name: "client of NewClient", Run: func() { rawGet(thaw) }},
	}}
}

func rawPut(client *dynamodb.Client, condition func(*dynamodb.PutItemInput)) {
	input := &dynamodb.PutItemInput{TableName: table, Item: must(attributevalue.MarshalMap(example))}
	condition(input)
	must(client.PutItem(ctx, input))
}

func ifAbsent(in *dynamodb.PutItemInput) {
	in.ConditionExpression = aws.String("attribute_not_exists(#0)")
	in.ExpressionAttributeNames = map[string]string{"#0": "id"}
}

func ifOpen(in *dynamodb.PutItemInput) {
	in.ConditionExpression = aws.String("#0 = :0")
	in.ExpressionAttributeNames = map[string]string{"#0": "open"}
	in.ExpressionAttributeValues = map[string]types.AttributeValue{":0": &types.AttributeValueMemberBOOL{Value: true}}
}

func notThere() expression.ConditionBuilder { return expression.Name("id").AttributeNotExists() }

func isOpen() expression.ConditionBuilder {
	return expression.Name("open").Equal(expression.Value(true))
}

func built(condition func() expression.ConditionBuilder) func(*dynamodb.PutItemInput) {
	return func(in *dynamodb.PutItemInput) {
		e := must(expression.NewBuilder().WithCondition(condition()).Build())
		in.ConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues = e.Condition(), e.Names(), e.Values()
	}
}

func rawGet(client *dynamodb.Client) {
	output := must(client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: table,
		Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "g-1"}},
	}))
	var got gig
	check(attributevalue.UnmarshalMap(output.Item, &got))
}

func must[V any](v V, err error) V {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
