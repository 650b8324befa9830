package websocket

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"
)

// The routes that API Gateway itself knows.
const (
	RouteConnect    = "$connect"
	RouteDisconnect = "$disconnect"
	RouteDefault    = "$default"
)

// ErrUnknownPayload says that a payload is no event of a WebSocket API.
var ErrUnknownPayload = errors.New("websocket: payload is not a WebSocket event")

// An Event is something that happened to a connection.
type Event struct {
	// ConnectionID names the connection for as long as it lives.
	ConnectionID string
	// Route is the route that matched, "$connect" or the value that the API's
	// route selection expression found in a message.
	Route string
	// RequestID is the id of this event in the access log, MessageID that of a
	// message.
	RequestID, MessageID string
	// Stage, Domain and APIID are those of the API.
	Stage, Domain, APIID string
	// SourceIP and UserAgent are those of the client.
	SourceIP, UserAgent string
	// ConnectedAt is when the connection was made, Time when the event happened.
	ConnectedAt, Time time.Time
	// Authorizer is what the Lambda authorizer of the connect route returned,
	// with its principalId; nil without one. It is there for every event.
	Authorizer map[string]any
	// Header and Query are those of the handshake; only a connect event has them.
	Header http.Header
	Query  url.Values
	// Subprotocols are those that the client offers in a connect event. A
	// connect function chooses one by setting Subprotocol; when the client
	// offers any, a browser closes the connection unless one is chosen.
	Subprotocols []string
	Subprotocol  string
	// Body is the message.
	Body []byte
	// DisconnectCode and DisconnectReason say why a connection was closed, as
	// in RFC 6455, section 7.4.
	DisconnectCode   int
	DisconnectReason string
}

// Endpoint returns the URL that a [Sender] needs for the connections of this
// stage. Behind a custom domain the path is that of its mapping, which the event
// does not tell: there the endpoint must be configured.
func (e *Event) Endpoint() string { return "https://" + e.Domain + "/" + e.Stage }

// A wireEvent adds to the type of aws-lambda-go what it has not.
type wireEvent struct {
	awsevents.APIGatewayWebsocketProxyRequest
	RequestContext struct {
		awsevents.APIGatewayWebsocketProxyRequestContext
		DisconnectStatusCode int    `json:"disconnectStatusCode"`
		DisconnectReason     string `json:"disconnectReason"`
	} `json:"requestContext"`
}

// parse decodes payload.
func parse(payload []byte) (*Event, error) {
	var w wireEvent
	if err := json.Unmarshal(payload, &w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknownPayload, err)
	}
	c := &w.RequestContext
	if c.ConnectionID == "" || c.RouteKey == "" {
		return nil, ErrUnknownPayload
	}
	e := &Event{
		ConnectionID: c.ConnectionID, Route: c.RouteKey, RequestID: c.RequestID, Stage: c.Stage,
		Domain: c.DomainName, APIID: c.APIID, SourceIP: c.Identity.SourceIP, UserAgent: c.Identity.UserAgent,
		ConnectedAt: time.UnixMilli(c.ConnectedAt), Time: time.UnixMilli(c.RequestTimeEpoch),
		Header: make(http.Header), Query: w.MultiValueQueryStringParameters, Body: []byte(w.Body),
		DisconnectCode: c.DisconnectStatusCode, DisconnectReason: c.DisconnectReason,
	}
	e.MessageID, _ = c.MessageID.(string)
	e.Authorizer, _ = c.Authorizer.(map[string]any)
	for name, values := range w.MultiValueHeaders {
		for _, value := range values {
			e.Header.Add(name, value)
		}
	}
	for _, line := range e.Header.Values("Sec-Websocket-Protocol") {
		for name := range strings.SplitSeq(line, ",") {
			e.Subprotocols = append(e.Subprotocols, strings.TrimSpace(name))
		}
	}
	if w.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(w.Body)
		if err != nil {
			return nil, fmt.Errorf("%w: body: %w", ErrUnknownPayload, err)
		}
		e.Body = body
	}
	return e, nil
}
