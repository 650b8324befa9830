package dynamotest

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Unimplemented has the operations of dynamo.API and dynamo.TableAPI, and all of them
// fail. Embed it in a stub of your own, which then survives new operations of
// the interfaces:
//
//	type slow struct{ dynamotest.Unimplemented }
//
//	func (slow) GetItem(ctx context.Context, …) (*dynamodb.GetItemOutput, error) {
//		<-ctx.Done()
//		return nil, ctx.Err()
//	}
//
// Where the answers matter a [Fake] is the better stand-in.
type Unimplemented struct{}

var errUnimplemented = errors.New("dynamotest: unimplemented")

// GetItem fails.
func (Unimplemented) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return nil, errUnimplemented
}

// PutItem fails.
func (Unimplemented) PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return nil, errUnimplemented
}

// UpdateItem fails.
func (Unimplemented) UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return nil, errUnimplemented
}

// DeleteItem fails.
func (Unimplemented) DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	return nil, errUnimplemented
}

// Query fails.
func (Unimplemented) Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return nil, errUnimplemented
}

// Scan fails.
func (Unimplemented) Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	return nil, errUnimplemented
}

// BatchGetItem fails.
func (Unimplemented) BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	return nil, errUnimplemented
}

// BatchWriteItem fails.
func (Unimplemented) BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	return nil, errUnimplemented
}

// TransactGetItems fails.
func (Unimplemented) TransactGetItems(context.Context, *dynamodb.TransactGetItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactGetItemsOutput, error) {
	return nil, errUnimplemented
}

// TransactWriteItems fails.
func (Unimplemented) TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	return nil, errUnimplemented
}

// CreateTable fails.
func (Unimplemented) CreateTable(context.Context, *dynamodb.CreateTableInput, ...func(*dynamodb.Options)) (*dynamodb.CreateTableOutput, error) {
	return nil, errUnimplemented
}

// DescribeTable fails.
func (Unimplemented) DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error) {
	return nil, errUnimplemented
}
