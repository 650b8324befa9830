package dynamotest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// An answer is a line of testdata/answers: a request, and what DynamoDB makes
// of it. The answers were recorded when the fake and dynoxide 3.2.0, which was
// verified against AWS, agreed on them; lines without one only set the scene.
// Members that differ from run to run are left out.
//
// https://github.com/nubo-db/dynoxide
type answer struct {
	Op     string          `json:"op"`
	In     json.RawMessage `json:"in"`
	Status int             `json:"status"`
	Out    json.RawMessage `json:"out"`
}

func TestAnswers(t *testing.T) {
	files, err := filepath.Glob("testdata/answers/*.jsonl")
	require.NoError(t, err)
	require.Len(t, files, 8)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			handler := dynamotest.New(nil).Handler()
			for line, a := range readAnswers(t, file) {
				status, out := post(handler, a.Op, a.In)
				if a.Status == 0 {
					continue
				}
				require.Equal(t, a.Status, status, "line %d: %s %s: %s", line+1, a.Op, a.In, out)
				require.Equal(t, stable(t, a.Out), stable(t, out), "line %d: %s %s", line+1, a.Op, a.In)
			}
		})
	}
}

func readAnswers(t *testing.T, file string) []answer {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	var out []answer
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var a answer
		require.NoError(t, json.Unmarshal(lines.Bytes(), &a))
		out = append(out, a)
	}
	require.NoError(t, lines.Err())
	return out
}

// post sends one request as an SDK does.
func post(handler http.Handler, op string, in []byte) (int, []byte) {
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(in))
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+op)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

// stable decodes a document without the members that differ from run to run.
func stable(t *testing.T, document []byte) any {
	var v any
	require.NoError(t, json.Unmarshal(document, &v), "%s", document)
	return without(v)
}

var changing = map[string]bool{
	"TableId": true, "TableArn": true, "IndexArn": true, "CreationDateTime": true, "LatestStreamArn": true, "LatestStreamLabel": true,
	"LastUpdateToPayPerRequestDateTime": true, "LastIncreaseDateTime": true, "LastDecreaseDateTime": true, "LastUpdateDateTime": true,
}

func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if changing[name] {
				delete(v, name)
			} else {
				v[name] = without(member)
			}
		}
	case []any:
		for i := range v {
			v[i] = without(v[i])
		}
	}
	return v
}
