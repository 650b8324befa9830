package dynamo

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Schema returns the request that creates the repository's table: its key and
// indexes, which project all attributes, paid per request. The caller may
// change it. In production the table usually comes from a template instead;
// this one serves tests and local runs, see [CreateTables].
func (r *Repository[T]) Schema() *dynamodb.CreateTableInput {
	c := r.core
	s := &dynamodb.CreateTableInput{TableName: &c.table, BillingMode: types.BillingModePayPerRequest}
	s.KeySchema = c.key.schema()
	s.AttributeDefinitions = c.key.define(nil)
	projection := &types.Projection{ProjectionType: types.ProjectionTypeAll}
	for _, index := range c.indexes {
		s.AttributeDefinitions = index.define(s.AttributeDefinitions)
		name := index.index
		if index.local {
			s.LocalSecondaryIndexes = append(s.LocalSecondaryIndexes, types.LocalSecondaryIndex{
				IndexName: &name, KeySchema: index.schema(), Projection: projection,
			})
			continue
		}
		s.GlobalSecondaryIndexes = append(s.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: &name, KeySchema: index.schema(), Projection: projection,
		})
	}
	return s
}

// schema returns k's attributes with their places in the key.
func (k *keySet) schema() []types.KeySchemaElement {
	elements := []types.KeySchemaElement{{AttributeName: &k.partition.name, KeyType: types.KeyTypeHash}}
	if k.sort != nil {
		elements = append(elements, types.KeySchemaElement{AttributeName: &k.sort.name, KeyType: types.KeyTypeRange})
	}
	return elements
}

// define adds k's attributes to those defined already.
func (k *keySet) define(defined []types.AttributeDefinition) []types.AttributeDefinition {
	for _, part := range k.parts() {
		defined = mergeDefinition(defined, types.AttributeDefinition{AttributeName: &part.name, AttributeType: part.scalar()})
	}
	return defined
}

func mergeDefinition(defined []types.AttributeDefinition, d types.AttributeDefinition) []types.AttributeDefinition {
	for _, have := range defined {
		if *have.AttributeName == *d.AttributeName {
			return defined
		}
	}
	return append(defined, d)
}

// TableAPI is what [CreateTables] needs of DynamoDB. A *dynamodb.Client has it.
type TableAPI interface {
	CreateTable(context.Context, *dynamodb.CreateTableInput, ...func(*dynamodb.Options)) (*dynamodb.CreateTableOutput, error)
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// CreateTables creates the tables of repositories and waits until they are
// active. Repositories of one table share it, with the indexes of all:
//
//	err := dynamo.CreateTables(ctx, client, gigs, users)
//
// A table that exists already is left as it is. Times to live need to be
// enabled apart.
func CreateTables(ctx context.Context, client TableAPI, repositories ...interface {
	Schema() *dynamodb.CreateTableInput
}) error {
	var tables []*dynamodb.CreateTableInput
	for _, r := range repositories {
		var err error
		if tables, err = mergeTable(tables, r.Schema()); err != nil {
			return err
		}
	}
	for _, table := range tables {
		if err := createTable(ctx, client, table); err != nil {
			return &Error{Op: "create table", Table: *table.TableName, Err: err}
		}
	}
	return nil
}

// mergeTable adds s to tables, or its indexes to the table of the same name.
func mergeTable(tables []*dynamodb.CreateTableInput, s *dynamodb.CreateTableInput) ([]*dynamodb.CreateTableInput, error) {
	for _, have := range tables {
		if *have.TableName != *s.TableName {
			continue
		}
		if !sameKey(have.KeySchema, s.KeySchema) {
			return nil, &Error{Op: "create table", Table: *s.TableName, Err: errors.New("two repositories give it different keys")}
		}
		for _, d := range s.AttributeDefinitions {
			have.AttributeDefinitions = mergeDefinition(have.AttributeDefinitions, d)
		}
		for _, index := range s.GlobalSecondaryIndexes {
			if !hasIndex(have.GlobalSecondaryIndexes, *index.IndexName) {
				have.GlobalSecondaryIndexes = append(have.GlobalSecondaryIndexes, index)
			}
		}
		for _, index := range s.LocalSecondaryIndexes {
			if !hasLocalIndex(have.LocalSecondaryIndexes, *index.IndexName) {
				have.LocalSecondaryIndexes = append(have.LocalSecondaryIndexes, index)
			}
		}
		return tables, nil
	}
	return append(tables, s), nil
}

func sameKey(a, b []types.KeySchemaElement) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if *a[i].AttributeName != *b[i].AttributeName {
			return false
		}
	}
	return true
}

func hasIndex(indexes []types.GlobalSecondaryIndex, name string) bool {
	for _, index := range indexes {
		if *index.IndexName == name {
			return true
		}
	}
	return false
}

func hasLocalIndex(indexes []types.LocalSecondaryIndex, name string) bool {
	for _, index := range indexes {
		if *index.IndexName == name {
			return true
		}
	}
	return false
}

// tableWait bounds the wait for a new table; DynamoDB takes some seconds.
const tableWait = 5 * time.Minute

func createTable(ctx context.Context, client TableAPI, table *dynamodb.CreateTableInput) error {
	output, err := client.CreateTable(ctx, table)
	var inUse *types.ResourceInUseException
	switch {
	case errors.As(err, &inUse): // it may still be in the making
	case err != nil:
		return err
	case output.TableDescription != nil && output.TableDescription.TableStatus == types.TableStatusActive:
		return nil
	}
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = time.Second })
	return waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: table.TableName}, tableWait)
}
