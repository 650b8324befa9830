package dynamo_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

var (
	_ dynamo.API      = dynamotest.Unimplemented{}
	_ dynamo.TableAPI = dynamotest.Unimplemented{}
)

// notFound is a stub of one operation.
type notFound struct{ dynamotest.Unimplemented }

func (notFound) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return &dynamodb.GetItemOutput{}, nil
}

func TestStubsEmbedUnimplemented(t *testing.T) {
	notes, err := dynamo.New[note](notFound{}, "notes", nil)
	require.NoError(t, err)
	_, err = notes.Get(t.Context(), dynamo.Key{"a"})
	require.ErrorIs(t, err, dynamo.ErrNotFound)
	require.EqualError(t, notes.Put(t.Context(), &note{ID: "a"}), "dynamo: put notes a: dynamotest: unimplemented")
	require.Error(t, notes.Delete(t.Context(), dynamo.Key{"a"}))
	require.Error(t, notes.PutAll(t.Context(), []note{{ID: "a"}}))
	require.Error(t, dynamo.Transact(t.Context(), notFound{}, notes.DeleteOp(dynamo.Key{"a"})))
}
