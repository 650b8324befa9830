package functions

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// CreateTables creates the tables of the template of gigs.
func CreateTables(ctx context.Context, client *dynamodb.Client, table, idempotency string) error {
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: &table, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			text("pk"), text("sk"), text("status_pk"), text("status_sk"), text("outbox"),
			{AttributeName: aws.String("outbox_due"), AttributeType: types.ScalarAttributeTypeN},
		},
		KeySchema:              keys("pk", "sk"),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{index("by-status", "status_pk", "status_sk"), index("outbox", "outbox", "outbox_due")},
		StreamSpecification:    &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage},
	})
	if err != nil {
		return err
	}
	return CreateRecords(ctx, client, idempotency)
}

// CreateRecords creates the table of package idempotency.
func CreateRecords(ctx context.Context, client *dynamodb.Client, name string) error {
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{text("id")},
		KeySchema:            keys("id", "")[:1],
	})
	return err
}

func text(name string) types.AttributeDefinition {
	return types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS}
}

func keys(partition, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: &partition, KeyType: types.KeyTypeHash},
		{AttributeName: &sort, KeyType: types.KeyTypeRange},
	}
}

func index(name, partition, sort string) types.GlobalSecondaryIndex {
	return types.GlobalSecondaryIndex{
		IndexName: &name, KeySchema: keys(partition, sort),
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
	}
}
