package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

// aws answers as Lambda and SQS do, for one function with one queue.
func aws(t *testing.T, responseTypes, attributes string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2015-03-31/functions/worker:live/configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"FunctionName":"worker","Timeout":30}`))
	})
	mux.HandleFunc("GET /2015-03-31/event-source-mappings", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("FunctionName") == "worker:live" {
			w.Write([]byte(`{"EventSourceMappings":[{"UUID":"u","BatchSize":10,"LastModified":1780000000.5,` +
				`"EventSourceArn":"arn:aws:sqs:eu-west-1:123456789012:orders.fifo","FunctionResponseTypes":` + responseTypes + `}]}`))
		}
	})
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") == "AmazonSQS.GetQueueAttributes" {
			w.Write([]byte(`{"Attributes":` + attributes + `}`))
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
}

func TestCheck(t *testing.T) {
	aws(t, `["ReportBatchItemFailures"]`, `{"VisibilityTimeout":"180","MessageRetentionPeriod":"345600",`+
		`"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-1:123456789012:failed.fifo\",\"maxReceiveCount\":5}"}`)
	require.NoError(t, check(t.Context(), "worker:live"))
}

func TestCheckFindsAMappingThatLosesMessages(t *testing.T) {
	aws(t, `[]`, `{"VisibilityTimeout":"30","MessageRetentionPeriod":"345600"}`)
	err := check(t.Context(), "worker:live")
	require.ErrorIs(t, err, queue.ErrMapping)
	for _, fix := range []string{"FunctionResponseTypes", "VisibilityTimeout", "a RedrivePolicy"} {
		require.ErrorContains(t, err, "set "+fix, "each with its fix")
	}
}

func TestCheckOfAnUnknownFunction(t *testing.T) {
	aws(t, `[]`, `{}`)
	err := check(t.Context(), "unknown")
	require.Error(t, err)
	require.NotErrorIs(t, err, queue.ErrMapping)
}
