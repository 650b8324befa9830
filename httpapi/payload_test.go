package httpapi_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	awsevents "github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
)

// payloads has what must come of each file in testdata; its README says where
// they are from.
var payloads = map[string]payloadCase{
	"alb-lambda-target-request-headers-only.json": {
		source: httpapi.SourceALB, line: "GET /?key=hello", event: &awsevents.ALBTargetGroupRequest{},
	},
	"alb-lambda-target-request-multivalue-headers.json": {
		source: httpapi.SourceALBMultiValue, line: "GET /?key=hello", event: &awsevents.ALBTargetGroupRequest{},
	},
	"apigw-request.json": {
		source: httpapi.SourceREST, line: "POST /hello/world?name=me", body: "{\r\n\t\"a\": 1\r\n}",
		route: "POST /{proxy+}", parameters: map[string]string{"proxy": "hello/world"},
		event: &awsevents.APIGatewayProxyRequest{},
		authorizer: httpapi.Authorizer{
			Kind: httpapi.AuthorizerLambda, Subject: "admin",
			Context: map[string]any{"clientId": 1.0, "clientName": "Exata"},
		},
	},
	"apigw-restapi-openapi-request.json": {
		source: httpapi.SourceREST, line: "POST /hello/world?name=me", body: "{\r\n\t\"a\": 1\r\n}",
		route: "POST /{proxy+}", parameters: map[string]string{"proxy": "hello/world"},
		event: &awsevents.APIGatewayProxyRequest{},
		authorizer: httpapi.Authorizer{
			Kind: httpapi.AuthorizerLambda, Subject: "admin",
			Context: map[string]any{"clientId": 1.0, "clientName": "Exata"},
		},
	},
	"apigw-http-1.0-request.json": {
		source: httpapi.SourceHTTP1,
		line:   "GET /my%20path/%C3%BC?parameter1=value1&parameter1=value2&parameter2=a+b%26c",
		body:   "Hello from Lambda!", route: "GET /my/path", event: &awsevents.APIGatewayProxyRequest{},
	},
	"apigw-v2-request-no-authorizer.json": {
		source: httpapi.SourceHTTP2, line: "GET /", route: "$default", event: &awsevents.APIGatewayV2HTTPRequest{},
	},
	"apigw-v2-request-jwt-authorizer.json": v2(httpapi.Authorizer{
		Kind: httpapi.AuthorizerJWT, Scopes: []string{"scope1", "scope2"},
		Claims: map[string]string{"claim1": "value1", "claim2": "value2"},
	}),
	"apigw-v2-request-lambda-authorizer.json": v2(httpapi.Authorizer{
		Kind: httpapi.AuthorizerLambda, Context: map[string]any{"key": "value"},
	}),
	"apigw-v2-request-iam.json": v2(httpapi.Authorizer{
		Kind: httpapi.AuthorizerIAM, Subject: "arn:aws:iam::1234567890:user/Admin",
		IAM: &httpapi.IAMIdentity{
			ARN: "arn:aws:iam::1234567890:user/Admin", AccountID: "1234567890", AccessKey: "ARIA2ZJZYVUEREEIHAKY",
			UserID: "AROA2ZJZYVRE7Y3TUXHH6", OrganizationID: "AwsOrgId",
			CognitoIdentityID:     "us-east-1:3f291106-8703-466b-8f2b-3ecee1ca56ce",
			CognitoIdentityPoolID: "us-east-1:4f291106-8703-466b-8f2b-3ecee1ca56ce",
		},
	}),
	"lambda-urls-request.json": {
		source: httpapi.SourceFunctionURL,
		line:   "POST /my/path?parameter1=value1&parameter1=value2&parameter2=value",
		body:   "Hello from client!", event: &awsevents.LambdaFunctionURLRequest{},
		authorizer: httpapi.Authorizer{
			Kind: httpapi.AuthorizerIAM, Subject: "arn:aws:iam::111122223333:user/example-user",
			IAM: &httpapi.IAMIdentity{
				ARN: "arn:aws:iam::111122223333:user/example-user", AccountID: "111122223333",
				AccessKey: "AKIA...", UserID: "AIDA...",
			},
		},
	},
	"vpc-lattice-v1-request.json": {
		source: httpapi.SourceLattice1, line: "POST /path/to/resource?order-id=1%2F2", body: `{"test": "event"}`,
		event: &httpapi.LatticeV1Event{},
	},
	"vpc-lattice-v2-request.json": {
		source: httpapi.SourceLattice2, line: "GET /path/to/resource?key=a+b&key=c", event: &httpapi.LatticeV2Event{},
		authorizer: httpapi.Authorizer{
			Kind: httpapi.AuthorizerIAM, Subject: "arn:aws:iam::123456789012:role/service-role/HealthChecker",
			IAM: &httpapi.IAMIdentity{
				ARN:            "arn:aws:iam::123456789012:role/service-role/HealthChecker",
				OrganizationID: "o-50dc6c495c0c9188",
			},
		},
	},
}

// A payloadCase is what must come of a payload.
type payloadCase struct {
	source     httpapi.Source
	line       string // method, path and query
	body       string
	route      string
	parameters map[string]string
	event      any
	authorizer httpapi.Authorizer
}

