package dynamo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// ClientOptions configure [NewClient]. The zero value suits a function or
// service in the table's region.
type ClientOptions struct {
	// IdleTimeout is how long a connection may wait for its next request; 0
	// means 30 s. It must be shorter than DynamoDB's own, at which users have
	// seen it hang up after about a minute; the SDK's default is 90 s. The age
	// is measured by the wall clock, so that a frozen environment counts.
	IdleTimeout time.Duration
	// MaxIdleConns is the number of idle connections that are kept; 0 means 64.
	// It should be as large as the number of requests made side by side: the
	// SDK's default of 10 closes all others after every burst, to dial them
	// again with the next.
	MaxIdleConns int
	// DialTimeout is the longest time to connect; 0 means 2 s.
	DialTimeout time.Duration
	// TLSTimeout is the longest time for the TLS handshake; 0 means 2 s.
	TLSTimeout time.Duration
	// ResponseTimeout is the longest time from the end of a request to the
	// beginning of its answer, for each attempt; 0 means 5 s. The SDK has no
	// such limit: a server that hangs holds a call until its context ends.
	ResponseTimeout time.Duration
	// MaxAttempts is the largest number of attempts of a call; 0 means that of
	// the configuration (AWS_MAX_ATTEMPTS), or 4. It and RetryDelay do not
	// apply to a Retryer in the configuration.
	MaxAttempts int
	// RetryDelay is the longest wait before the second attempt, doubled for
	// each further one, of which a random part is waited; 0 means 25 ms. After
	// throttling it is 1 s, whatever is set here.
	RetryDelay time.Duration
}

// NewClient returns a DynamoDB client whose connections survive that its
// process is frozen and thawed. Make one for the whole process, before the
// first event, and share it: every client has its own connections.
//
//   - Idle connections are dropped before DynamoDB drops them.
//   - An error of one connection drops all idle ones: after a thaw they are
//     usually all dead, and each attempt would meet the next one of them.
//   - Reads are repeated by net/http itself when their connection turns out to
//     be dead, which takes neither an attempt nor a wait.
//   - Failed attempts are repeated after 25 ms rather than a second.
//
// Region, credentials, endpoint and everything else come from cfg. A client in
// cfg.HTTPClient is used, with its own timeouts; of an SDK BuildableClient,
// which is what AWS_CA_BUNDLE brings, everything is kept that differs from the
// SDK's defaults. A cfg.Retryer is used as it is.
//
// A negative option panics.
func NewClient(cfg aws.Config, options *ClientOptions) *dynamodb.Client {
	var o ClientOptions
	if options != nil {
		o = *options
	}
	o.mustBeValid()
	o.setDefaults(cfg)
	cfg.HTTPClient = newTransport(cfg.HTTPClient, &o)
	return dynamodb.NewFromConfig(cfg, func(d *dynamodb.Options) {
		if cfg.Retryer == nil {
			d.RetryMaxAttempts, d.Retryer = o.MaxAttempts, newRetryer(cfg.RetryMode, &o)
		}
	})
}

func (o *ClientOptions) mustBeValid() {
	for _, option := range []struct {
		name  string
		value int64
	}{
		{"IdleTimeout", int64(o.IdleTimeout)},
		{"MaxIdleConns", int64(o.MaxIdleConns)},
		{"DialTimeout", int64(o.DialTimeout)},
		{"TLSTimeout", int64(o.TLSTimeout)},
		{"ResponseTimeout", int64(o.ResponseTimeout)},
		{"MaxAttempts", int64(o.MaxAttempts)},
		{"RetryDelay", int64(o.RetryDelay)},
	} {
		if option.value < 0 {
			panic(fmt.Sprintf("dynamo: ClientOptions.%s: must not be negative", option.name))
		}
	}
}

func (o *ClientOptions) setDefaults(cfg aws.Config) {
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 30*time.Second)
	o.MaxIdleConns = cmp.Or(o.MaxIdleConns, 64)
	o.DialTimeout = cmp.Or(o.DialTimeout, 2*time.Second)
	o.TLSTimeout = cmp.Or(o.TLSTimeout, 2*time.Second)
	o.ResponseTimeout = cmp.Or(o.ResponseTimeout, 5*time.Second)
	o.MaxAttempts = cmp.Or(o.MaxAttempts, cfg.RetryMaxAttempts, 4)
	o.RetryDelay = cmp.Or(o.RetryDelay, 25*time.Millisecond)
}

func newRetryer(mode aws.RetryMode, o *ClientOptions) aws.Retryer {
	standard := func(s *retry.StandardOptions) {
		s.MaxAttempts = o.MaxAttempts
		s.BaseDelay = o.RetryDelay
	}
	if mode == aws.RetryModeAdaptive {
		return retry.NewAdaptiveMode(func(a *retry.AdaptiveModeOptions) {
			a.StandardOptions = append(a.StandardOptions, standard)
		})
	}
	return retry.NewStandard(standard)
}

// Warm makes one connection to DynamoDB, so that the first event need not wait
// for the name, the handshake, the certificates and the credentials: 20 ms of
// CPU for the certificates alone, which is a third of a second in the smallest
// function. Call it while the environment starts.
//
// It calls DescribeEndpoints. Any answer will do, also that the caller is not
// allowed to: no permission is needed.
func Warm(ctx context.Context, client *dynamodb.Client) error {
	_, err := client.DescribeEndpoints(ctx, &dynamodb.DescribeEndpointsInput{})
	var answered interface{ HTTPStatusCode() int }
	if err == nil || errors.As(err, &answered) && answered.HTTPStatusCode() != 0 {
		return nil
	}
	return fmt.Errorf("dynamo: warm: %w", err)
}
