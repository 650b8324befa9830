package peers

import (
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

func newAwslabs(source Source, h http.Handler) Invoke {
	switch source {
	case REST:
		return lambda.NewHandler(httpadapter.New(h).ProxyWithContext).Invoke
	case ALB:
		return lambda.NewHandler(httpadapter.NewALB(h).ProxyWithContext).Invoke
	case HTTP, URL:
	}
	return lambda.NewHandler(httpadapter.NewV2(h).ProxyWithContext).Invoke
}
