package dynamo

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A Query names items that share a partition key, in the order of their sort
// key.
type Query struct {
	// Index is the index to read; empty means the table.
	Index string
	// Partition holds the values of the partition key's fields.
	Partition Key
	// Sort narrows the sort key; the zero value takes all of the repository's
	// items in the partition.
	Sort SortCondition
	// Filter drops items after they were read, and paid for. It must not name
	// key attributes. The zero value keeps all.
	Filter expression.ConditionBuilder
	// Descending reverses the order.
	Descending bool
	// Limit is the largest number of items: of a whole Query, where 0 means
	// all, and of one Page, where 0 means 100.
	Limit int
	// Consistent makes the read see every write that was answered before it
	// began, at twice the cost. A global index cannot do that.
	Consistent bool
	// Project names the attributes to read; none means all. See [Project].
	Project []string
}

// Query yields the items that q names, with DynamoDB's Query: one request per
// megabyte read, made as the loop gets there. After an error, which comes with
// a zero item, it ends. The sequence can be walked several times.
//
// Items whose time to live is over and those of other repositories in the same
// table are left out, though reading them is paid for.
func (r *Repository[T]) Query(ctx context.Context, q Query) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		p, err := r.core.prepareQuery(&q)
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		decodeAll(r.core, opQuery, p.items(ctx, nil, q.Limit), yield)
	}
}

const opQuery = "query"

// decodeAll yields items as values of T.
func decodeAll[T any](c *core, op string, items iter.Seq2[map[string]types.AttributeValue, error], yield func(T, error) bool) {
	for attributes, err := range items {
		var item T
		if err == nil {
			if err = decoder.Decode(&types.AttributeValueMemberM{Value: attributes}, &item); err != nil {
				err = c.fail(op, nil, err)
			}
		}
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		if !yield(item, nil) {
			return
		}
	}
}

// A preparedQuery is a query as it is sent, and what is left out of its answer.
type preparedQuery struct {
	core     *core
	keys     *keySet
	key      Key // for messages
	input    dynamodb.QueryInput
	empty    bool   // nothing can match
	excluded string // a sort key that is a bound but not part of the result
}

func (c *core) prepareQuery(q *Query) (*preparedQuery, error) {
	p := &preparedQuery{core: c, keys: c.key, key: q.Partition}
	fail := func(err error) (*preparedQuery, error) { return nil, c.fail(opQuery, q.Partition, err) }
	if q.Limit < 0 {
		return fail(fmt.Errorf("Query.Limit: must not be negative, got %d", q.Limit))
	}
	if q.Index != "" {
		if p.keys = c.indexNamed(q.Index); p.keys == nil {
			return fail(fmt.Errorf("Query.Index: %s has no index %q", c.typ, q.Index))
		}
		if q.Consistent && !p.keys.local {
			return fail(errors.New("Query.Consistent: a global index cannot be read consistently"))
		}
		p.input.IndexName = &q.Index
	}
	if err := p.narrow(q); err != nil {
		return fail(err)
	}
	if err := p.express(q); err != nil {
		return fail(err)
	}
	p.input.TableName = &c.table
	p.input.ReturnConsumedCapacity = c.capacity
	if q.Consistent {
		p.input.ConsistentRead = &yes
	}
	if q.Descending {
		p.input.ScanIndexForward = new(bool)
	}
	return p, nil
}

func (c *core) indexNamed(name string) *keySet {
	for _, set := range c.indexes {
		if set.index == name {
			return set
		}
	}
	return nil
}

