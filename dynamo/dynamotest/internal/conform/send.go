package conform

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// An answer is a response as it came.
type answer struct {
	status int
	body   []byte
}

// send has the client send a request that its own types could not express: it
// takes the place of the body and target of a ListTables, so that endpoint,
// signature and retries are the client's.
func send(ctx context.Context, client *dynamodb.Client, op string, body []byte) (answer, error) {
	var got answer
	_, err := client.ListTables(ctx, new(dynamodb.ListTablesInput), func(o *dynamodb.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			if err := stack.Serialize.Insert(replaceRequest(op, body), "OperationSerializer", middleware.After); err != nil {
				return err
			}
			_, err := stack.Deserialize.Swap("OperationDeserializer", keepResponse(&got))
			return err
		})
	})
	return got, err
}

func replaceRequest(op string, body []byte) middleware.SerializeMiddleware {
	return middleware.SerializeMiddlewareFunc("conform.Request",
		func(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
			r, ok := in.Request.(*smithyhttp.Request)
			if !ok {
				return middleware.SerializeOutput{}, middleware.Metadata{}, fmt.Errorf("conform: unknown transport %T", in.Request)
			}
			r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+op)
			r, err := r.SetStream(bytes.NewReader(body))
			if err != nil {
				return middleware.SerializeOutput{}, middleware.Metadata{}, err
			}
			in.Request = r
			return next.HandleSerialize(ctx, in)
		})
}

// keepResponse notes the response in got. Server errors are errors, for the
// client to try again.
func keepResponse(got *answer) middleware.DeserializeMiddleware {
	return middleware.DeserializeMiddlewareFunc("conform.Response",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleDeserialize(ctx, in)
			if err != nil {
				return out, metadata, err
			}
			r, ok := out.RawResponse.(*smithyhttp.Response)
			if !ok {
				return out, metadata, fmt.Errorf("conform: unknown transport %T", out.RawResponse)
			}
			if got.body, err = io.ReadAll(r.Body); err != nil {
				return out, metadata, err
			}
			if got.status = r.StatusCode; got.status >= 500 {
				return out, metadata, &smithyhttp.ResponseError{Response: r, Err: fmt.Errorf("conform: %s", got.body)}
			}
			out.Result = new(dynamodb.ListTablesOutput)
			return out, metadata, nil
		})
}

// failure returns the error type and text of an answer, false for a success.
func (a answer) failure() (kind, text string, failed bool) {
	if a.status == 200 {
		return "", "", false
	}
	var e struct {
		Type    string `json:"__type"`
		Message string // or message
	}
	if err := json.Unmarshal(a.body, &e); err != nil {
		return "", string(a.body), true
	}
	return e.Type, e.Message, true
}
