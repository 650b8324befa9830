package dynamo_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
)

// A record is of ordinary size.
type record struct {
	ID      string            `dynamodbav:"id" dynamo:"partition"`
	Title   string            `dynamodbav:"title"`
	Owner   string            `dynamodbav:"owner"`
	City    string            `dynamodbav:"city"`
	Price   int64             `dynamodbav:"price"`
	Open    bool              `dynamodbav:"open"`
	Created time.Time         `dynamodbav:"created"`
	Tags    []string          `dynamodbav:"tags"`
	Labels  map[string]string `dynamodbav:"labels"`
}

// versioned is the same within an item that has a version.
type versioned struct {
	ID      string `dynamodbav:"id" dynamo:"partition"`
	Version int64  `dynamodbav:"version" dynamo:"version"`
	Record  record `dynamodbav:"record"`
}

var example = record{
	ID: "r-1", Title: "Bass player", Owner: "u-1", City: "Bern", Price: 100, Open: true,
	Created: time.Unix(1_700_000_000, 0).UTC(), Tags: []string{"a", "b", "c"}, Labels: map[string]string{"x": "1", "y": "2", "z": "3"},
}

const stored = `{"Item":{"id":{"S":"r-1"},"title":{"S":"Bass player"},"price":{"N":"100"},"open":{"BOOL":true},"tags":{"L":[{"S":"a"}]}}}`

// The repository may make two allocations more than the SDK and attributevalue
// in the hands of somebody who knows them. Both use one client, so the number
// of all others is the same.
func TestAllocations(t *testing.T) {
	client := dynamodb.NewFromConfig(config(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("X-Amz-Target") == "DynamoDB_20120810.GetItem" {
			return answer(http.StatusOK, stored), nil
		}
		return answer(http.StatusOK, "{}"), nil
	}))
	records, err := dynamo.New[record](client, "records", nil)
	require.NoError(t, err)
	ctx, table := t.Context(), aws.String("records")
	condition := expression.Name("open").Equal(expression.Value(true))
	calls := map[string]struct{ ours, raw func() error }{
		"get": {
			ours: func() error { _, err := records.Get(ctx, dynamo.Key{"r-1"}); return err },
			raw:  func() error { return rawGet(ctx, client, table) },
		},
		"put": {
			ours: func() error { return records.Put(ctx, &example) },
			raw:  func() error { return rawPut(ctx, client, table, nil) },
		},
		"conditional put": {
			ours: func() error { return records.Put(ctx, &example, dynamo.If(condition)) },
			raw:  func() error { return rawPut(ctx, client, table, &condition) },
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			raw := testing.AllocsPerRun(200, func() { require.NoError(t, call.raw()) })
			ours := testing.AllocsPerRun(200, func() { require.NoError(t, call.ours()) })
			t.Logf("raw %.0f, ours %.0f", raw, ours)
			require.LessOrEqual(t, ours, raw+2)
		})
	}
}

// A version is checked by a condition that is put together in advance. Nobody
// who writes it by hand with the SDK's builder gets away with less.
func TestAllocationsOfAVersion(t *testing.T) {
	client := dynamodb.NewFromConfig(config(func(*http.Request) (*http.Response, error) {
		return answer(http.StatusOK, "{}"), nil
	}))
	repository, err := dynamo.New[versioned](client, "records", nil)
	require.NoError(t, err)
	v := versioned{ID: "r-1", Version: 3, Record: example}
	raw := testing.AllocsPerRun(200, func() {
		condition := expression.Name("version").Equal(expression.Value(v.Version))
		next := v
		next.Version++
		item, err := attributevalue.MarshalMap(next)
		require.NoError(t, err)
		built, err := expression.NewBuilder().WithCondition(condition).Build()
		require.NoError(t, err)
		_, err = client.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String("records"), Item: item, ConditionExpression: built.Condition(),
			ExpressionAttributeNames: built.Names(), ExpressionAttributeValues: built.Values(),
		})
		require.NoError(t, err)
	})
	ours := testing.AllocsPerRun(200, func() {
		v.Version = 3
		require.NoError(t, repository.Put(t.Context(), &v))
	})
	t.Logf("raw %.0f, ours %.0f", raw, ours)
	require.Less(t, ours, raw)
}

func rawGet(ctx context.Context, client *dynamodb.Client, table *string) error {
	output, err := client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: table,
		Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "r-1"}},
	})
	if err != nil {
		return err
	}
	var r record
	return attributevalue.UnmarshalMap(output.Item, &r)
}

func rawPut(ctx context.Context, client *dynamodb.Client, table *string, condition *expression.ConditionBuilder) error {
	item, err := attributevalue.MarshalMap(example)
	if err != nil {
		return err
	}
	input := &dynamodb.PutItemInput{TableName: table, Item: item}
	if condition != nil {
		built, err := expression.NewBuilder().WithCondition(*condition).Build()
		if err != nil {
			return err
		}
		input.ConditionExpression = built.Condition()
		input.ExpressionAttributeNames, input.ExpressionAttributeValues = built.Names(), built.Values()
	}
	_, err = client.PutItem(ctx, input)
	return err
}
