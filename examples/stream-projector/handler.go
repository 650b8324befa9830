package main

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/dynamostream"
)

// An Order is what the orders' table holds: written by somebody else, found by its
// id, which is not used again, and with a version that grows with each write.
type Order struct {
	ID       string `dynamodbav:"id" dynamo:"partition"`
	Customer string `dynamodbav:"customer"`
	Title    string `dynamodbav:"title"`
	Cents    int64  `dynamodbav:"cents"`
	Version  int64  `dynamodbav:"version" dynamo:"version"`
}

// A Line is the read model: the orders of a customer in one Query, with what a
// list shows. Version is that of the order it was made of, and not one of its own.
type Line struct {
	Customer string `dynamodbav:"customer" dynamo:"partition"`
	Order    string `dynamodbav:"order" dynamo:"sort"`
	Title    string `dynamodbav:"title"`
	Cents    int64  `dynamodbav:"cents"`
	Version  int64  `dynamodbav:"version"`
	// Gone marks an order that is no more. Its line stays until Expires, longer
	// than a stream keeps a record, so that one that comes again does not bring
	// the order back.
	Gone    bool      `dynamodbav:"gone,omitempty"`
	Expires time.Time `dynamodbav:"expires,unixtime,omitempty" dynamo:"ttl"`
}

// graveTime is how long a line is kept after its order is gone: a stream keeps a
// record for a day.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
const graveTime = 48 * time.Hour

// A projector keeps the read model in step with the orders.
type projector struct {
	lines *dynamo.Repository[Line]
	now   func() time.Time
}

// newProjector returns the handler of the orders' stream. A stream delivers at
// least once and Lambda repeats what followed a failure, so each line remembers the
// version it shows and never goes back to an older one.
func newProjector(lines *dynamo.Repository[Line], now func() time.Time) lambda.Handler {
	p := &projector{lines, now}
	// Changes of different orders do not wait for each other; those of one order
	// keep their sequence.
	return dynamostream.New(p.project, &queue.StreamOptions{Concurrency: 10})
}

func (p *projector) project(ctx context.Context, c dynamostream.Change[Order]) error {
	if c.Old != nil && (c.New == nil || c.New.Customer != c.Old.Customer) {
		gone := line(c.Old)
		gone.Gone, gone.Expires = true, p.now().Add(graveTime)
		// The version after the last one, so that the grave covers it.
		gone.Version++
		if err := p.put(ctx, gone); err != nil {
			return err
		}
	}
	if c.New == nil {
		return nil
	}
	return p.put(ctx, line(c.New))
}

func line(o *Order) Line {
	return Line{Customer: o.Customer, Order: o.ID, Title: o.Title, Cents: o.Cents, Version: o.Version}
}

// put writes a line unless a newer one is there, which is what a repetition finds.
func (p *projector) put(ctx context.Context, l Line) error {
	newer := expression.Name("version").AttributeNotExists().
		Or(expression.Name("version").LessThan(expression.Value(l.Version)))
	err := p.lines.Put(ctx, &l, dynamo.If(newer))
	if errors.Is(err, dynamo.ErrCondition) {
		return nil
	}
	return err
}

// ordersOf returns the orders of a customer: what the read model is for.
func ordersOf(ctx context.Context, lines *dynamo.Repository[Line], customer string) (found []Line, err error) {
	there := expression.Name("gone").AttributeNotExists()
	for l, err := range lines.Query(ctx, dynamo.Query{Partition: dynamo.Key{customer}, Filter: there}) {
		if err != nil {
			return nil, err
		}
		found = append(found, l)
	}
	return found, nil
}
