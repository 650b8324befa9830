package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/bench/dynamo/internal/measure"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// requests are what growth measures, as documents with $P for the number of a
// partition and $S for a sort key.
var requests = []struct{ name, operation, document string }{
	{
		"GetItem", "GetItem",
		`{"TableName":"gigs","Key":{"pk":{"S":"customer-$P"},"sk":{"N":"$S"}}}`,
	},
	{
		"GetItem of what is not there", "GetItem",
		`{"TableName":"gigs","Key":{"pk":{"S":"customer-$P"},"sk":{"N":"$S.5"}}}`,
	},
	{
		"PutItem over another", "PutItem",
		`{"TableName":"gigs","Item":{"pk":{"S":"customer-$P"},"sk":{"N":"$S"},` +
			`"serial":{"S":"serial-$P$S"},"owner":{"S":"owner-$P"},"title":{"S":"A gig for a bass player"}}}`,
	},
	{
		"UpdateItem, a counter", "UpdateItem",
		`{"TableName":"gigs","Key":{"pk":{"S":"customer-$P"},"sk":{"N":"$S"}},"UpdateExpression":"ADD visits :one",` +
			`"ExpressionAttributeValues":{":one":{"N":"1"}}}`,
	},
	{
		"Query of a partition, 10 items", "Query",
		`{"TableName":"gigs","KeyConditionExpression":"pk = :pk","ExpressionAttributeValues":{":pk":{"S":"customer-$P"}}}`,
	},
	{
		"Query of 3 items backwards", "Query",
		`{"TableName":"gigs","KeyConditionExpression":"pk = :pk AND sk <= :sk","ScanIndexForward":false,"Limit":3,` +
			`"ExpressionAttributeValues":{":pk":{"S":"customer-$P"},":sk":{"N":"$S"}}}`,
	},
	{
		"Query of an index, 1 item", "Query",
		`{"TableName":"gigs","IndexName":"by-serial","KeyConditionExpression":"serial = :s",` +
			`"ExpressionAttributeValues":{":s":{"S":"serial-$P$S"}}}`,
	},
	{
		"Query of an index, 10 items", "Query",
		`{"TableName":"gigs","IndexName":"by-owner","KeyConditionExpression":"#o = :o","ExpressionAttributeNames":{"#o":"owner"},` +
			`"ExpressionAttributeValues":{":o":{"S":"owner-$P"}}}`,
	},
	{
		"Scan, the first 10 items", "Scan",
		`{"TableName":"gigs","Limit":10}`,
	},
}

// growth measures the requests for tables of growing size.
func growth(rounds int, slice time.Duration, largest int) {
	var sizes []int
	var handlers []http.Handler
	for n := 1000; n <= largest; n *= 10 {
		sizes, handlers = append(sizes, n), append(handlers, filled(n))
	}
	debug.SetGCPercent(-1)
	defer debug.SetGCPercent(100)
	fmt.Printf("\n## growth: µs of processor time of the fake alone, by number of items\n\n%-32s", "")
	for _, n := range sizes {
		fmt.Printf(" %10d", n)
	}
	fmt.Printf(" %12s\n", "last / first")
	for _, r := range requests {
		contenders := make([]measure.Contender, len(sizes))
		for i, n := range sizes {
			run := sender(handlers[i], r.operation, documents(r.document, n))
			contenders[i] = measure.Contender{Run: run}
		}
		runtime.GC()
		write(r.name, measure.Interleave(rounds, slice, contenders))
	}
}

func write(name string, results []measure.Result) {
	fmt.Printf("%-32s", name)
	for i := range results {
		fmt.Printf(" %10.2f", results[i].Median()/1000)
	}
	median, _, _ := results[len(results)-1].Ratio(&results[0])
	fmt.Printf(" %12.2f\n", median)
}

// documents returns 4096 requests with random keys of a table of n items.
func documents(format string, n int) [][]byte {
	all := make([][]byte, 4096)
	for i := range all {
		all[i] = document(format, rand.IntN(n))
	}
	return all
}

// document returns the request for item i; ten items make a partition.
func document(format string, i int) []byte {
	return []byte(strings.NewReplacer("$P", strconv.Itoa(i/10), "$S", strconv.Itoa(i%10)).Replace(format))
}

// sender returns a function that sends the next of the documents to handler.
func sender(handler http.Handler, operation string, documents [][]byte) func() {
	i := 0
	return func() {
		i = (i + 1) % len(documents)
		send(handler, operation, documents[i])
	}
}

func send(handler http.Handler, operation string, document []byte) {
	request := &http.Request{
		Method:        http.MethodPost,
		Header:        http.Header{"X-Amz-Target": {"DynamoDB_20120810." + operation}},
		Body:          io.NopCloser(bytes.NewReader(document)),
		ContentLength: int64(len(document)),
	}
	answer := writer{header: make(http.Header)}
	handler.ServeHTTP(&answer, request)
	if answer.status != http.StatusOK {
		panic(fmt.Sprintf("%s: %d for %s: %s", operation, answer.status, document, answer.body))
	}
}

type writer struct {
	header http.Header
	status int
	body   []byte
}

func (w *writer) Header() http.Header    { return w.header }
func (w *writer) WriteHeader(status int) { w.status = status }
func (w *writer) Write(p []byte) (int, error) {
	w.body = p
	return len(p), nil
}

// filled returns the handler of a fake with n items.
func filled(n int) http.Handler {
	in := dynamotest.Table("gigs", "pk", "sk:N")
	in = dynamotest.Index(dynamotest.Index(in, "by-serial", "serial"), "by-owner", "owner", "sk:N")
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{in}})
	for _, i := range rand.Perm(n) {
		send(fake.Handler(), "PutItem", document(requests[2].document, i))
	}
	return fake.Handler()
}
