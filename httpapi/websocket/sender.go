package websocket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/go-thaw/thaw/internal/backoff"
)

// MaxMessage is the largest message, in bytes.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const MaxMessage = 128 << 10

// DefaultAttempts is how often a [Sender] sends a message that API Gateway
// throttles or fails.
const DefaultAttempts = 3

var (
	// ErrGone says that a connection does not exist any more.
	ErrGone = errors.New("connection is gone")
	// ErrTooLarge says that a message is larger than [MaxMessage].
	ErrTooLarge = errors.New("message is too large")
)

// A SendError says why a call to a connection failed. Sentinels are found
// through it with errors.Is.
type SendError struct {
	// ConnectionID is the connection.
	ConnectionID string
	// Status is that of API Gateway's answer, 0 without one.
	Status int
	// Err is the reason.
	Err error
}

// Error names the connection and the reason.
func (e *SendError) Error() string {
	return "websocket: connection " + e.ConnectionID + ": " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *SendError) Unwrap() error { return e.Err }

// SenderOptions configure a [Sender]. The zero value, and nil, mean the
// defaults.
type SenderOptions struct {
	// Attempts is how often a call is made when API Gateway throttles or fails
	// it. Default [DefaultAttempts].
	Attempts int
	// HTTPClient makes the calls. Default: that of the AWS configuration, or
	// http.DefaultClient.
	HTTPClient aws.HTTPClient
}

// A Sender sends messages to the connections of one stage, through the
// @connections API. It is safe for concurrent use.
type Sender struct {
	config   aws.Config
	endpoint *url.URL
	options  SenderOptions
	signer   *v4.Signer
}

// NewSender returns a Sender. endpoint is the https URL of the stage, see
// [Event.Endpoint]; cfg gives the region and the credentials, which need
// execute-api:ManageConnections.
func NewSender(cfg aws.Config, endpoint string, opts *SenderOptions) (*Sender, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return nil, fmt.Errorf("websocket: NewSender: endpoint must be an absolute URL, got %q", endpoint)
	}
	if cfg.Region == "" || cfg.Credentials == nil {
		return nil, errors.New("websocket: NewSender: the configuration must have a region and credentials")
	}
	s := &Sender{config: cfg, endpoint: u, signer: v4.NewSigner()}
	if opts != nil {
		s.options = *opts
	}
	o := &s.options
	if o.Attempts < 0 {
		return nil, fmt.Errorf("websocket: SenderOptions.Attempts: must not be negative, got %d", o.Attempts)
	}
	if o.Attempts == 0 {
		o.Attempts = DefaultAttempts
	}
	if o.HTTPClient == nil {
		if o.HTTPClient = cfg.HTTPClient; o.HTTPClient == nil {
			o.HTTPClient = http.DefaultClient
		}
	}
	return s, nil
}

// Send sends one message. The error is a [*SendError], which [ErrGone] or
// [ErrTooLarge] may be found in, or that of ctx. API Gateway accepts a message
// before the client has it; a message sent again after an answer was lost may
// arrive twice.
func (s *Sender) Send(ctx context.Context, connectionID string, message []byte) error {
	if len(message) > MaxMessage {
		return &SendError{ConnectionID: connectionID, Err: ErrTooLarge}
	}
	return s.call(ctx, http.MethodPost, connectionID, message)
}

// Close closes a connection. The error is as for Send.
func (s *Sender) Close(ctx context.Context, connectionID string) error {
	return s.call(ctx, http.MethodDelete, connectionID, nil)
}

// retries are the waits between attempts.
var retries = backoff.Policy{Base: 50 * time.Millisecond, Max: time.Second}

// call calls the API for one connection until it takes the call or says that it
// never will.
func (s *Sender) call(ctx context.Context, method, connectionID string, body []byte) error {
	for attempt := 1; ; attempt++ {
		status, err := s.once(ctx, method, connectionID, body)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		failed := &SendError{ConnectionID: connectionID, Status: status, Err: err}
		again := status == 0 || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
		if !again || attempt >= s.options.Attempts || retries.Wait(ctx, attempt) != nil {
			return failed
		}
	}
}

// once makes one call and returns the status of its answer.
func (s *Sender) once(ctx context.Context, method, connectionID string, body []byte) (int, error) {
	r, err := s.request(ctx, method, connectionID, body)
	if err != nil {
		return 0, err
	}
	response, err := s.options.HTTPClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	// 4 KB hold any error message; the rest of a longer one is of no use.
	text, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	switch {
	case response.StatusCode/100 == 2:
		return response.StatusCode, nil
	case response.StatusCode == http.StatusGone:
		return response.StatusCode, ErrGone
	case response.StatusCode == http.StatusRequestEntityTooLarge:
		return response.StatusCode, ErrTooLarge
	}
	return response.StatusCode, errors.Join(fmt.Errorf("%s: %s", response.Status, strings.TrimSpace(string(text))), err)
}

// request returns a signed request.
func (s *Sender) request(ctx context.Context, method, connectionID string, body []byte) (*http.Request, error) {
	credentials, err := s.config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	u := s.endpoint.JoinPath("@connections")
	// An id ends with an equals sign, which must be escaped as the SDKs do.
	u.RawPath = u.EscapedPath() + "/" + url.QueryEscape(connectionID)
	u.Path += "/" + connectionID
	r, err := http.NewRequestWithContext(ctx, method, "", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.URL, r.Host = u, u.Host
	sum := sha256.Sum256(body)
	err = s.signer.SignHTTP(ctx, credentials, r, hex.EncodeToString(sum[:]), "execute-api", s.config.Region, time.Now())
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return r, nil
}
