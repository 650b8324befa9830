package dynamo_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
)

func TestClientKeepsWhatTheConfigurationSays(t *testing.T) {
	var host, auth string
	cfg := config(func(r *http.Request) (*http.Response, error) {
		host, auth = r.URL.Host, r.Header.Get("Authorization")
		return answer(http.StatusOK, "{}"), nil
	})
	cfg.BaseEndpoint = aws.String("http://dynamodb.example:8000")
	_, err := dynamo.NewClient(cfg, nil).GetItem(t.Context(), getInput())
	require.NoError(t, err)
	require.Equal(t, "dynamodb.example:8000", host)
	require.Contains(t, auth, "/eu-west-1/dynamodb/")
}

// LoadDefaultConfig turns AWS_CA_BUNDLE into such a client, with that root.
func TestClientKeepsABuildableClient(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("{}"))
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	trusting := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.TLSClientConfig.RootCAs = roots
	})
	for name, client := range map[string]aws.HTTPClient{
		"":                           trusting,
		"with a timeout":             trusting.WithTimeout(time.Minute),
		"with a timeout for reading": trusting.WithReadTimeout(time.Minute),
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(nil)
			cfg.HTTPClient, cfg.BaseEndpoint = client, &server.URL
			_, err := dynamo.NewClient(cfg, nil).GetItem(t.Context(), getInput())
			require.NoError(t, err)
		})
	}
}

// net/http reads the environment once, so a process of its own looks at it.
func TestClientUsesTheProxyOfTheEnvironment(t *testing.T) {
	if os.Getenv("THAW_TEST_PROXIED") != "" {
		cfg := config(nil)
		cfg.BaseEndpoint = aws.String("http://dynamodb.example.test")
		_, err := dynamo.NewClient(cfg, nil).GetItem(t.Context(), getInput())
		require.NoError(t, err)
		return
	}
	var host atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host.Store(r.URL.Host)
		_, _ = w.Write([]byte("{}"))
	}))
	defer proxy.Close()
	test := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestClientUsesTheProxyOfTheEnvironment$")
	test.Env = append(os.Environ(), "THAW_TEST_PROXIED=1", "HTTP_PROXY="+proxy.URL, "http_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=")
	output, err := test.CombinedOutput()
	require.NoError(t, err, string(output))
	require.Equal(t, "dynamodb.example.test", host.Load())
}

func TestClientTimesOutASilentServer(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	cfg := config(nil)
	cfg.HTTPClient, cfg.BaseEndpoint = nil, &server.URL
	client := dynamo.NewClient(cfg, &dynamo.ClientOptions{ResponseTimeout: 20 * time.Millisecond, MaxAttempts: 1})
	_, err := client.GetItem(t.Context(), getInput())
	var timeout interface{ Timeout() bool }
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout())
}

func TestClientAttempts(t *testing.T) {
	tests := map[string]struct {
		options *dynamo.ClientOptions
		change  func(*aws.Config)
		want    int64
	}{
		"default":                            {nil, func(*aws.Config) {}, 4},
		"option":                             {&dynamo.ClientOptions{MaxAttempts: 6}, func(*aws.Config) {}, 6},
		"configuration":                      {nil, func(c *aws.Config) { c.RetryMaxAttempts = 2 }, 2},
		"the option beats the configuration": {&dynamo.ClientOptions{MaxAttempts: 3}, func(c *aws.Config) { c.RetryMaxAttempts = 2 }, 3},
		"adaptive":                           {nil, func(c *aws.Config) { c.RetryMode = aws.RetryModeAdaptive }, 4},
		"the configuration's retryer":        {nil, func(c *aws.Config) { c.Retryer = func() aws.Retryer { return aws.NopRetryer{} } }, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var attempts atomic.Int64
				cfg := config(func(*http.Request) (*http.Response, error) {
					attempts.Add(1)
					return nil, errors.New("no connection")
				})
				test.change(&cfg)
				_, err := dynamo.NewClient(cfg, test.options).GetItem(t.Context(), getInput())
				require.Error(t, err)
				require.Equal(t, test.want, attempts.Load())
			})
		})
	}
}

