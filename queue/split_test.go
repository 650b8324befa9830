package queue_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
)

// The splitter must see in every valid document what encoding/json sees.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		`{}`, `[]`, ` { "a" : 1 , "b" : [ 1 , {} ] } `, `["\\", "\"", "}]", {"x":"{["}]`, `{"a":`, `[1 2]`, `[1,]`, `{"a":1,}`,
		`[[]]x`, `{"a\"b":true}`, `[-1.5e3,null,false]`, `{"a" "b"}`, `{1:2}`, `[`, `"`, ``, `[,1]`, `{"Records":[{"messageId":"1"}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var values []json.RawMessage
		if json.Unmarshal(data, &values) == nil && string(data) != "null" && values != nil {
			var got []json.RawMessage
			require.NoError(t, queue.Elements(data, func(v []byte) { got = append(got, v) }))
			require.Equal(t, len(values), len(got))
			for i := range values {
				require.Equal(t, string(values[i]), string(got[i]))
			}
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(data, &object) == nil && object != nil {
			got := make(map[string]json.RawMessage)
			require.NoError(t, queue.Members(data, func(key, v []byte) {
				var k string
				require.NoError(t, json.Unmarshal([]byte(`"`+string(key)+`"`), &k))
				got[k] = v
			}))
			require.Equal(t, object, got)
		}
	})
}

// No payload makes Invoke panic, and every answer is a partial batch response.
func FuzzInvoke(f *testing.F) {
	f.Add(payload(standardARN, row{"1", `"ok"`, ""}, row{"2", `"fail"`, ""}))
	f.Add(payload(fifoARN, row{"1", `"fail"`, "a"}, row{"2", `{`, "b"}))
	f.Add([]byte(`{"Records":[5,{"messageId":1,"eventSource":"aws:sqs","attributes":[]}]}`))
	p := queue.NewProcessor(obey, quiet(queue.Options{}))
	f.Fuzz(func(t *testing.T, data []byte) {
		response, err := p.Invoke(t.Context(), data)
		if err == nil {
			failed(t, response)
		}
	})
}
