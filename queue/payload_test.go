package queue_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

const (
	standardARN = "arn:aws:sqs:us-east-1:000000000000:jobs"
	fifoARN     = "arn:aws:sqs:us-east-1:000000000000:jobs.fifo"
)

// A row is one record of a payload under test; Body is written as it is into a
// JSON string.
type row struct{ ID, Body, Group string }

func payload(arn string, rows ...row) []byte {
	records := make([]string, len(rows))
	for i, r := range rows {
		body, _ := json.Marshal(r.Body)
		records[i] = fmt.Sprintf(`{"messageId":%q,"receiptHandle":%q,"body":%s,
			"attributes":{"ApproximateReceiveCount":"2","SentTimestamp":"1700000000000","MessageGroupId":%q},
			"messageAttributes":{},"eventSource":"aws:sqs","eventSourceARN":%q,"awsRegion":"us-east-1"}`,
			r.ID, "handle-"+r.ID, body, r.Group, arn)
	}
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}

// quiet are options whose log goes nowhere.
func quiet(o queue.Options) *queue.Options {
	o.Logger = slog.New(slog.DiscardHandler)
	return &o
}

// collect returns options that keep the result of the last batch in r.
func collect(o queue.Options, r *queue.Result) *queue.Options {
	o.OnBatch = func(_ ctx, got queue.Result) { *r = got }
	return quiet(o)
}

// failed returns the ids in a partial batch response.
func failed(t *testing.T, response []byte) []string {
	t.Helper()
	var out struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	require.NoError(t, json.Unmarshal(response, &out))
	require.NotNil(t, out.BatchItemFailures, "the list must not be null")
	ids := []string{}
	for _, f := range out.BatchItemFailures {
		ids = append(ids, f.ItemIdentifier)
	}
	return ids
}
