// The function adapter serves a ServeMux with httpapi.New, without the local
// server of httpapi.Start.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/go-thaw/thaw/bench/httpapi/bootstrap/internal/service"
	"github.com/go-thaw/thaw/httpapi"
)

func main() { lambda.Start(httpapi.New(service.New(), nil)) }
