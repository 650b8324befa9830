package claimcheck_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/claimcheck"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// A report of 2 MiB is sent through a queue that takes 1 MiB.
func Example() {
	ctx := context.Background()
	store, err := claimcheck.New(&bucket{objects: make(map[string][]byte)}, "bodies", nil)
	if err != nil {
		panic(err)
	}
	fake := queuetest.New(nil)
	sender, err := queue.NewSender[string](fake.Client(), fake.CreateQueue("reports", nil), &queue.SenderOptions{Offload: store.Offload})
	if err != nil {
		panic(err)
	}
	if err := sender.Send(ctx, strings.Repeat("x", 2<<20)); err != nil {
		panic(err)
	}
	fmt.Println(len(fake.Messages("reports")[0].Body), "bytes in the queue")

	processor := queue.NewProcessor(func(_ context.Context, m queue.Message[string]) error {
		fmt.Println(len(m.Body), "bytes in the handler")
		return nil
	}, &queue.Options{Fetch: store.Fetch, Logger: slog.New(slog.DiscardHandler)})
	mapping, err := queuetest.NewMapping(fake, "reports", processor, nil)
	if err != nil {
		panic(err)
	}
	if _, err := mapping.Drain(ctx); err != nil {
		panic(err)
	}
	// Output:
	// 155 bytes in the queue
	// 2097152 bytes in the handler
}
