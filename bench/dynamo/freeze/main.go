// The program freeze measures what happens to the first call after a freeze.
//
// Method. A server on the loopback interface speaks TLS. A trial: ten calls at
// once make a new client pool ten connections; then the server kills these
// connections so that the client hears nothing of it until it writes, and is
// answered by a reset (RST), as when the end of a connection was lost while the
// environment was frozen; then one call is made and timed. All clients take
// turns, 40 trials each. The time is what passes, as it consists of waiting; on
// a busy machine it contains waiting for the processor too.
//
// This is the worst case: every connection is dead and no end of one arrives.
//
//	go run ./dynamo/freeze -trials 40 | tee results/dynamo-freeze.txt
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/go-thaw/thaw/bench/dynamo/internal/measure"
	"github.com/go-thaw/thaw/dynamo"
)

// A subject is a client, the call that is made with it, and what became of it.
type subject struct {
	name    string
	client  func() *dynamodb.Client
	call    func(context.Context, *dynamodb.Client, ...func(*dynamodb.Options)) error
	times   []float64 // ms, of the calls that succeeded
	failure error     // the last one
}

func main() {
	trials := flag.Int("trials", 40, "trials of each client")
	pooled := flag.Int("pooled", 10, "connections that die")
	flag.Parse()
	measure.Header(os.Stdout)
	server := newServer()
	defer server.Close()
	subjects := subjects(server.config())
	for range *trials {
		for _, s := range subjects {
			s.trial(server, *pooled)
		}
	}
	fmt.Printf("\n%d connections dead, %d trials\n\n%-48s %7s %9s %9s %9s\n", *pooled, *trials, "", "ok", "p50 (ms)", "p90 (ms)", "max (ms)")
	for _, s := range subjects {
		s.write(*trials)
	}
}

func subjects(cfg aws.Config) []*subject {
	sdk := func(retryer func() aws.Retryer) func() *dynamodb.Client {
		return func() *dynamodb.Client {
			return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.Retryer = retryer() })
		}
	}
	thaw := func() *dynamodb.Client { return dynamo.NewClient(cfg, nil) }
	return []*subject{
		{name: "SDK, 3 attempts, 2 s (core v1.47), GetItem", client: sdk(before148), call: get},
		{name: "SDK, 3 attempts, 50 ms (core v1.48), GetItem", client: sdk(standard), call: get},
		{name: "SDK, 4 attempts, 25 ms (new retries), GetItem", client: sdk(newRetries), call: get},
		{name: "SDK, 4 attempts, 25 ms (new retries), PutItem", client: sdk(newRetries), call: put},
		{name: "dynamo.NewClient, GetItem", client: thaw, call: get},
		{name: "dynamo.NewClient, PutItem", client: thaw, call: put},
	}
}

// before148 has the default retries of core v1.47 and earlier: three attempts,
// after up to two seconds and up to four.
func before148() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 3
		o.Backoff = retry.NewExponentialJitterBackoff(retry.DefaultMaxBackoff)
	})
}

// standard has those of core v1.48, which a client of dynamodb v1.73 uses.
func standard() aws.Retryer { return retry.NewStandard() }

// newRetries has those that AWS_NEW_RETRIES_2026=true gives to a client of
// dynamodb v1.73, and that are DynamoDB's part of the behaviour of 2026:
// https://aws.amazon.com/blogs/developer/updated-default-retry-behavior-for-aws-sdks-and-tools/.
func newRetries() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.BaseDelay = 4, 25*time.Millisecond
	})
}

// trial fills the pool, freezes, and makes the call.
func (s *subject) trial(server *server, pooled int) {
	client := s.client()
	fill(client, server, pooled)
	server.freeze()
	began := time.Now()
	err := s.call(context.Background(), client)
	took := time.Since(began)
	if err != nil {
		s.failure = err
	} else {
		s.times = append(s.times, float64(took.Microseconds())/1000)
	}
}

// fill makes so many calls at once that none of them finds an idle connection
// of another.
func fill(client *dynamodb.Client, server *server, pooled int) {
	server.gate.Add(pooled)
	var calls sync.WaitGroup
	for range pooled {
		calls.Go(func() {
			if err := get(context.Background(), client, hold); err != nil {
				panic(err)
			}
		})
	}
	calls.Wait()
}

func (s *subject) write(trials int) {
	if len(s.times) == 0 {
		fmt.Printf("%-48s %3d/%d  %s\n", s.name, 0, trials, reason(s.failure))
		return
	}
	fmt.Printf("%-48s %3d/%d %9.1f %9.1f %9.1f\n", s.name, len(s.times), trials,
		measure.Quantile(s.times, 0.5), measure.Quantile(s.times, 0.9), measure.Quantile(s.times, 1))
}

// reason returns what is at the bottom of an error of the SDK.
func reason(err error) string {
	var attempts *retry.MaxAttemptsError
	if !errors.As(err, &attempts) {
		return err.Error()
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return fmt.Sprintf("after %d attempts: %v", attempts.Attempt, err)
}

func get(ctx context.Context, client *dynamodb.Client, options ...func(*dynamodb.Options)) error {
	_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("gigs"), Key: key}, options...)
	return err
}

func put(ctx context.Context, client *dynamodb.Client, options ...func(*dynamodb.Options)) error {
	_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("gigs"), Item: key}, options...)
	return err
}

var key = map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "g-1"}}
