package idempotency

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// API is the part of DynamoDB that a [Store] calls. *dynamodb.Client implements
// it.
type API interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

var _ API = (*dynamodb.Client)(nil)

// The attributes of a record besides its key and its time to live.
const (
	attrStatus   = "status"
	attrToken    = "token"
	attrStarted  = "started"
	attrUntil    = "until"
	attrPayload  = "payload"
	attrFailed   = "failed"
	attrEncoding = "encoding"
	attrResult   = "result"
)

const (
	statusInProgress = "IN_PROGRESS"
	statusCompleted  = "COMPLETED"
)

// ttlSlack keeps DynamoDB from removing a record before its time is over by the
// clock that wrote it. What is over is found out from until, never from this.
const ttlSlack = time.Hour

// table is the backend for DynamoDB.
type table struct {
	client   API
	name     *string
	key, ttl string
	wants    [4]want // by condition
}

// A want is a condition as an expression, with the values that it has.
type want struct {
	text       *string
	names      map[string]string
	token, now bool                 // :token, :now
	status     string               // the name of the third, "" for none
	is         types.AttributeValue // its value
}

func newTable(client API, name string, o *Options) *table {
	until := map[string]string{"#id": o.KeyAttribute, "#until": attrUntil}
	own := map[string]string{"#status": attrStatus, "#token": attrToken}
	all := map[string]string{"#id": o.KeyAttribute, "#until": attrUntil, "#status": attrStatus}
	ownOrNone := map[string]string{"#id": o.KeyAttribute, "#status": attrStatus, "#token": attrToken}
	return &table{
		client: client, name: &name, key: o.KeyAttribute, ttl: o.TTLAttribute,
		wants: [...]want{
			free: {text: aws.String("attribute_not_exists(#id) OR #until <= :now"), names: until, now: true},
			mine: {text: aws.String("#token = :token AND #status = :running"), names: own, token: true, status: ":running", is: text(statusInProgress)},
			mineOrNone: {
				text:  aws.String("attribute_not_exists(#id) OR #token = :token AND #status = :running"),
				names: ownOrNone, token: true, status: ":running", is: text(statusInProgress),
			},
			idle: {
				text:  aws.String("attribute_not_exists(#id) OR #until <= :now OR #status = :completed"),
				names: all, now: true, status: ":completed", is: text(statusCompleted),
			},
		},
	}
}

func (w *want) bind(token types.AttributeValue, now int64) map[string]types.AttributeValue {
	values := make(map[string]types.AttributeValue, 2)
	if w.status != "" {
		values[w.status] = w.is
	}
	if w.token {
		values[":token"] = token
	}
	if w.now {
		values[":now"] = number(now)
	}
	return values
}

func (t *table) put(ctx context.Context, id string, r *record, c condition, now int64) (*record, bool, error) {
	w := &t.wants[c]
	item := t.item(id, r)
	_, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: t.name, Item: item,
		ConditionExpression: w.text, ExpressionAttributeNames: w.names, ExpressionAttributeValues: w.bind(item[attrToken], now),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	return t.outcome(err)
}

func (t *table) remove(ctx context.Context, id, token string, c condition, now int64) (*record, bool, error) {
	w := &t.wants[c]
	_, err := t.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: t.name, Key: map[string]types.AttributeValue{t.key: text(id)},
		ConditionExpression: w.text, ExpressionAttributeNames: w.names, ExpressionAttributeValues: w.bind(text(token), now),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	return t.outcome(err)
}

// outcome reads the item out of a condition's failure.
func (t *table) outcome(err error) (*record, bool, error) {
	var failed *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return nil, true, nil
	case !errors.As(err, &failed):
		return nil, false, err
	case len(failed.Item) == 0:
		return nil, false, nil
	}
	stored, err := t.record(failed.Item)
	return stored, false, err
}

func (t *table) get(ctx context.Context, id string) (*record, error) {
	output, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: t.name, Key: map[string]types.AttributeValue{t.key: text(id)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil || len(output.Item) == 0 {
		return nil, err
	}
	return t.record(output.Item)
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// item encodes r.
func (t *table) item(id string, r *record) map[string]types.AttributeValue {
	status := statusInProgress
	if r.completed {
		status = statusCompleted
	}
	const second = int64(time.Second / time.Millisecond)
	item := make(map[string]types.AttributeValue, 8) // one group of the map, which is all that most records need
	item[t.key] = text(id)
	item[t.ttl] = number((r.until+second-1)/second + int64(ttlSlack/time.Second))
	item[attrStatus] = text(status)
	item[attrToken] = text(r.token)
	item[attrStarted] = number(r.started)
	item[attrUntil] = number(r.until)
	if r.payload != "" {
		item[attrPayload] = text(r.payload)
	}
	if !r.completed {
		return item
	}
	if r.failed {
		item[attrFailed] = &types.AttributeValueMemberBOOL{Value: true}
	}
	if r.encoding != plain {
		item[attrEncoding] = text(r.encoding)
	}
	switch {
	case r.encoding == absent:
	case r.encoding != gzipped && utf8.Valid(r.result):
		item[attrResult] = text(string(r.result))
	default:
		item[attrResult] = &types.AttributeValueMemberB{Value: r.result}
	}
	return item
}

// record decodes an item.
func (t *table) record(item map[string]types.AttributeValue) (*record, error) {
	status := stringOf(item[attrStatus])
	started, _ := numberOf(item[attrStarted])
	until, ok := numberOf(item[attrUntil])
	r := &record{
		token: stringOf(item[attrToken]), completed: status == statusCompleted, started: started, until: until,
		payload: stringOf(item[attrPayload]), encoding: stringOf(item[attrEncoding]),
	}
	if !ok || r.token == "" || !r.completed && status != statusInProgress {
		return nil, fmt.Errorf("item %s of table %s is not a record of this package", stringOf(item[t.key]), *t.name)
	}
	if failed, ok := item[attrFailed].(*types.AttributeValueMemberBOOL); ok {
		r.failed = failed.Value
	}
	switch result := item[attrResult].(type) {
	case *types.AttributeValueMemberS:
		r.result = []byte(result.Value)
	case *types.AttributeValueMemberB:
		r.result = result.Value
	}
	return r, nil
}

func stringOf(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

func numberOf(v types.AttributeValue) (int64, bool) {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	return i, err == nil
}
