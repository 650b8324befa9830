package peers

import (
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/go-thaw/thaw/httpapi"
)

func newThaw(_ Source, h http.Handler) Invoke { return httpapi.New(h, nil).Invoke }

func newStream(source Source, h http.Handler) Invoke {
	if source != URL {
		return nil
	}
	return lambda.NewHandler(httpapi.New(h, nil).Stream).Invoke
}
