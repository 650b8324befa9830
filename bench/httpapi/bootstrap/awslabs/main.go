// The function awslabs serves a ServeMux with aws-lambda-go-api-proxy.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"github.com/go-thaw/thaw/bench/httpapi/bootstrap/internal/service"
)

func main() {
	lambda.Start(httpadapter.NewV2(service.New()).ProxyWithContext)
}
