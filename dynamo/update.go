package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Update changes the item with key and returns it as it is then, with
// UpdateItem. It fails with [ErrNotFound] when there is none or its time to
// live is over: an update never leaves half an item behind.
//
// A version field is increased by one; [IfVersion] checks it first. The update
// must not name the key, the fields of its templates, or the version. Keys of
// indexes that are made from templates follow their fields, if the update sets
// every field of such a key to a value, or removes one.
//
// Unlike a put, an update may count: when the answer to one is lost, the SDK
// sends it again, and expression.Add takes effect twice. Where that matters,
// give an [If] or an [IfVersion].
func (r *Repository[T]) Update(ctx context.Context, key Key, update expression.UpdateBuilder, options ...WriteOption) (T, error) {
	var item T
	w, err := r.core.prepareUpdate(key, update, options)
	if err != nil {
		return item, err
	}
	attributes, err := w.sendUpdate(ctx)
	if err != nil {
		return item, err
	}
	if err := decoder.Decode(&types.AttributeValueMemberM{Value: attributes}, &item); err != nil {
		var zero T
		return zero, w.fail(err)
	}
	return item, nil
}

func (c *core) prepareUpdate(key Key, update expression.UpdateBuilder, options []WriteOption) (write, error) {
	o := writeOptionsOf(options)
	if o.old != nil {
		return write{}, c.fail(opUpdate, key, errors.New("Old does not apply: Update returns the new item"))
	}
	builder := expression.NewBuilder().WithUpdate(update)
	if o.condition != nil {
		builder = builder.WithCondition(o.condition.builder)
	}
	built, err := builder.Build()
	if err != nil {
		return write{}, c.fail(opUpdate, key, err)
	}
	s := statement{condition: built.Condition(), update: built.Update(), names: built.Names(), values: built.Values()}
	parsed := parseClauses(*s.update, s.names, s.values)
	if err := c.completeUpdate(&s, &parsed, key); err != nil {
		return write{}, c.fail(opUpdate, key, err)
	}
	w, err := c.prepareKeyed(opUpdate, key, present, s, &o)
	w.clauses = parsed
	return w, err
}

// completeUpdate adds to s what follows from the caller's clauses: the keys of
// indexes, and the next version.
func (c *core) completeUpdate(s *statement, parsed *clauses, key Key) error {
	for _, f := range c.key.fields {
		if parsed.touches(f.name) {
			return fmt.Errorf("%w: field %s is part of the key and cannot be updated", ErrInvalidKey, f.goName)
		}
	}
	for _, part := range c.key.parts() {
		if parsed.touches(part.name) {
			return fmt.Errorf("%w: attribute %s is part of the key and cannot be updated", ErrInvalidKey, part.name)
		}
	}
	text := *s.update
	for i, index := range c.indexes {
		for j, part := range index.parts() {
			if part.template == nil {
				continue
			}
			placeholder := "key" + strconv.Itoa(2*i+j)
			var err error
			if text, err = c.follow(s, text, parsed, part, placeholder, key); err != nil {
				return fmt.Errorf("index %s: %w", index.index, err)
			}
		}
	}
	if v := c.version; v != nil {
		if parsed.touches(v.name) {
			return fmt.Errorf("field %s: the version is increased by the repository", v.goName)
		}
		text = appendClause(text, "SET", "#next = if_not_exists(#next, :zero) + :one")
		s.add(map[string]string{"#next": v.name}, map[string]types.AttributeValue{":zero": zero, ":one": one})
	}
	s.update = &text
	return nil
}

var zero = numberOf(int64(0))

// follow makes part, an index's key attribute, follow the fields it is made of.
func (c *core) follow(s *statement, text string, parsed *clauses, part *keyPart, placeholder string, key Key) (string, error) {
	if parsed.touches(part.name) {
		return "", fmt.Errorf("%w: attribute %s is made from %q", ErrInvalidKey, part.name, part.template.source)
	}
	touched, removed := false, false
	for _, f := range part.fields() {
		touched = touched || parsed.touches(f.name)
		removed = removed || parsed.removes(f.name) || empty(parsed.set[f.name])
	}
	if !touched {
		return text, nil
	}
	name := map[string]string{"#" + placeholder: part.name}
	if removed {
		s.add(name, nil)
		return appendClause(text, "REMOVE", "#"+placeholder), nil
	}
	known := make(map[string]types.AttributeValue, len(parsed.set)+len(key))
	if err := encodeInto(known, c.key.fields, key[:min(len(key), len(c.key.fields))]); err != nil {
		return "", err
	}
	for name, av := range parsed.set {
		known[name] = av
	}
	value, err := part.template.format(known)
	if err != nil {
		return "", fmt.Errorf("%w: %q must be made anew: set %s to values, all in one update: %w", ErrInvalidKey, part.template.source, names(part.fields()), err)
	}
	s.add(name, map[string]types.AttributeValue{":" + placeholder: &types.AttributeValueMemberS{Value: value}})
	return appendClause(text, "SET", "#"+placeholder+" = :"+placeholder), nil
}

func (w *write) sendUpdate(ctx context.Context) (map[string]types.AttributeValue, error) {
	input := dynamodb.UpdateItemInput{
		TableName:                           &w.core.table,
		Key:                                 w.attributes,
		UpdateExpression:                    w.statement.update,
		ConditionExpression:                 w.condition,
		ExpressionAttributeNames:            w.names,
		ExpressionAttributeValues:           w.values,
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		ReturnConsumedCapacity:              w.core.capacity,
	}
	call := attempts{Context: ctx}
	output, err := w.core.api.UpdateItem(&call, &input, w.core.track...)
	if err != nil {
		explained := w.explain(err, call.answerLost)
		var failed *types.ConditionalCheckFailedException
		if explained == nil && errors.As(err, &failed) {
			return failed.Item, nil // what an earlier attempt left behind
		}
		return nil, explained
	}
	if output.ConsumedCapacity != nil {
		w.core.consumed(ctx, "UpdateItem", *output.ConsumedCapacity)
	}
	return output.Attributes, nil
}
