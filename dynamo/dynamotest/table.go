package dynamotest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// CreateTable creates a table without a recorded call and past any fault. An
// input with neither billing mode nor throughput is created on demand. The error
// wraps DynamoDB's, as *types.ResourceInUseException.
func (f *Fake) CreateTable(in *dynamodb.CreateTableInput) error {
	if err := f.createTable(in); err != nil {
		return fmt.Errorf("dynamotest: %w", err)
	}
	return nil
}

// createTable returns DynamoDB's error without the call and the request ID that
// the SDK puts around it.
func (f *Fake) createTable(in *dynamodb.CreateTableInput) error {
	input := *in
	if input.BillingMode == "" && input.ProvisionedThroughput == nil {
		input.BillingMode = types.BillingModePayPerRequest
	}
	_, err := f.setup.CreateTable(context.Background(), &input)
	if refused := smithy.APIError(nil); errors.As(err, &refused) {
		err = refused
	}
	if err != nil {
		return fmt.Errorf("create table %q: %w", aws.ToString(in.TableName), err)
	}
	return nil
}

// Table returns the input to create a table with that key: the partition key
// and, when there is a second one, the sort key. A key is a name, with ":S",
// ":N" or ":B" after it for its type; a string is the default.
//
//	fake.CreateTable(dynamotest.Table("gigs", "owner", "posted:N"))
//
// The caller may add indexes and everything else to it; [Index] helps with
// those. Table panics when there is no key or more than two.
func Table(name string, keys ...string) *dynamodb.CreateTableInput {
	schema, definitions := keySchema("Table", keys)
	return &dynamodb.CreateTableInput{
		TableName:            &name,
		KeySchema:            schema,
		AttributeDefinitions: definitions,
		BillingMode:          types.BillingModePayPerRequest,
	}
}

// Index adds a global secondary index of all attributes to in and returns in.
// Keys are written as for [Table].
//
//	dynamotest.Index(dynamotest.Table("gigs", "id"), "by-owner", "owner", "posted:N")
func Index(in *dynamodb.CreateTableInput, name string, keys ...string) *dynamodb.CreateTableInput {
	schema, definitions := keySchema("Index", keys)
	in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
		IndexName:  &name,
		KeySchema:  schema,
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
	})
	for _, d := range definitions {
		if !defines(in.AttributeDefinitions, *d.AttributeName) {
			in.AttributeDefinitions = append(in.AttributeDefinitions, d)
		}
	}
	return in
}

func defines(definitions []types.AttributeDefinition, name string) bool {
	for _, d := range definitions {
		if *d.AttributeName == name {
			return true
		}
	}
	return false
}

func keySchema(function string, keys []string) ([]types.KeySchemaElement, []types.AttributeDefinition) {
	if len(keys) < 1 || len(keys) > 2 {
		panic(fmt.Sprintf("dynamotest: %s: a key has one or two attributes, got %d", function, len(keys)))
	}
	var schema []types.KeySchemaElement
	var definitions []types.AttributeDefinition
	for i, key := range keys {
		name, typ, ok := strings.Cut(key, ":")
		if !ok {
			typ = "S"
		}
		kind := types.KeyTypeHash
		if i == 1 {
			kind = types.KeyTypeRange
		}
		schema = append(schema, types.KeySchemaElement{AttributeName: &name, KeyType: kind})
		definitions = append(definitions, types.AttributeDefinition{
			AttributeName: &name,
			AttributeType: types.ScalarAttributeType(typ),
		})
	}
	return schema, definitions
}
