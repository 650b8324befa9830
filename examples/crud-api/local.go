//go:build local

package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

func connect(context.Context) (*dynamodb.Client, string, error) {
	return dynamotest.New(nil).Client(), "notes", nil
}

func prepare(ctx context.Context, client *dynamodb.Client, table *dynamo.Repository[Note]) error {
	return dynamo.CreateTables(ctx, client, table)
}
