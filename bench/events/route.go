package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/go-thaw/thaw/events"
)

// delivered is an event as EventBridge passes it to a function.
const delivered = `{"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b103","detail-type":"OrderPlaced","source":"shop.orders",` +
	`"account":"123456789012","time":"2026-11-24T10:00:00Z","region":"eu-west-1","resources":[],` +
	`"detail":{"metadata":{"id":"0193a5b0-7c11-7d4e-8f5a-3a1f0c9be111","correlationId":"0193a5b0-7c11-7d4e-8f5a-3a1f0c9be111"},` +
	`"id":"order-17","customer":"customer-17","total":1999,"currency":"EUR","items":["ticket","poster"]}}`

// handled shows that handlers run.
var handled int

// routing decodes an event and runs one of ten handlers of typed events.
func routing() comparison {
	// A context with a deadline, as Lambda gives it. The program ends before.
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	context.AfterFunc(ctx, cancel)
	payload := []byte(delivered)
	router := events.NewRouter(nil)
	router.Handle("placed", orderPlaced.Handler(func(_ context.Context, o order) error { handled += o.Total; return nil }))
	for i := range 9 {
		other := events.Define[order]("shop.orders", fmt.Sprintf("Order%d", i))
		router.Handle(fmt.Sprintf("other-%d", i), other.Handler(func(context.Context, order) error { panic("another event") }))
	}
	usual := lambda.NewHandler(usualHandler)
	return comparison{"route an event with 10 definitions", 1, []way{
		{"json.Unmarshal of the envelope and the detail", func() {
			var e awsevents.EventBridgeEvent
			var o order
			check(json.Unmarshal(payload, &e))
			check(json.Unmarshal(e.Detail, &o))
			handled += o.Total
		}},
		{"the usual handler of aws-lambda-go", func() { must(usual.Invoke(ctx, payload)) }},
		{"Router.Invoke", func() {
			must(router.Invoke(ctx, payload))
			if handled == 0 {
				panic("no handler ran")
			}
		}},
	}}
}

// usualHandler is what most functions do: the runtime decodes the envelope, the
// function tells events apart and decodes the detail.
func usualHandler(_ context.Context, e awsevents.EventBridgeEvent) error {
	switch e.DetailType {
	case "Order0", "Order1", "Order2", "Order3", "Order4", "Order5", "Order6", "Order7", "Order8":
		return fmt.Errorf("another event: %s", e.DetailType)
	case "OrderPlaced":
		var o order
		if err := json.Unmarshal(e.Detail, &o); err != nil {
			return err
		}
		handled += o.Total
	}
	return nil
}
