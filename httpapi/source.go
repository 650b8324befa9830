package httpapi

// A Source is the AWS service (or the local server) that delivered a request.
// Sources differ in what they tell about a request and in what they can carry
// back; httpapitest speaks each of them.
type Source string

// The sources.
const (
	// SourceNone is that of a context that no adapter made.
	SourceNone Source = ""
	// SourceLocal is the local server of [Start] and [Serve].
	SourceLocal Source = "local"
	// SourceREST is an API Gateway REST API.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
	SourceREST Source = "rest"
	// SourceHTTP1 is an API Gateway HTTP API with payload format 1.0.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
	SourceHTTP1 Source = "http-1.0"
	// SourceHTTP2 is an API Gateway HTTP API with payload format 2.0.
	SourceHTTP2 Source = "http-2.0"
	// SourceFunctionURL is a Lambda function URL.
	// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
	SourceFunctionURL Source = "function-url"
	// SourceALB is an Application Load Balancer whose target group has
	// multi-value headers switched off, which is its default.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
	SourceALB Source = "alb"
	// SourceALBMultiValue is one with multi-value headers switched on.
	SourceALBMultiValue Source = "alb-multi-value"
	// SourceLattice1 is VPC Lattice with event structure version V1.
	// https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
	SourceLattice1 Source = "lattice-v1"
	// SourceLattice2 is VPC Lattice with event structure version V2.
	SourceLattice2 Source = "lattice-v2"
)
