// The function lambdaurl serves a ServeMux with lambdaurl of aws-lambda-go.
package main

import (
	"github.com/aws/aws-lambda-go/lambdaurl"

	"github.com/go-thaw/thaw/bench/httpapi/bootstrap/internal/service"
)

func main() { lambdaurl.Start(service.New()) }
