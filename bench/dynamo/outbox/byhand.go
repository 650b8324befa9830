package main

import (
	"bytes"
	"encoding/json"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	stored = `{"pk":{"S":"OUTBOX#a"},"sk":{"S":"EVENT#00000000000000000001"},"key":{"S":"a"},"seq":{"S":"00000000000000000001"},` +
		`"event":{"S":"e-1"},"sequence":{"N":"1"},"type":{"S":"x"},"data":{"B":"YQ=="},"time":{"S":"2026-11-28T20:48:42.096207382Z"},` +
		`"outbox":{"S":"PENDING-4"},"outbox_due":{"N":"1795898922096"}}`
	event = `{"Records":[{"eventID":"2","eventName":"INSERT","eventSource":"aws:dynamodb","dynamodb":{` +
		`"Keys":{"pk":{"S":"OUTBOX#a"},"sk":{"S":"EVENT#00000000000000000001"}},"NewImage":` + stored +
		`,"SequenceNumber":"100000000000000000002","StreamViewType":"NEW_IMAGE"}}]}`
)

// A stub answers a Query with one event that waits, an UpdateItem with the item,
// and everything else with an empty document.
type stub struct{}

func (stub) Do(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	body := []byte("{}")
	switch target := r.Header.Get("X-Amz-Target"); {
	case strings.HasSuffix(target, "Query"):
		body = []byte(`{"Count":1,"ScannedCount":1,"Items":[` + stored + `]}`)
	case strings.HasSuffix(target, "UpdateItem"):
		body = []byte(`{"Attributes":` + stored + `}`)
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header: http.Header{
			"Content-Type": {"application/x-amz-json-1.0"},
			"X-Amz-Crc32":  {strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10)},
		},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// transaction is the write of an event.
func transaction() *dynamodb.TransactWriteItemsInput {
	now := time.Now()
	return &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{{Put: &types.Put{
		TableName: aws.String("platform"),
		Item: map[string]types.AttributeValue{
			"pk": text("OUTBOX#a"), "sk": text("EVENT#00000000000000000001"), "key": text("a"), "seq": text("00000000000000000001"),
			"event": text("e-1"), "sequence": number(1), "type": text("x"), "data": &types.AttributeValueMemberB{Value: []byte("a")},
			"time": text(now.UTC().Format(time.RFC3339Nano)), "outbox": text("PENDING-4"), "outbox_due": number(now.UnixMilli()),
		},
		ConditionExpression:                 aws.String("attribute_not_exists(#pk) OR #ttl BETWEEN :one AND :now"),
		ExpressionAttributeNames:            map[string]string{"#pk": "pk", "#ttl": "expires"},
		ExpressionAttributeValues:           map[string]types.AttributeValue{":one": number(1), ":now": number(now.Unix())},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}}}
}

// A waiting event is what the relay by hand reads.
type waiting struct {
	PK    string    `dynamodbav:"pk"`
	SK    string    `dynamodbav:"sk"`
	ID    string    `dynamodbav:"event"`
	Key   string    `dynamodbav:"key"`
	Seq   string    `dynamodbav:"seq"`
	Type  string    `dynamodbav:"type"`
	Data  []byte    `dynamodbav:"data"`
	Time  time.Time `dynamodbav:"time"`
	State string    `dynamodbav:"outbox"`
	Due   int64     `dynamodbav:"outbox_due"`
}

// relayByHand reads the record and the key's events, and marks the one that waits.
func relayByHand(c *dynamodb.Client) {
	var payload struct {
		Records []struct {
			Change struct {
				SequenceNumber string
				Keys           map[string]struct{ S string }
			} `json:"dynamodb"`
		}
	}
	if err := json.Unmarshal([]byte(event), &payload); err != nil {
		panic(err)
	}
	keys := payload.Records[0].Change.Keys
	out := must(c.Query(ctx, &dynamodb.QueryInput{
		TableName: aws.String("platform"), ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false),
		KeyConditionExpression:   aws.String("#pk = :pk AND begins_with(#sk, :lo)"),
		ExpressionAttributeNames: map[string]string{"#pk": "pk", "#sk": "sk"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":pk": text(keys["pk"].S), ":lo": text("EVENT#"),
		},
	}))
	var found []waiting
	if err := attributevalue.UnmarshalListOfMaps(out.Items, &found); err != nil || found[0].State == "" {
		panic("nothing waits")
	}
	now := time.Now()
	must(c.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:           aws.String("platform"),
		Key:                 map[string]types.AttributeValue{"pk": text(found[0].PK), "sk": text(found[0].SK)},
		UpdateExpression:    aws.String("REMOVE #0, #1, #2 SET #3 = :0, #4 = :1"),
		ConditionExpression: aws.String("attribute_exists(#pk) AND attribute_exists(#0)"),
		ExpressionAttributeNames: map[string]string{
			"#pk": "pk", "#0": "outbox", "#1": "outbox_due", "#2": "reason", "#3": "sent", "#4": "expires",
		},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":0": number(now.UnixMilli()), ":1": number(now.Unix() + 86_400),
		},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}))
}
