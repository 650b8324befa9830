//go:build local

package main

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"

	"github.com/go-thaw/thaw/examples/uploads/memory"
)

func connect(context.Context) (*dynamodb.Client, string, Bucket, error) {
	return dynamotest.New(nil).Client(), "uploads", &memory.Bucket{URL: "http://127.0.0.1:8080"}, nil
}

// prepare creates the table and lets the bucket tell of what has come, as
// EventBridge does.
func prepare(ctx context.Context, client *dynamodb.Client, s *service) (http.Handler, error) {
	if err := dynamo.CreateTables(ctx, client, s.uploads); err != nil {
		return nil, err
	}
	bucket := s.bucket.(*memory.Bucket)
	router := s.newRouter()
	bucket.Created = func(ctx context.Context, key string, size int) error {
		_, err := router.Invoke(ctx, memory.ObjectCreated(key, size))
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.newAPI())
	mux.Handle("PUT /bucket/", bucket)
	mux.Handle("GET /files/", bucket)
	return mux, nil
}
