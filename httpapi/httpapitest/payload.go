package httpapitest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/httpapi"
)

// timeFormat is that of the request time in a payload.
const timeFormat = "02/Jan/2006:15:04:05 -0700"

// payloadREST returns the payload of a REST API, or of an HTTP API with payload
// format 1.0, which looks the same but for its version and its path.
func payloadREST(g *Gateway, w *wire) ([]byte, error) {
	now := g.options.Now()
	_, resource := g.route(w)
	query := w.query(false)
	headers := w.lists(same)
	body, isBase64 := w.encodedBody(isNever)
	d := document{
		"resource": resource, "path": w.path, "httpMethod": w.method,
		"headers": last(headers), "multiValueHeaders": headers,
		"queryStringParameters": orNil(last(query)), "multiValueQueryStringParameters": orNil(query),
		"pathParameters": orNil(g.options.PathParameters), "stageVariables": orNil(g.options.StageVariables),
		"body": body, "isBase64Encoded": isBase64,
	}
	context := document{
		"accountId": "123456789012", "apiId": "abcdef1234", "domainName": g.domain(w), "domainPrefix": "abcdef1234",
		"httpMethod": w.method, "path": "/" + g.options.Stage + w.path, "protocol": "HTTP/1.1",
		"requestId": w.id, "extendedRequestId": w.id, "requestTime": now.UTC().Format(timeFormat),
		"requestTimeEpoch": now.UnixMilli(), "resourceId": "123456", "resourcePath": resource,
		"stage":    g.options.Stage,
		"identity": document{"sourceIp": g.options.SourceIP, "userAgent": w.header.Get("User-Agent"), "userArn": nil},
	}
	if g.options.Authorizer != nil {
		context["authorizer"] = g.options.Authorizer
	}
	d["requestContext"] = context
	if g.source == httpapi.SourceHTTP1 {
		path, err := w.decodedPath(g.stagePrefix())
		if err != nil {
			return nil, err
		}
		d["version"], d["path"], context["path"] = "1.0", path, path
	}
	return encode(d)
}

// payloadV2 returns the payload of an HTTP API with payload format 2.0, or of a
// function URL, which looks the same but for its path, cookies and domain.
func payloadV2(g *Gateway, w *wire) ([]byte, error) {
	path, err := w.decodedPath(g.stagePrefix())
	rawPath := path
	if g.source == httpapi.SourceFunctionURL {
		rawPath = w.path
		path, err = url.PathUnescape(w.path)
	}
	if err != nil {
		return nil, &RejectedError{http.StatusBadRequest, "malformed path"}
	}
	now := g.options.Now()
	route := g.options.Route
	if route == "" {
		route = "$default"
	}
	headers := w.joined()
	context := document{
		"accountId": "123456789012", "apiId": "abcdef1234", "domainName": g.domain(w), "domainPrefix": "abcdef1234",
		"http": document{
			"method": w.method, "path": path, "protocol": "HTTP/1.1",
			"sourceIp": g.options.SourceIP, "userAgent": w.header.Get("User-Agent"),
		},
		"requestId": w.id, "routeKey": route, "stage": g.options.Stage,
		"time": now.UTC().Format(timeFormat), "timeEpoch": now.UnixMilli(),
	}
	if g.options.Authorizer != nil {
		context["authorizer"] = g.options.Authorizer
	}
	body, isBase64 := w.encodedBody(isText)
	d := document{
		"version": "2.0", "routeKey": route, "rawPath": rawPath, "rawQueryString": w.rawQuery,
		"headers": headers, "requestContext": context, "isBase64Encoded": isBase64,
	}
	if body != nil {
		d["body"] = body
	}
	if cookies := headers["cookie"]; cookies != "" {
		d["cookies"] = strings.Split(cookies, "; ")
		if g.source == httpapi.SourceHTTP2 {
			delete(headers, "cookie")
		}
	}
	query := make(map[string]string)
	for name, values := range w.query(false) {
		query[name] = strings.Join(values, ",")
	}
	add(d, "queryStringParameters", query)
	add(d, "pathParameters", g.options.PathParameters)
	add(d, "stageVariables", g.options.StageVariables)
	return encode(d)
}

// payloadALB returns the payload of a load balancer.
func payloadALB(g *Gateway, w *wire) ([]byte, error) {
	body, isBase64 := w.encodedBody(isText)
	if body == nil {
		body = ""
	}
	headers, query := w.lists(strings.ToLower), w.query(true)
	d := document{
		"requestContext": document{"elb": document{
			"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/test/50dc6c495c0c9188",
		}},
		"httpMethod": w.method, "path": w.path, "body": body, "isBase64Encoded": isBase64,
	}
	if g.source == httpapi.SourceALBMultiValue {
		d["multiValueHeaders"], d["multiValueQueryStringParameters"] = headers, query
	} else {
		d["headers"], d["queryStringParameters"] = last(headers), last(query)
	}
	return encode(d)
}

// payloadLattice1 returns the payload of VPC Lattice, version V1.
func payloadLattice1(_ *Gateway, w *wire) ([]byte, error) {
	body, isBase64 := w.encodedBody(isText)
	return encode(document{
		"raw_path": w.path, "method": w.method, "headers": w.joined(),
		"query_string_parameters": last(w.query(false)), "body": body, "is_base64_encoded": isBase64,
	})
}

// payloadLattice2 returns the payload of VPC Lattice, version V2.
func payloadLattice2(g *Gateway, w *wire) ([]byte, error) {
	body, isBase64 := w.encodedBody(isText)
	identity := g.options.Authorizer
	if identity == nil {
		identity = document{"sourceVpcArn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0b8276c84697e7339"}
	}
	return encode(document{
		"version": "2.0", "path": w.path, "method": w.method, "headers": w.lists(strings.ToLower),
		"queryStringParameters": w.query(false), "body": body, "isBase64Encoded": isBase64,
		"requestContext": document{
			"serviceNetworkArn": "arn:aws:vpc-lattice:us-east-1:123456789012:servicenetwork/sn-0bf3f2882e9cc805a",
			"serviceArn":        "arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-0a40eebed65f8d69c",
			"targetGroupArn":    "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-6d0ecf831eec9f09",
			"identity":          identity,
			"region":            "us-east-1",
			"timeEpoch":         strconv.FormatInt(g.options.Now().UnixMicro(), 10),
		},
	})
}

// stagePrefix returns what an HTTP API puts in front of the path.
func (g *Gateway) stagePrefix() string {
	if g.options.Stage == "$default" {
		return ""
	}
	return "/" + g.options.Stage
}

// decodedPath returns the path as an HTTP API passes it on: decoded twice, so
// that %252F is a slash and %2525 is refused, and cut where a question mark
// appears. A live API did so in 2026.
func (w *wire) decodedPath(prefix string) (string, error) {
	path := w.path
	for range 2 {
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return "", &RejectedError{http.StatusBadRequest, "malformed percent-encoding in the path"}
		}
		path, _, _ = strings.Cut(decoded, "?")
	}
	return prefix + path, nil
}
