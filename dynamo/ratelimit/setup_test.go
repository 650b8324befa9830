package ratelimit_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/ratelimit"
)

func newFake() *dynamotest.Fake {
	return dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{dynamotest.Table("limits", "id")}})
}

func newLimiter(t *testing.T, api ratelimit.API, limit ratelimit.Limit, o *ratelimit.Options) *ratelimit.Limiter {
	t.Helper()
	l, err := ratelimit.New(api, "limits", limit, o)
	require.NoError(t, err)
	return l
}

// unsigned has a client not sign its requests, which the fake does not check.
func unsigned(o *dynamodb.Options) { o.Credentials = aws.AnonymousCredentials{} }

// wait lets time pass, which in a bubble of synctest takes none.
func wait(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

// allow asks n times and returns how often the answer was yes.
func allow(t *testing.T, l *ratelimit.Limiter, key string, n int) (yes int) {
	t.Helper()
	for range n {
		d, err := l.Allow(t.Context(), key)
		require.NoError(t, err)
		if d.Allowed {
			yes++
		}
	}
	return yes
}

// requests returns how many requests fake has seen since the last time.
func requests(fake *dynamotest.Fake) (reads, writes int) {
	reads, writes = len(fake.Calls("GetItem")), len(fake.Calls("UpdateItem"))
	fake.ResetCalls()
	return reads, writes
}

// A spy calls before and after around each request.
type spy struct {
	ratelimit.API
	before, after func(ctx context.Context, write bool)
	writes, reads int
}

func (s *spy) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	s.reads++
	if s.before != nil {
		s.before(ctx, false)
	}
	out, err := s.API.GetItem(ctx, in, o...)
	if s.after != nil {
		s.after(ctx, false)
	}
	return out, err
}

func (s *spy) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	s.writes++
	if s.before != nil {
		s.before(ctx, true)
	}
	out, err := s.API.UpdateItem(ctx, in, o...)
	if s.after != nil {
		s.after(ctx, true)
	}
	return out, err
}

// ttl is the request that enables time to live.
func ttl(table, attribute string) *dynamodb.UpdateTimeToLiveInput {
	return &dynamodb.UpdateTimeToLiveInput{
		TableName:               &table,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &attribute, Enabled: aws.Bool(true)},
	}
}
