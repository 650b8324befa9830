package dynamotest_test

import (
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

func TestEndpointPages(t *testing.T) {
	handler := dynamotest.New(nil).Handler()
	for _, c := range []struct {
		name, method, contentType, body string
		status                          int
		want                            string
	}{
		{"healthy", http.MethodGet, "", "", 200, "healthy: dynamodb.us-east-1.amazonaws.com "},
		{"method", http.MethodPut, "application/json", "{}", 404, "<UnknownOperationException/>\n"},
		{"other content type", http.MethodPost, "application/x-amz-json-1.1", "{}", 404, "<UnknownOperationException/>\n"},
		{"content type with more", http.MethodPost, "  application/json  ;  asfd", "{}", 400, `{"__type":"com.amazon.coral.service#UnknownOperationException"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.contentType)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.want, w.Body.String())
			require.Equal(t, strconv.Itoa(int(crc32.ChecksumIEEE([]byte(c.want)))), w.Header().Get("X-Amz-Crc32"))
		})
	}
}

func TestEndpointRefusesRequestsOverItsLimit(t *testing.T) {
	handler := dynamotest.New(nil).Handler()
	for size, status := range map[int]int{16 << 20: 400, 16<<20 + 1: 413} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a", size)))
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Equal(t, status, w.Code)
	}
}
