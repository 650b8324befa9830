package events_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
)

// envelopes are the forms in which events arrive, and near misses.
var envelopes = []string{
	`{"version":"0","id":"e-1","detail-type":"OrderPlaced","source":"shop","account":"123456789012",` +
		`"time":"2026-11-24T10:00:00Z","region":"eu-west-1","resources":["arn:aws:s3:::b"],` +
		`"detail":{"metadata":{"id":"m-1","correlationId":"c-1","version":2},"n":1}}`,
	`{"id":"e-1","source":"shop","detail-type":"T","detail":{},"replay-name":"again"}`,
	`{"id":"\u0065","source":"a\nb","detail-type":"T","detail" : [ 1 , 2 ] }`,
	`{"id":3,"source":"shop","detail-type":"T","detail":null}`,
	`{"id":"a","id":"b","source":"shop","detail-type":"T","detail":1,"detail":2}`,
	`{"source":"shop","detail-type":"T"}`, `{"source":"shop","detail-type":"T","detail":{}}x`,
	`{"Data":{"a":1},"SystemMetadata":{"aws:EventId":"e-1"}}`, `[]`, ``, `{`, `{"time":"yesterday"}`,
}

// What is read of an envelope is what encoding/json reads of it.
func FuzzParseEnvelope(f *testing.F) {
	for _, text := range envelopes {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := events.ParseEnvelope(text)
		if err != nil {
			require.ErrorIs(t, err, events.ErrMalformed)
			return
		}
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(text, &members))
		if members["Data"] != nil {
			return
		}
		require.Equal(t, string(members["detail"]), string(e.Detail))
		require.Equal(t, str(members["id"]), e.ID)
		require.Equal(t, str(members["source"]), e.Source)
		require.Equal(t, str(members["detail-type"]), e.DetailType)
		require.Equal(t, string(text), string(e.Raw))
		require.True(t, e.ID == "" || e.Metadata().ID != "", "an event without metadata has its envelope id")
	})
}

// str decodes a string; anything else is the empty one.
func str(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func TestMetadataIsTakenFromTheDetailThatCounts(t *testing.T) {
	e, err := events.ParseEnvelope([]byte(`{"id":"e-1","source":"shop","detail-type":"T",` +
		`"detail":{"metadata":{"id":"m-1","correlationId":"c-1"}},"detail":{"n":1}}`))
	require.NoError(t, err)
	require.Equal(t, events.Metadata{ID: "e-1", CorrelationID: "e-1"}, e.Metadata())
	require.Equal(t, `{"n":1}`, string(e.Detail))
}
