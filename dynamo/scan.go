package dynamo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A Scan names all items of a repository.
type Scan struct {
	// Index is the index to read; empty means the table.
	Index string
	// Filter drops items after they were read, and paid for. The zero value
	// keeps all.
	Filter expression.ConditionBuilder
	// Segments is the number of parts that are read side by side, each by a
	// goroutine of its own; 0 means 1.
	Segments int
	// Consistent makes the read see every write that was answered before it
	// began, at twice the cost. A global index cannot do that.
	Consistent bool
	// Project names the attributes to read; none means all. See [Project].
	Project []string
}

// maxSegments is DynamoDB's limit, and maxSegments goroutines are as many as
// one would want.
const maxSegments = 1_000_000

// Scan yields all items of the repository in no particular order, with
// DynamoDB's Scan. It reads, and pays for, the whole table: also the items of
// other repositories in it, which are left out, as are those whose time to live
// is over. After an error, which comes with a zero item, it ends.
//
// With several segments, their goroutines have ended when the loop has.
func (r *Repository[T]) Scan(ctx context.Context, s Scan) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		p, err := r.core.prepareScan(&s)
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		items := p.items(ctx)
		if s.Segments > 1 {
			items = p.parallel(ctx, s.Segments)
		}
		decodeAll(r.core, opScan, items, yield)
	}
}

const opScan = "scan"

type preparedScan struct {
	core  *core
	input dynamodb.ScanInput
}

func (c *core) prepareScan(s *Scan) (*preparedScan, error) {
	p := &preparedScan{core: c}
	fail := func(err error) (*preparedScan, error) { return nil, c.fail(opScan, nil, err) }
	if s.Segments < 0 || s.Segments > maxSegments {
		return fail(fmt.Errorf("Scan.Segments: must be from 0 to %d, got %d", maxSegments, s.Segments))
	}
	if s.Index != "" {
		index := c.indexNamed(s.Index)
		if index == nil {
			return fail(fmt.Errorf("Scan.Index: %s has no index %q", c.typ, s.Index))
		}
		if s.Consistent && !index.local {
			return fail(errors.New("Scan.Consistent: a global index cannot be read consistently"))
		}
		p.input.IndexName = &s.Index
	}
	own := c.ownFilter()
	filter, projected, err := c.filterAndProjection(&own, s.Filter, s.Project)
	if err != nil {
		return fail(err)
	}
	p.input.FilterExpression = both(own.condition, filter)
	p.input.ProjectionExpression = projected
	p.input.ExpressionAttributeNames, p.input.ExpressionAttributeValues = own.names, own.values
	p.input.TableName = &c.table
	p.input.ReturnConsumedCapacity = c.capacity
	if s.Consistent {
		p.input.ConsistentRead = &yes
	}
	return p, nil
}

// ownFilter lets DynamoDB drop the items of other repositories as far as
// templates begin differently; owns does the rest.
func (c *core) ownFilter() statement {
	var s statement
	for i, part := range c.key.parts() {
		if part.template == nil {
			continue
		}
		text, whole, _ := part.template.prefix(nil)
		if text == "" {
			continue
		}
		name, value := fmt.Sprintf("#own%d", i), fmt.Sprintf(":own%d", i)
		condition := "begins_with(" + name + ", " + value + ")"
		if whole {
			condition = name + " = " + value
		}
		s.condition = both(s.condition, &condition)
		s.add(map[string]string{name: part.name},
			map[string]types.AttributeValue{value: &types.AttributeValueMemberS{Value: text}})
	}
	return s
}

// both joins two conditions, either of which may be nil.
func both(a, b *string) *string {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	text := "(" + *a + ") AND (" + *b + ")"
	return &text
}

func (p *preparedScan) items(ctx context.Context) iter.Seq2[map[string]types.AttributeValue, error] {
	return func(yield func(map[string]types.AttributeValue, error) bool) {
		input := p.input
		for {
			output, err := p.core.api.Scan(ctx, &input)
			if err != nil {
				yield(nil, p.core.fail(opScan, nil, err))
				return
			}
			if output.ConsumedCapacity != nil {
				p.core.consumed(ctx, "Scan", *output.ConsumedCapacity)
			}
			for _, item := range output.Items {
				if !p.core.expired(item) && p.core.key.owns(item) && !yield(item, nil) {
					return
				}
			}
			if len(output.LastEvaluatedKey) == 0 {
				return
			}
			input.ExclusiveStartKey = output.LastEvaluatedKey
		}
	}
}

// parallel walks the segments side by side and yields what they find on the
// caller's goroutine. The first error ends all of them.
func (p *preparedScan) parallel(ctx context.Context, segments int) iter.Seq2[map[string]types.AttributeValue, error] {
	type found struct {
		item map[string]types.AttributeValue
		err  error
	}
	return func(yield func(map[string]types.AttributeValue, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		results := make(chan found)
		var workers sync.WaitGroup
		var cutShort atomic.Bool // by the context, with an item in hand
		for i := range segments {
			workers.Go(func() {
				segment, total := int32(i), int32(segments)
				part := *p
				part.input.Segment, part.input.TotalSegments = &segment, &total
				for item, err := range part.items(ctx) {
					select {
					case results <- found{item, err}:
					case <-ctx.Done():
						cutShort.Store(true)
						return
					}
				}
			})
		}
		go func() {
			workers.Wait()
			close(results)
		}()
		defer func() {
			cancel()
			for range results { // until the last worker has ended
			}
		}()
		for f := range results {
			if !yield(f.item, f.err) || f.err != nil {
				return
			}
		}
		if cutShort.Load() {
			yield(nil, p.core.fail(opScan, nil, ctx.Err()))
		}
	}
}
