// Command traced-orders places an order on in-memory AWS, has it processed, and
// shows the trace. The functions that are deployed are in cmd.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/go-thaw/thaw/lambdalog"

	"github.com/go-thaw/thaw/examples/traced-orders/memory"
	"github.com/go-thaw/thaw/examples/traced-orders/orders"
	"github.com/go-thaw/thaw/examples/traced-orders/tracing"
)

func main() {
	slog.SetDefault(slog.New(lambdalog.NewHandler(&lambdalog.Options{TraceID: tracing.ID})))
	if err := run(context.Background()); err != nil {
		slog.Error("it does not work", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	spans := tracetest.NewInMemoryExporter()
	shop, err := memory.New(ctx, spans, orders.Accept)
	if err != nil {
		return err
	}
	answer, err := shop.Place(ctx, orders.Order{ID: "o-1", Customer: "ada", Cents: 1200}, nil)
	if err != nil {
		return err
	}
	answer.Body.Close()
	fmt.Println(answer.Status)
	if _, err := shop.Work(ctx); err != nil {
		return err
	}
	all := spans.GetSpans()
	slices.SortFunc(all, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	show(all, trace.SpanID{}, "")
	return nil
}

// show prints the spans below one.
func show(all tracetest.SpanStubs, parent trace.SpanID, indent string) {
	for _, s := range all {
		if s.Parent.SpanID() == parent {
			if indent == "" {
				fmt.Println("trace", s.SpanContext.TraceID())
			}
			fmt.Printf("  %-30s %-10s %-6s %v\n", indent+s.Name, s.SpanKind, cmp.Or(s.Status.Description, "ok"), s.EndTime.Sub(s.StartTime))
			show(all, s.SpanContext.SpanID(), indent+"  ")
		}
	}
}
