package httpapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
)

const minimalV2 = `{"version":"2.0","routeKey":"$default","rawPath":"/a b","rawQueryString":"q=1",
"headers":{"host":"x.example","x-multi":"a,b"},"cookies":["c=1","d=2"],
"requestContext":{"stage":"$default","requestId":"id","http":{"method":"POST","path":"/a b","sourceIp":"192.0.2.1"}},
"body":"aGVsbG8=","isBase64Encoded":true}`

func TestInvokeV2(t *testing.T) {
	var seen *http.Request
	var body []byte
	a := httpapi.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Add("Set-Cookie", "x=1")
		io.WriteString(w, "<html>\n")
	}), nil)
	out, err := a.Invoke(t.Context(), []byte(minimalV2))
	require.NoError(t, err)
	require.Equal(t, "/a b", seen.URL.Path)
	require.Equal(t, "/a%20b?q=1", seen.RequestURI)
	require.Equal(t, "hello", string(body))
	require.Equal(t, "c=1; d=2", seen.Header.Get("Cookie"))
	require.Equal(t, "192.0.2.1:0", seen.RemoteAddr)
	require.JSONEq(t, `{"statusCode":200,"headers":{"Content-Type":"text/html; charset=utf-8"},"cookies":["x=1"],
		"isBase64Encoded":false,"body":"<html>\n"}`, string(out))
	require.True(t, json.Valid(out))
}
