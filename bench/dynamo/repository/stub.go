package main

import (
	"bytes"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

const stored = `{"Item":{"id":{"S":"g-1"},"title":{"S":"Bass player for a wedding"},"owner":{"S":"u-4711"},` +
	`"city":{"S":"Bern"},"note":{"S":"Bring your own amplifier, please."},"price":{"N":"25000"},"seats":{"N":"120"},` +
	`"open":{"BOOL":true},"created":{"S":"2026-11-01T18:30:00Z"},"tags":{"L":[{"S":"jazz"},{"S":"wedding"},{"S":"evening"}]},` +
	`"labels":{"M":{"genre":{"S":"swing"},"stage":{"S":"indoor"},"level":{"S":"pro"}}}}}`

// config returns a configuration whose HTTP client is a stub.
func config() aws.Config {
	return aws.Config{
		Region:      "eu-west-1",
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("id", "secret", "")),
		HTTPClient:  stub{},
	}
}

// A stub answers GetItem with an item and everything else with an empty
// document.
type stub struct{}

var (
	empty    = canned("{}")
	withItem = canned(stored)
)

type document struct {
	body []byte
	crc  string
}

func canned(body string) document {
	return document{[]byte(body), strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 10)}
}

func (stub) Do(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	answer := empty
	if r.Header.Get("X-Amz-Target") == "DynamoDB_20120810.GetItem" {
		answer = withItem
	}
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Crc32": {answer.crc}},
		Body:          io.NopCloser(bytes.NewReader(answer.body)),
		ContentLength: int64(len(answer.body)),
		Request:       r,
	}, nil
}
