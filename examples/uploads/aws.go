//go:build !local

package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/lambdalog"
)

// connect reads where table and bucket are.
func connect(ctx context.Context) (*dynamodb.Client, string, Bucket, error) {
	slog.SetDefault(slog.New(lambdalog.NewHandler(nil)))
	table, bucket := os.Getenv("TABLE"), os.Getenv("BUCKET")
	if table == "" || bucket == "" {
		return nil, "", nil, errors.New("environment variables TABLE and BUCKET must be set (or build with -tags local)")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, "", nil, err
	}
	client := s3.NewFromConfig(cfg)
	return dynamo.NewClient(cfg, nil), table, &s3Bucket{client, s3.NewPresignClient(client), bucket}, nil
}

// prepare opens the connection to the table during INIT.
func prepare(ctx context.Context, client *dynamodb.Client, s *service) (http.Handler, error) {
	if err := dynamo.Warm(ctx, client); err != nil {
		slog.Warn("the first request will open its own connection", "error", err)
	}
	return s.newAPI(), nil
}

// An s3Bucket is a bucket of S3.
type s3Bucket struct {
	client  *s3.Client
	presign *s3.PresignClient
	name    string
}

// PresignPut signs type, size and that nothing may be overwritten, so that the URL
// is good for one object of this kind and no other.
func (b *s3Bucket) PresignPut(ctx context.Context, key, contentType string, size int64, lives time.Duration) (string, http.Header, error) {
	signed, err := b.presign.PresignPutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.name, Key: &key, ContentType: &contentType, ContentLength: &size, IfNoneMatch: aws.String("*"),
	}, s3.WithPresignExpires(lives))
	if err != nil {
		return "", nil, err
	}
	// A client sets these two by itself.
	signed.SignedHeader.Del("Host")
	signed.SignedHeader.Del("Content-Length")
	return signed.URL, signed.SignedHeader, nil
}

// Get reads an object.
func (b *s3Bucket) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}

// Publish copies an object within the bucket.
func (b *s3Bucket) Publish(ctx context.Context, from, to, contentType string) error {
	_, err := b.client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &b.name, CopySource: aws.String(b.name + "/" + from), Key: &to,
		ContentType: &contentType, MetadataDirective: s3types.MetadataDirectiveReplace,
	})
	return err
}
