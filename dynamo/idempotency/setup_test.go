package idempotency_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/idempotency"
)

const table = "idempotency"

func newFake() *dynamotest.Fake {
	fake := dynamotest.New(nil)
	if err := fake.CreateTable(dynamotest.Table(table, "id")); err != nil {
		panic(err)
	}
	return fake
}

// newStore returns a store on a table of a fake.
func newStore(t *testing.T, o *idempotency.Options) (*dynamotest.Fake, *idempotency.Store) {
	t.Helper()
	fake := newFake()
	return fake, storeOn(t, fake, o)
}

// storeOn returns another store on the same table: another environment.
func storeOn(t *testing.T, fake *dynamotest.Fake, o *idempotency.Options) *idempotency.Store {
	t.Helper()
	s, err := idempotency.New(fake.Client(), table, o)
	require.NoError(t, err)
	return s
}

// unsigned has a client not sign its requests, which the fake does not check.
func unsigned(o *dynamodb.Options) { o.Credentials = aws.AnonymousCredentials{} }

// A charge is the input of most tests.
type charge struct {
	Customer string
	Amount   int
}

func byCustomer(c charge) idempotency.Key { return idempotency.Key{c.Customer} }

// counted returns an operation that counts its runs and returns their number.
func counted(runs *atomic.Int64) func(context.Context, charge) (int64, error) {
	return func(context.Context, charge) (int64, error) { return runs.Add(1), nil }
}

// written returns the operations that the fake was asked for.
func written(fake *dynamotest.Fake) (operations []string) {
	for _, c := range fake.Calls() {
		operations = append(operations, c.Operation)
	}
	return operations
}

// observed collects what a store observes.
type observed struct{ all []idempotency.Observation }

func (o *observed) observe(_ context.Context, one idempotency.Observation) {
	o.all = append(o.all, one)
}

func (o *observed) outcomes() (outcomes []idempotency.Outcome) {
	for _, one := range o.all {
		outcomes = append(outcomes, one.Outcome)
	}
	return outcomes
}

// foreign puts an item that is no record.
func foreign(id string) *dynamodb.PutItemInput {
	return &dynamodb.PutItemInput{
		TableName: aws.String(table),
		Item:      map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
	}
}

func deletion(id string) *dynamodb.DeleteItemInput {
	return &dynamodb.DeleteItemInput{
		TableName: aws.String(table),
		Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
	}
}