// v2 returns the case of an HTTP API with another authorizer.
func v2(a httpapi.Authorizer) payloadCase {
	return payloadCase{
		source: httpapi.SourceHTTP2, route: "$default",
		line: "GET /my/path?parameter1=value1&parameter1=value2&parameter2=value",
		body: "{\r\n\t\"a\": 1\r\n}", parameters: map[string]string{"proxy": "hello/world"},
		event: &awsevents.APIGatewayV2HTTPRequest{}, authorizer: a,
	}
}

func TestDocumentedPayloads(t *testing.T) {
	for name, tc := range payloads {
		t.Run(name, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join("testdata", name))
			require.NoError(t, err)
			called := false
			a := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				called = true
				v := look(r)
				require.Equal(t, tc.line, v.Method+" "+v.RequestURI)
				require.Equal(t, tc.body, v.Body)
				about := httpapi.RequestFrom(r.Context())
				require.Equal(t, tc.source, about.Source)
				require.Equal(t, tc.route, about.Route)
				require.Equal(t, tc.parameters, about.PathParameters())
				require.Equal(t, tc.authorizer, *about.Authorizer())
				require.Equal(t, content, about.Payload())
				event, err := about.Event()
				require.NoError(t, err)
				require.IsType(t, tc.event, event)
			}), nil)
			_, err = a.Invoke(t.Context(), content)
			require.NoError(t, err)
			require.True(t, called)
		})
	}
}

func TestWebSocketPayloadsAreNotHTTP(t *testing.T) {
	files, err := filepath.Glob("testdata/apigw-websocket-*.json")
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		_, err = httpapi.New(http.NotFoundHandler(), nil).Invoke(t.Context(), content)
		require.ErrorIs(t, err, httpapi.ErrUnknownPayload)
	}
}

func TestAuthorizerOfREST(t *testing.T) {
	for name, tc := range map[string]struct {
		context string
		want    httpapi.Authorizer
	}{
		"none":    {`{}`, httpapi.Authorizer{}},
		"null":    {`{"authorizer":null,"identity":null}`, httpapi.Authorizer{}},
		"empty":   {`{"authorizer":{}}`, httpapi.Authorizer{}},
		"strange": {`{"authorizer":[1],"identity":"x"}`, httpapi.Authorizer{}},
		"Cognito": {
			`{"authorizer":{"claims":{"sub":"u-1","email_verified":"true","iat":12,"scope":"a b"}}}`,
			httpapi.Authorizer{
				Kind: httpapi.AuthorizerJWT, Subject: "u-1", Scopes: []string{"a", "b"},
				Claims: map[string]string{"sub": "u-1", "email_verified": "true", "iat": "12", "scope": "a b"},
			},
		},
		"Lambda": {
			`{"authorizer":{"principalId":"p","tier":"gold","integrationLatency":7}}`,
			httpapi.Authorizer{Kind: httpapi.AuthorizerLambda, Subject: "p", Context: map[string]any{"tier": "gold"}},
		},
		"Lambda with names of others": {
			`{"authorizer":{"principalId":"p","jwt":"{\"claims\":{\"sub\":\"evil\"}}","iam":"x"}}`,
			httpapi.Authorizer{
				Kind: httpapi.AuthorizerLambda, Subject: "p",
				Context: map[string]any{"jwt": `{"claims":{"sub":"evil"}}`, "iam": "x"},
			},
		},
		"Lambda of an HTTP API without a context": {
			`{"authorizer":{"lambda":null}}`, httpapi.Authorizer{Kind: httpapi.AuthorizerLambda},
		},
		"IAM": {
			`{"identity":{"sourceIp":"192.0.2.1","userArn":"arn:x","user":"U","accessKey":"K","accountId":"1"}}`,
			httpapi.Authorizer{
				Kind: httpapi.AuthorizerIAM, Subject: "arn:x",
				IAM: &httpapi.IAMIdentity{ARN: "arn:x", UserID: "U", AccessKey: "K", AccountID: "1"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				require.Equal(t, tc.want, *httpapi.RequestFrom(r.Context()).Authorizer())
			}), nil)
			_, err := a.Invoke(t.Context(), []byte(`{"httpMethod":"GET","path":"/","requestContext":`+tc.context+`}`))
			require.NoError(t, err)
		})
	}
}

func TestRequestWithoutAnEvent(t *testing.T) {
	about := httpapi.RequestFrom(t.Context())
	_, err := about.Event()
	require.ErrorIs(t, err, httpapi.ErrNoEvent)
	require.Nil(t, about.Payload())
	require.Nil(t, about.PathParameters())
	require.Nil(t, about.StageVariables())
	require.Equal(t, httpapi.Authorizer{}, *about.Authorizer())
}

func TestStageVariables(t *testing.T) {
	a := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		require.Equal(t, map[string]string{"a": "b"}, httpapi.RequestFrom(r.Context()).StageVariables())
	}), nil)
	_, err := a.Invoke(t.Context(),
		[]byte(`{"httpMethod":"GET","path":"/","requestContext":{},"stageVariables":{"a":"b","c":1}}`))
	require.NoError(t, err)
}
