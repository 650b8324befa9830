package websocket_test

import (
	"context"
	"fmt"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/websocket"
)

// A handler that refuses connections without a token and echoes messages
// through a route response. In main: lambda.Start(h).
func Example() {
	h := websocket.New(quiet)
	h.Connect(func(_ context.Context, e *websocket.Event) ([]byte, error) {
		if e.Query.Get("token") == "" {
			return nil, httpapi.Error(401, "a token, please")
		}
		return nil, nil
	})
	h.Message(websocket.RouteDefault, func(_ context.Context, e *websocket.Event) ([]byte, error) {
		return append([]byte("you said: "), e.Body...), nil
	})

	for _, event := range []string{
		`{"requestContext":{"connectionId":"c-1","routeKey":"$connect"}}`,
		`{"requestContext":{"connectionId":"c-1","routeKey":"$connect"},"multiValueQueryStringParameters":{"token":["t"]}}`,
		`{"requestContext":{"connectionId":"c-1","routeKey":"$default"},"body":"hello"}`,
	} {
		answer, err := h.Invoke(context.Background(), []byte(event))
		fmt.Println(string(answer), err)
	}
	// Output:
	// {"statusCode":401} <nil>
	// {"statusCode":200} <nil>
	// {"statusCode":200,"body":"you said: hello"} <nil>
}
