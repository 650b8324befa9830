package main

import (
	"bytes"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func config(client dynamodb.HTTPClient) aws.Config {
	return aws.Config{
		Region:      "eu-west-1",
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("id", "secret", "")),
		HTTPClient:  client,
	}
}

// A stub accepts every write, refusing fails its condition and returns the item.
type (
	stub     struct{}
	refusing struct{}
)

func (stub) Do(r *http.Request) (*http.Response, error) { return answer(r, http.StatusOK, "{}") }

func (refusing) Do(r *http.Request) (*http.Response, error) {
	return answer(r, http.StatusBadRequest, stored)
}

const stored = `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed",` +
	`"Item":{"id":{"S":"` + id + `"},"status":{"S":"COMPLETED"},"token":{"S":"` + token + `"},"started":{"N":"1796000000000"},` +
	`"until":{"N":"9999999999999"},"expires":{"N":"9999999999"},"result":{"S":"{\"number\":42,\"status\":\"paid\"}"}}}`

func answer(r *http.Request, status int, body string) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	crc := strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 10)
	return &http.Response{
		StatusCode:    status,
		Header:        http.Header{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Crc32": {crc}},
		Body:          io.NopCloser(bytes.NewReader([]byte(body))),
		ContentLength: int64(len(body)),
		Request:       r,
	}, nil
}
