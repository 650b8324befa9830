//go:build local

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// run changes some orders on an in-memory table, whose stream feeds the projector,
// and prints what the read model then shows.
func run(ctx context.Context) error {
	tables := dynamotest.New(nil)
	client := tables.Client()
	orders, err := dynamo.New[Order](client, "orders", nil)
	if err != nil {
		return err
	}
	lines, err := dynamo.New[Line](client, "lines", nil)
	if err != nil {
		return err
	}
	schema := orders.Schema()
	schema.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages}
	if err := tables.CreateTable(schema); err != nil {
		return err
	}
	if err := tables.CreateTable(lines.Schema()); err != nil {
		return err
	}
	projector := newProjector(lines, time.Now)
	tables.OnStream("orders", func(event []byte) {
		if answer, err := projector.Invoke(ctx, event); err != nil {
			fmt.Println("the stream is stuck:", string(answer), err)
		}
	})

	piano := Order{ID: "o-1", Customer: "ada", Title: "Piano", Cents: 900_00}
	stool := Order{ID: "o-2", Customer: "ada", Title: "Stool", Cents: 45_00}
	for _, o := range []*Order{&piano, &stool} {
		if err := orders.Create(ctx, o); err != nil {
			return err
		}
	}
	piano.Cents = 850_00
	if err := orders.Put(ctx, &piano); err != nil {
		return err
	}
	if err := orders.Delete(ctx, dynamo.Key{"o-2"}); err != nil {
		return err
	}
	found, err := ordersOf(ctx, lines, "ada")
	for _, l := range found {
		fmt.Printf("%s ordered %s, %s, for %d.%02d\n", l.Customer, l.Order, l.Title, l.Cents/100, l.Cents%100)
	}
	return err
}