// narrow makes the key condition.
func (p *preparedQuery) narrow(q *Query) error {
	fields := p.keys.partition.fields()
	if len(q.Partition) != len(fields) {
		return fmt.Errorf("%w: Query.Partition: want %s, got %d", ErrInvalidKey, valuesOf(fields), len(q.Partition))
	}
	given := make(map[string]types.AttributeValue, len(p.keys.fields))
	if err := encodeInto(given, fields, q.Partition); err != nil {
		return err
	}
	key := make(map[string]types.AttributeValue, 1)
	if err := p.keys.partition.fill(key, given); err != nil {
		return fmt.Errorf("%w: Query.Partition: %w", ErrInvalidKey, err)
	}
	partition := key[p.keys.partition.name]
	if err := p.keys.partition.check(partition); err != nil {
		return err
	}
	s := statement{names: map[string]string{"#pk": p.keys.partition.name}, values: map[string]types.AttributeValue{":pk": partition}}
	text := "#pk = :pk"
	bounds, err := p.keys.bounds(q.Sort, given)
	if err != nil {
		return fmt.Errorf("Query.Sort: %w", err)
	}
	p.empty, p.excluded = bounds.empty(), bounds.excluded
	if condition := bounds.condition(&s); condition != "" {
		s.names["#sk"] = p.keys.sort.name
		text += " AND " + condition
	}
	p.input.KeyConditionExpression = &text
	p.input.ExpressionAttributeNames, p.input.ExpressionAttributeValues = s.names, s.values
	return nil
}

// express adds the filter and the projection.
func (p *preparedQuery) express(q *Query) error {
	s := statement{names: p.input.ExpressionAttributeNames, values: p.input.ExpressionAttributeValues}
	filter, projected, err := p.core.filterAndProjection(&s, q.Filter, q.Project, p.keys)
	if err != nil {
		return err
	}
	p.input.FilterExpression, p.input.ProjectionExpression = filter, projected
	return nil
}

// filterAndProjection builds both for a list, and adds their names and values
// to s.
func (c *core) filterAndProjection(s *statement, filter expression.ConditionBuilder, project []string, keys ...*keySet) (filterText, projectText *string, err error) {
	builder := expression.NewBuilder()
	if filter.IsSet() {
		builder = builder.WithFilter(filter)
	}
	paths := c.projected(project, keys...)
	if len(paths) > 0 {
		builder = builder.WithProjection(namesList(paths))
	}
	if !filter.IsSet() && len(paths) == 0 {
		return nil, nil, nil
	}
	built, err := builder.Build()
	if err != nil {
		return nil, nil, fmt.Errorf("filter or projection: %w", err)
	}
	s.add(built.Names(), built.Values())
	return built.Filter(), built.Projection(), nil
}

// maxAsk bounds by how many items a request asks for more than was missing.
const maxAsk = 1000

// items yields the repository's items from after start on; want is the largest
// number, 0 for all. A request asks for as many items as are missing, and for
// twice as many as the one before when that brought too few because most were
// left out.
func (p *preparedQuery) items(ctx context.Context, start map[string]types.AttributeValue, want int) iter.Seq2[map[string]types.AttributeValue, error] {
	return func(yield func(map[string]types.AttributeValue, error) bool) {
		input, ask, count := p.input, want, 0
		input.ExclusiveStartKey = start
		for !p.empty {
			if want > 0 {
				limit := int32(min(max(ask, 1), max(maxAsk, want), 1<<30))
				input.Limit, ask = &limit, min(2*ask, 1<<30)
			}
			output, err := p.core.api.Query(ctx, &input)
			if err != nil {
				yield(nil, p.core.fail(opQuery, p.key, err))
				return
			}
			if output.ConsumedCapacity != nil {
				p.core.consumed(ctx, "Query", *output.ConsumedCapacity)
			}
			for _, item := range output.Items {
				if !p.includes(item) {
					continue
				}
				if count++; !yield(item, nil) || count == want {
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

func (p *preparedQuery) includes(item map[string]types.AttributeValue) bool {
	if p.core.expired(item) || !p.core.key.owns(item) || !p.keys.owns(item) {
		return false
	}
	if p.excluded == "" {
		return true
	}
	sort, ok := item[p.keys.sort.name].(*types.AttributeValueMemberS)
	return !ok || sort.Value != p.excluded
}