func TestClientRetriesQuickly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config(func(*http.Request) (*http.Response, error) { return nil, errors.New("no connection") })
		client := dynamo.NewClient(cfg, nil)
		start := time.Now()
		_, err := client.GetItem(t.Context(), getInput())
		var exhausted *retry.MaxAttemptsError
		require.ErrorAs(t, err, &exhausted)
		require.LessOrEqual(t, time.Since(start), (25+50+100)*time.Millisecond)
	})
}

func TestClientDropsIdleConnectionsOnAnError(t *testing.T) {
	pool := &countingPool{err: errors.New("reset")}
	cfg := config(nil)
	cfg.HTTPClient = pool
	_, err := dynamo.NewClient(cfg, &dynamo.ClientOptions{MaxAttempts: 1}).GetItem(t.Context(), getInput())
	require.Error(t, err)
	require.Equal(t, 1, pool.purged)

	pool.err = nil
	_, err = dynamo.NewClient(cfg, nil).GetItem(t.Context(), getInput())
	require.NoError(t, err)
	require.Equal(t, 1, pool.purged, "an answer leaves the pool alone")
}

func TestClientDropsConnectionsThatKeepSilent(t *testing.T) {
	ends := map[string]struct {
		context func(context.Context) (context.Context, context.CancelFunc)
		want    int
	}{
		"time is up": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, 1},
		"caller gives up": {context.WithCancel, 0},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := end.context(t.Context())
				time.AfterFunc(2*time.Second, cancel)
				pool := &countingPool{silent: true}
				cfg := config(nil)
				cfg.HTTPClient = pool
				_, err := dynamo.NewClient(cfg, nil).GetItem(ctx, getInput())
				require.Error(t, err)
				require.Equal(t, end.want, pool.purged)
			})
		})
	}
}

func TestClientMakesOnlyReadsReplayable(t *testing.T) {
	replayable := map[string]bool{}
	cfg := config(func(r *http.Request) (*http.Response, error) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		_, marked := r.Header["Idempotency-Key"]
		replayable[operation] = r.GetBody != nil && marked
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Contains(t, string(body), `"TableName":"t"`)
		return answer(http.StatusOK, "{}"), nil
	})
	client := dynamo.NewClient(cfg, nil)
	_, err := client.GetItem(t.Context(), getInput())
	require.NoError(t, err)
	_, err = client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("t"), Item: item("a")})
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"GetItem": true, "PutItem": false}, replayable)
}

func TestNewClientRefusesNegativeOptions(t *testing.T) {
	require.PanicsWithValue(t, "dynamo: ClientOptions.IdleTimeout: must not be negative", func() {
		dynamo.NewClient(config(nil), &dynamo.ClientOptions{IdleTimeout: -1})
	})
}

func TestWarm(t *testing.T) {
	denied := `{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}`
	for name, status := range map[string]int{"answered": http.StatusOK, "refused": http.StatusBadRequest} {
		t.Run(name, func(t *testing.T) {
			cfg := config(func(*http.Request) (*http.Response, error) { return answer(status, denied), nil })
			require.NoError(t, dynamo.Warm(t.Context(), dynamo.NewClient(cfg, nil)))
		})
	}
	t.Run("no connection", func(t *testing.T) {
		lost := errors.New("no connection")
		cfg := config(func(*http.Request) (*http.Response, error) { return nil, lost })
		client := dynamo.NewClient(cfg, &dynamo.ClientOptions{MaxAttempts: 1})
		require.ErrorIs(t, dynamo.Warm(t.Context(), client), lost)
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		cfg := config(func(*http.Request) (*http.Response, error) { return answer(http.StatusOK, "{}"), nil })
		require.ErrorIs(t, dynamo.Warm(ctx, dynamo.NewClient(cfg, nil)), context.Canceled)
	})
}

// config returns a configuration whose requests go to do.
func config(do doFunc) aws.Config {
	cfg := aws.Config{
		Region:      "eu-west-1",
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}
	if do != nil {
		cfg.HTTPClient = do
	}
	return cfg
}

func answer(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}
}

type countingPool struct {
	err    error
	silent bool
	purged int
}

func (p *countingPool) Do(r *http.Request) (*http.Response, error) {
	if p.silent {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if p.err != nil {
		return nil, p.err
	}
	return answer(http.StatusOK, "{}"), nil
}

func (p *countingPool) CloseIdleConnections() { p.purged++ }
