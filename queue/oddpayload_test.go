package queue_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	awsevents "github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

// record returns a record with the given members.
func record(members string) string {
	return `{` + members + `,"eventSource":"aws:sqs","eventSourceARN":"` + standardARN + `"}`
}

// What nobody should send gets a correct response or an error, never both.
func TestOddPayloads(t *testing.T) {
	ok := record(`"messageId":"ok","body":"\"ok\""`)
	batch := func(records ...string) string { return `{"Records":[` + strings.Join(records, ",") + `]}` }
	failing := func(id string) string { return record(`"messageId":` + id + `,"body":"\"fail\""`) }
	for name, c := range map[string]struct {
		payload string
		want    []string
		err     error
	}{
		"an id that is a number":       {batch(ok, failing(`5`)), nil, queue.ErrResponse},
		"an id that is an object":      {batch(ok, failing(`{"a":1}`)), nil, queue.ErrResponse},
		"an id that is an array":       {batch(ok, failing(`["a"]`)), nil, queue.ErrResponse},
		"an id of a space":             {batch(ok, failing(`" "`)), []string{" "}, nil},
		"an id with escapes":           {batch(ok, failing(`"\u0061b"`)), []string{"ab"}, nil},
		"one id in two spellings":      {batch(failing(`"\u0061b"`), failing(`"ab"`)), nil, queue.ErrResponse},
		"two ids in a record":          {batch(ok, record(`"messageId":"x","messageId":"y","body":"\"fail\""`)), []string{"y"}, nil},
		"a record that is null":        {batch(ok, `null`), nil, queue.ErrResponse},
		"a record that is a string":    {batch(ok, `"x"`), nil, queue.ErrResponse},
		"records that are all null":    {batch(`null`, `null`), nil, &queue.SourceError{Want: "aws:sqs"}},
		"records that are an object":   {`{"Records":{}}`, nil, queue.ErrPayload},
		"null":                         {`null`, nil, queue.ErrPayload},
		"another spelling of Records":  {`{"records":[]}`, nil, &queue.SourceError{Want: "aws:sqs"}},
		"something behind the payload": {`{"Records":[]}x`, nil, queue.ErrPayload},
		"a record of another source":   {batch(ok, `{"messageId":"1","eventSource":"aws:kinesis"}`), nil, &queue.SourceError{Source: "aws:kinesis", Want: "aws:sqs"}},
		"an HTTP request":              {`{"httpMethod":"GET","path":"/"}`, nil, &queue.SourceError{Want: "aws:sqs"}},
		"a body that is null":          {batch(record(`"messageId":"n","body":null`), ok), []string{"n"}, nil},
		"no body":                      {batch(record(`"messageId":"n"`), ok), []string{"n"}, nil},
		"attributes that are null":     {batch(record(`"messageId":"n","body":"\"ok\"","attributes":null,"messageAttributes":null`)), []string{}, nil},
		"members that are not known":   {batch(record(`"messageId":"n","body":"\"ok\"","new":{"a":[1,{"b":null}]}`)), []string{}, nil},
	} {
		response, err := queue.NewProcessor(obey, quiet(queue.Options{})).Invoke(t.Context(), []byte(c.payload))
		if c.err == nil {
			require.NoError(t, err, name)
			require.Equal(t, c.want, failed(t, response), name)
			continue
		}
		require.Nil(t, response, name)
		if source := (*queue.SourceError)(nil); errors.As(c.err, &source) {
			var got *queue.SourceError
			require.ErrorAs(t, err, &got, name)
			require.Equal(t, source, got, name)
			continue
		}
		require.ErrorIs(t, err, c.err, name)
	}
}

// Escapes, surrogates and bytes that are no UTF-8 come out as they do of the types
// of aws-lambda-go.
func TestTextIsDecodedAsElsewhere(t *testing.T) {
	for _, text := range []string{
		`"\ud83d\ude00"`, `"\ud800"`, `"\udc00\ud800x"`, `"\ud800\u0041"`, `"a\/b\\\"\b\f\n\r\t\u0000"`, `"\u2028"`,
		"\"\u2028\"", "\"\xff\xfe\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", `"` + strings.Repeat("é", 5000) + `"`,
	} {
		raw := []byte(strings.ReplaceAll(`{"Records":[{"messageId":?,"receiptHandle":?,"body":?,"attributes":{"SenderId":?},
			"messageAttributes":{?:{"stringValue":?,"dataType":?}},"eventSource":"aws:sqs","eventSourceARN":?}]}`, "?", text))
		var event awsevents.SQSEvent
		require.NoError(t, json.Unmarshal(raw, &event), "%q", text)
		want := event.Records[0]
		var got queue.Record
		o := quiet(queue.Options{Decode: func([]byte, any) error { return nil }})
		_, err := queue.NewProcessor(func(_ ctx, m queue.Message[string]) error { got = m.Record; return nil }, o).Invoke(t.Context(), raw)
		require.NoError(t, err)
		require.Equal(t, []string{want.MessageId, want.ReceiptHandle, want.Body, want.Attributes["SenderId"], want.EventSourceARN},
			[]string{got.ID, got.ReceiptHandle, got.Text, got.Sender, got.Queue}, "%q", text)
		for name, a := range want.MessageAttributes {
			require.Equal(t, queue.Attribute{Type: a.DataType, String: *a.StringValue}, got.Attributes[name], "%q", text)
		}
	}
}

func TestLargeAttributes(t *testing.T) {
	binary, text := bytes.Repeat([]byte{0, 1, 2, 255}, 60_000), strings.Repeat("x", 500_000)
	raw := record(`"messageId":"1","body":"\"ok\"","messageAttributes":{"s":{"stringValue":"` + text + `","dataType":"String"},
		"b":{"binaryValue":"` + base64.StdEncoding.EncodeToString(binary) + `","dataType":"Binary"}}`)
	var got queue.Record
	_, err := queue.NewProcessor(func(_ ctx, m queue.Message[string]) error { got = m.Record; return nil }, quiet(queue.Options{})).Invoke(t.Context(), []byte(`{"Records":[`+raw+`]}`))
	require.NoError(t, err)
	require.Equal(t, map[string]queue.Attribute{"s": {Type: "String", String: text}, "b": {Type: "Binary", Binary: binary}}, got.Attributes)
}
