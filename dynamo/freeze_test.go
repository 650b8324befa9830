package dynamo_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
)

// pooled is the number of idle connections when the environment freezes, and
// trials the number of freezes. The SDK's own client fails every time: each of
// its attempts takes another dead connection from the pool.
const (
	pooled = 10
	trials = 40
)

func TestReadsSurviveAFreeze(t *testing.T) {
	server := newFreezer(t)
	client := dynamo.NewClient(server.config(), nil)
	for range trials {
		server.fill(t, client)
		server.freeze()
		_, err := client.GetItem(t.Context(), getInput())
		require.NoError(t, err)
	}
	require.Zero(t, server.again.Load(), "net/http itself finds a live connection: no attempt of the SDK is used up")
}

func TestWritesSurviveAFreeze(t *testing.T) {
	server := newFreezer(t)
	client := dynamo.NewClient(server.config(), nil)
	for range trials {
		server.fill(t, client)
		server.freeze()
		_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("t"), Item: item("a")})
		require.NoError(t, err)
	}
	require.EqualValues(t, trials, server.again.Load(), "the second attempt finds no dead connection any more")
}

func TestTheClientOfTheSDKDoesNotSurviveAFreeze(t *testing.T) {
	server := newFreezer(t)
	client := dynamodb.NewFromConfig(server.config())
	server.fill(t, client)
	server.freeze()
	_, err := client.GetItem(t.Context(), getInput())
	require.Error(t, err, "if this passes, the freezer freezes nothing and the tests above mean nothing")
}

// A freezer is an HTTP server whose connections can die as they do while an
// environment is frozen: the client hears nothing of it until it writes.
type freezer struct {
	*httptest.Server
	mu    sync.Mutex
	conns []*frozenConn
	gate  sync.WaitGroup // holds requests until all connections are busy
	again atomic.Int64   // requests that were not the first attempt
}

func newFreezer(t *testing.T) *freezer {
	f := &freezer{}
	f.Server = httptest.NewUnstartedServer(f)
	f.Listener = &frozenListener{f.Listener, f}
	f.Start()
	t.Cleanup(f.Close)
	return f
}

func (f *freezer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if r.Header.Get("X-Hold") != "" {
		f.gate.Done()
		f.gate.Wait()
	}
	if attempt := r.Header.Get("Amz-Sdk-Request"); attempt != "" && attempt[:9] != "attempt=1" {
		f.again.Add(1)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_, _ = w.Write([]byte("{}"))
}

// config returns a configuration for the server, with no client in it.
func (f *freezer) config() aws.Config {
	return aws.Config{
		Region:       "eu-west-1",
		Credentials:  credentials.NewStaticCredentialsProvider("id", "secret", ""),
		BaseEndpoint: aws.String(f.URL),
	}
}

// fill makes the client pool its connections.
func (f *freezer) fill(t *testing.T, client *dynamodb.Client) {
	f.gate.Add(pooled)
	var calls sync.WaitGroup
	failures := make(chan error, pooled)
	for range pooled {
		calls.Go(func() {
			_, err := client.GetItem(context.WithoutCancel(t.Context()), getInput(), hold)
			failures <- err
		})
	}
	calls.Wait()
	for range pooled {
		require.NoError(t, <-failures)
	}
}

// freeze makes all present connections die at the next request.
func (f *freezer) freeze() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		c.dead.Store(true)
	}
	f.conns = nil
}

type frozenListener struct {
	net.Listener
	freezer *freezer
}

func (l *frozenListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	frozen := &frozenConn{Conn: c}
	l.freezer.mu.Lock()
	defer l.freezer.mu.Unlock()
	l.freezer.conns = append(l.freezer.conns, frozen)
	return frozen, nil
}

type frozenConn struct {
	net.Conn
	dead atomic.Bool
}

// Read answers the first bytes on a dead connection with a reset.
func (c *frozenConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.dead.Load() {
		_ = c.Conn.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
		return 0, errors.New("frozen")
	}
	return n, err
}

// hold marks a request for the gate.
func hold(o *dynamodb.Options) {
	base := o.HTTPClient
	o.HTTPClient = doFunc(func(r *http.Request) (*http.Response, error) {
		r.Header.Set("X-Hold", "1")
		return base.Do(r)
	})
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

func getInput() *dynamodb.GetItemInput {
	return &dynamodb.GetItemInput{TableName: aws.String("t"), Key: item("a")}
}

func item(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}
}
