package dynamo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// A transport is what stands between the SDK's client and the connections.
type transport struct {
	do        func(*http.Request) (*http.Response, error)
	closeIdle func()
}

// newTransport wraps client, nil for none.
func newTransport(client aws.HTTPClient, o *ClientOptions) *transport {
	buildable, ok := client.(*awshttp.BuildableClient)
	switch {
	case client == nil:
		buildable = awshttp.NewBuildableClient()
	case !ok:
		return wrap(client)
	}
	buildable = adjust(buildable, o)
	if _, limited := buildable.GetReadTimeout(); limited || buildable.GetTimeout() != 0 {
		return wrap(buildable.Freeze()) // limits which only its own client keeps
	}
	// The SDK's client would not follow redirects either, so nothing is needed
	// on top of the connections.
	t := buildable.GetTransport()
	return &transport{do: t.RoundTrip, closeIdle: t.CloseIdleConnections}
}

func wrap(client aws.HTTPClient) *transport {
	t := &transport{do: client.Do, closeIdle: func() {}}
	if c, ok := client.(interface{ CloseIdleConnections() }); ok {
		t.closeIdle = c.CloseIdleConnections
	}
	return t
}

// adjust returns client with our settings where it has the SDK's.
func adjust(client *awshttp.BuildableClient, o *ClientOptions) *awshttp.BuildableClient {
	if client.GetDialer().Timeout == awshttp.DefaultDialConnectTimeout {
		client = client.WithDialerOptions(func(d *net.Dialer) { d.Timeout = o.DialTimeout })
	}
	return client.WithTransportOptions(func(t *http.Transport) {
		if t.IdleConnTimeout == awshttp.DefaultHTTPTransportIdleConnTimeout {
			t.IdleConnTimeout = o.IdleTimeout
		}
		if t.MaxIdleConnsPerHost == awshttp.DefaultHTTPTransportMaxIdleConnsPerHost {
			t.MaxIdleConnsPerHost = o.MaxIdleConns
			t.MaxIdleConns = max(t.MaxIdleConns, o.MaxIdleConns)
		}
		if t.TLSHandshakeTimeout == awshttp.DefaultHTTPTransportTLSHandleshakeTimeout {
			t.TLSHandshakeTimeout = o.TLSTimeout
		}
		if t.ResponseHeaderTimeout == 0 {
			t.ResponseHeaderTimeout = o.ResponseTimeout
		}
	})
}

// Do sends r. When its connection fails, or keeps silent until the time is up,
// the idle ones are dropped; that a caller gave up says nothing about them.
func (t *transport) Do(r *http.Request) (*http.Response, error) {
	if reads[operationOf(r)] {
		if err := makeReplayable(r); err != nil {
			return nil, err
		}
	}
	response, err := t.do(r)
	if err != nil && !errors.Is(r.Context().Err(), context.Canceled) {
		t.closeIdle()
	}
	return response, err
}

// CloseIdleConnections drops the connections that are not in use.
func (t *transport) CloseIdleConnections() { t.closeIdle() }

// reads are the operations that may be sent twice without harm.
var reads = map[string]bool{
	"BatchGetItem":      true,
	"DescribeEndpoints": true,
	"DescribeTable":     true,
	"GetItem":           true,
	"ListTables":        true,
	"Query":             true,
	"Scan":              true,
	"TransactGetItems":  true,
}

func operationOf(r *http.Request) string {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return operation
}

// makeReplayable lets net/http send r again on another connection when the one
// it took from the pool turns out to be dead. For that it needs the body anew,
// which the SDK does not offer, and a sign that a POST does no harm: a
// nil Idempotency-Key, which is not sent. See https://pkg.go.dev/net/http#Transport.
func makeReplayable(r *http.Request) error {
	if r.Body == nil || r.GetBody != nil || r.ContentLength <= 0 {
		return nil
	}
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		return err
	}
	if err := r.Body.Close(); err != nil {
		return err
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
	r.Header["Idempotency-Key"] = nil
	return nil
}
