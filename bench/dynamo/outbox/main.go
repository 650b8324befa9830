// The program outbox measures what an Outbox adds to the requests of an event: the
// transaction that writes it, and of its relay the Query that reads what waits for
// the key and the UpdateItem that marks it as sent.
//
// Method. As in ../ratelimit: one SDK client whose HTTP client answers a canned
// document, so no network; processor time (getrusage) of slices that take turns.
// "SDK by hand" sends requests with the same attributes, and decodes the event
// with attributevalue. Its second contender is a control: how far its ratio is
// from 1 is what the machine adds. "fastest" is the fastest slice.
//
//	go run ./dynamo/outbox -rounds 15 | tee results/dynamo-outbox.txt
package main

import (
	"context"
	"flag"
	"os"
	"runtime"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/bench/dynamo/internal/measure"
	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/outbox"
)

var ctx = context.Background()

func client() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", HTTPClient: stub{},
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("id", "secret", "")),
	})
}

func open(published *int) *outbox.Outbox {
	return must(outbox.New(client(), "platform", func(_ context.Context, events []outbox.Event) []error {
		*published += len(events)
		return nil
	}, nil))
}

func writes() []measure.Contender {
	c, box := client(), open(new(int))
	byHand := func() { must(c.TransactWriteItems(ctx, transaction())) }
	return []measure.Contender{
		{Name: "TransactWriteItems by hand", Run: byHand},
		{Name: "the same again", Run: byHand},
		{Name: "Transact with Op", Run: func() {
			if err := dynamo.Transact(ctx, c, box.Op(outbox.Event{ID: "e-1", Key: "a", Sequence: 1, Type: "x", Data: []byte("a")})); err != nil {
				panic(err)
			}
		}},
	}
}

func relays() []measure.Contender {
	c, published := client(), 0
	box := open(&published)
	byHand := func() { relayByHand(c) }
	return []measure.Contender{
		{Name: "Query and UpdateItem by hand", Run: byHand},
		{Name: "the same again", Run: byHand},
		{Name: "Invoke with one record", Run: func() {
			before := published
			must(box.Invoke(ctx, []byte(event)))
			if published != before+1 {
				panic("not published")
			}
		}},
	}
}

func main() {
	rounds := flag.Int("rounds", 15, "number of rounds")
	slice := flag.Duration("slice", 5*time.Millisecond, "processor time of a slice")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	measure.Header(os.Stdout)
	measure.Table(os.Stdout, "write", measure.Interleave(*rounds, *slice, writes()))
	measure.Table(os.Stdout, "relay", measure.Interleave(*rounds, *slice, relays()))
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}
