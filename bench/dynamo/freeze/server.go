package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// A server answers every request with an empty document. Its connections can
// die as they do while an environment is frozen.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	conns []*conn
	gate  sync.WaitGroup // holds requests until all connections are busy
}

func newServer() *server {
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s)
	s.Listener = &listener{s.Listener, s} // below TLS
	s.Config.ErrorLog = nil
	s.StartTLS()
	return s
}

// config returns a configuration for the server whose client trusts it.
func (s *server) config() aws.Config {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return aws.Config{
		Region:       "eu-west-1",
		Credentials:  credentials.NewStaticCredentialsProvider("id", "secret", ""),
		BaseEndpoint: aws.String(s.URL),
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		}),
	}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	if r.Header.Get(heldHeader) != "" {
		s.gate.Done()
		s.gate.Wait()
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amz-Crc32", "2745614147")
	_, _ = w.Write([]byte("{}"))
}

// freeze lets all present connections die at their next request.
func (s *server) freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.dead.Store(true)
	}
	s.conns = nil
}

type listener struct {
	net.Listener
	server *server
}

func (l *listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: accepted}
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	l.server.conns = append(l.server.conns, c)
	return c, nil
}

type conn struct {
	net.Conn
	dead atomic.Bool
}

var errDead = errors.New("dead")

// Read answers the first bytes on a dead connection with a reset.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.dead.Load() {
		_ = c.Conn.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
		return 0, errDead
	}
	return n, err
}

const heldHeader = "X-Hold"

// hold marks a request for the gate.
func hold(o *dynamodb.Options) {
	base := o.HTTPClient
	o.HTTPClient = doFunc(func(r *http.Request) (*http.Response, error) {
		r.Header.Set(heldHeader, "1")
		return base.Do(r)
	})
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }
