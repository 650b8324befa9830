package peers

import (
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdaurl"
)

// lambdaurl, of aws-lambda-go, serves a function URL that streams.
func newLambdaurl(source Source, h http.Handler) Invoke {
	if source != URL {
		return nil
	}
	return lambda.NewHandler(lambdaurl.Wrap(h)).Invoke
}
