package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"

	awsevents "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/go-thaw/thaw/queue"
)

// An order is a body: three items and a map, some 220 bytes of JSON.
type order struct {
	ID       string            `json:"id"`
	Customer string            `json:"customer"`
	Total    int               `json:"total"`
	Items    []item            `json:"items"`
	Labels   map[string]string `json:"labels"`
}

type item struct {
	SKU   string `json:"sku"`
	Count int    `json:"count"`
}

const (
	standard = "arn:aws:sqs:eu-west-1:123456789012:orders"
	fifo     = standard + ".fifo"
)

// payload returns a batch as Lambda passes it to a function, in groups groups.
func payload(arn string, records, groups int) []byte {
	all := make([]string, records)
	for i := range all {
		body := must(json.Marshal(fmt.Sprintf(`{"id":"order-%d","customer":"customer-%d","total":1999,"items":[`+
			`{"sku":"ticket","count":2},{"sku":"poster","count":1},{"sku":"shirt","count":1}],`+
			`"labels":{"channel":"web","campaign":"autumn","tenant":"tenant-17"}}`, i, i)))
		all[i] = fmt.Sprintf(`{"messageId":"%08d-7c11-4d4e-8f5a-3a1f0c9be111","receiptHandle":"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a%08d",`+
			`"body":%s,"attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1780000000000","SenderId":"AIDAIENQZJOLO23YVJ4VO",`+
			`"ApproximateFirstReceiveTimestamp":"1780000000010","MessageGroupId":"group-%d"},"messageAttributes":{},`+
			`"md5OfBody":"e4e68fb7bd0e697a0ae8f1bb342846b3","eventSource":"aws:sqs","eventSourceARN":"%s","awsRegion":"eu-west-1"}`,
			i, i, body, i%groups, arn)
	}
	return []byte(`{"Records":[` + strings.Join(all, ",") + `]}`)
}

var errHandler = errors.New("the handler failed")

// usual is what most functions do: the runtime decodes the event, a loop decodes
// each body and collects what failed.
func usual(handle func(context.Context, order) error) lambda.Handler {
	return lambda.NewHandler(func(ctx context.Context, event awsevents.SQSEvent) (awsevents.SQSEventResponse, error) {
		response := awsevents.SQSEventResponse{BatchItemFailures: []awsevents.SQSBatchItemFailure{}}
		for i := range event.Records {
			var o order
			err := json.Unmarshal([]byte(event.Records[i].Body), &o)
			if err == nil {
				err = handle(ctx, o)
			}
			if err != nil {
				response.BatchItemFailures = append(response.BatchItemFailures, awsevents.SQSBatchItemFailure{ItemIdentifier: event.Records[i].MessageId})
			}
		}
		return response, nil
	})
}

func ours(handle func(context.Context, order) error, options *queue.Options) lambda.Handler {
	return queue.NewProcessor(func(ctx context.Context, m queue.Message[order]) error { return handle(ctx, m.Body) }, options)
}

func succeed(_ context.Context, o order) error {
	if o.Total != 1999 {
		panic("another order")
	}
	return nil
}

// batches handles batches of which every record succeeds.
func batches(ctx context.Context, records int) comparison {
	plain, ordered := payload(standard, records, records), payload(fifo, records, 4)
	invoke := func(h lambda.Handler, payload []byte) func() {
		return func() {
			if !bytes.Contains(must(h.Invoke(ctx, payload)), []byte(`[]`)) {
				panic("a record failed")
			}
		}
	}
	return comparison{fmt.Sprintf("%d records, payload to response", records), records, []way{
		{"lambda.Start with SQSEvent and a loop", invoke(usual(succeed), plain)},
		{"Processor", invoke(ours(succeed, nil), plain)},
		{"Processor, Concurrency 1", invoke(ours(succeed, &queue.Options{Concurrency: 1}), plain)},
		{"Processor, FIFO queue with 4 groups", invoke(ours(succeed, nil), ordered)},
	}}
}

// failing handles a batch of which every record fails.
func failing(ctx context.Context) comparison {
	const records = 10
	batch := payload(standard, records, records)
	fail := func(context.Context, order) error { return errHandler }
	invoke := func(h lambda.Handler) func() {
		return func() {
			if n := bytes.Count(must(h.Invoke(ctx, batch)), []byte("itemIdentifier")); n != records {
				panic(fmt.Sprintf("%d records failed", n))
			}
		}
	}
	return comparison{"10 records, all fail (with a log line for each)", records, []way{
		{"lambda.Start with SQSEvent and a loop", invoke(usual(fail))},
		{"Processor", invoke(ours(fail, nil))},
	}}
}

// memory measures what a large batch takes beyond its payload.
func memory(ctx context.Context) {
	const records = 10_000
	batch := payload(standard, records, records)
	fmt.Printf("\n## memory of %d records, payload of %d bytes\n\n%-46s %14s %14s\n", records, len(batch), "(payload = 1)", "in use, most", "allocated")
	for _, x := range []struct {
		name string
		new  func(func(context.Context, order) error) lambda.Handler
	}{
		{"lambda.Start with SQSEvent and a loop", usual},
		{"Processor", func(h func(context.Context, order) error) lambda.Handler { return ours(h, nil) }},
		{"Processor, Concurrency 1", func(h func(context.Context, order) error) lambda.Handler {
			return ours(h, &queue.Options{Concurrency: 1})
		}},
	} {
		fmt.Printf("%-46s %14.2f %14.2f\n", x.name,
			1+inUse(ctx, batch, x.new)/float64(len(batch)), 1+allocated(ctx, batch, x.new(succeed))/float64(len(batch)))
	}
}

// inUse returns the most bytes that are in use during a batch, beyond what was
// before it, the payload included. It looks in every thousandth handler, of
// which all fail, so that the response is there too.
func inUse(ctx context.Context, batch []byte, handler func(func(context.Context, order) error) lambda.Handler) float64 {
	before := live()
	most := before
	ticket := make(chan int, 1)
	ticket <- 0
	h := handler(func(context.Context, order) error {
		n := <-ticket
		if n%1000 == 999 {
			most = max(most, live())
		}
		ticket <- n + 1
		return errHandler
	})
	response := must(h.Invoke(ctx, batch))
	most = max(most, live())
	runtime.KeepAlive(response)
	return float64(most) - float64(before)
}

func live() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// allocated returns the bytes that a batch allocates in sum.
func allocated(ctx context.Context, batch []byte, h lambda.Handler) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	must(h.Invoke(ctx, batch))
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}
