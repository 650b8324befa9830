package dynamotest_test

import (
	"bytes"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// The benchmarks send one request over and over through the real client, to the
// fake and to a transport that answers a fixed document. The difference between
// the two is what the fake itself takes.
//
//	go test -run '^$' -bench . -benchmem ./dynamo/dynamotest

// stub answers every request with the same document.
type stub []byte

func (s stub) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header: http.Header{
			"Content-Type": {"application/x-amz-json-1.0"},
			"X-Amz-Crc32":  {strconv.FormatUint(uint64(crc32.ChecksumIEEE(s)), 10)},
		},
		Body:          io.NopCloser(bytes.NewReader(s)),
		ContentLength: int64(len(s)),
		Request:       r,
	}, nil
}

func benchItem() attrs {
	item := attrs{"pk": s("customer-42"), "sk": n(7)}
	for i := range 8 {
		item["attribute"+strconv.Itoa(i)] = s("a value of some twenty")
	}
	return item
}

func benchClients(b *testing.B, answer string) map[string]*dynamodb.Client {
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{dynamotest.Table("things", "pk", "sk:N")}})
	client := fake.Client()
	if _, err := client.PutItem(b.Context(), &dynamodb.PutItemInput{TableName: aws.String("things"), Item: benchItem()}); err != nil {
		b.Fatal(err)
	}
	return map[string]*dynamodb.Client{
		"fake": client,
		"stub": fake.Client(func(o *dynamodb.Options) { o.HTTPClient = stub(answer) }),
	}
}

func BenchmarkPutItem(b *testing.B) {
	for name, client := range benchClients(b, `{}`) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			in := &dynamodb.PutItemInput{TableName: aws.String("things"), Item: benchItem()}
			for b.Loop() {
				if _, err := client.PutItem(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGetItem(b *testing.B) {
	answer := `{"Item":{"pk":{"S":"customer-42"},"sk":{"N":"7"}`
	for i := range 8 {
		answer += `,"attribute` + strconv.Itoa(i) + `":{"S":"a value of some twenty"}`
	}
	for name, client := range benchClients(b, answer+`}}`) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			in := &dynamodb.GetItemInput{TableName: aws.String("things"), Key: attrs{"pk": s("customer-42"), "sk": n(7)}}
			for b.Loop() {
				if _, err := client.GetItem(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
