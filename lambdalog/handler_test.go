package lambdalog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/slogtest"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/lambdalog"
)

const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

// invocation returns a context as the Lambda runtime makes it.
func invocation(ctx context.Context, id string) context.Context {
	ctx = context.WithValue(ctx, "x-amzn-trace-id", header) //nolint:staticcheck // the runtime's key
	return lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: id})
}

// setup returns a handler and a function that returns the lines so far.
func setup(t *testing.T, o lambdalog.Options) (*lambdalog.Handler, func() []map[string]any) {
	t.Helper()
	var out bytes.Buffer
	if o.Next == nil {
		o.Next = slog.NewJSONHandler(&out, nil)
	}
	return lambdalog.NewHandler(&o), func() []map[string]any { return decode(t, out.Bytes()) }
}

func decode(t *testing.T, lines []byte) (decoded []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(lines) {
		var m map[string]any
		require.NoError(t, json.Unmarshal(line, &m), string(line))
		decoded = append(decoded, m)
	}
	return decoded
}

func TestEveryLineNamesItsInvocation(t *testing.T) {
	h, lines := setup(t, lambdalog.Options{})
	logger := slog.New(h)
	first, second := invocation(t.Context(), "r-1"), invocation(t.Context(), "r-2")
	logger.InfoContext(first, "a")
	logger.InfoContext(second, "b")
	logger.ErrorContext(first, "c", "order", "o-1")

	for i, want := range []struct {
		id   string
		cold bool
	}{{"r-1", true}, {"r-2", false}, {"r-1", true}} {
		got := lines()[i]
		require.Equal(t, want.id, got["requestId"])
		require.Equal(t, want.cold, got["coldStart"])
		require.Equal(t, "1-5759e988-bd862e3fe1be46a994272793", got["traceId"])
	}
	require.Equal(t, "o-1", lines()[2]["order"])
}

func TestALineOutsideOfAnInvocationStaysAsItIs(t *testing.T) {
	h, lines := setup(t, lambdalog.Options{})
	slog.New(h).InfoContext(t.Context(), "init")
	for _, key := range []string{"requestId", "traceId", "coldStart"} {
		require.NotContains(t, lines()[0], key)
	}
	slog.New(h).InfoContext(invocation(t.Context(), "r-1"), "first")
	require.Equal(t, true, lines()[1]["coldStart"])
}

func TestTheInvocationIsOutsideOfGroups(t *testing.T) {
	h, lines := setup(t, lambdalog.Options{})
	logger := slog.New(h).With("a", 1).WithGroup("g").With("b", 2)
	other := logger.WithGroup("other")
	logger.WithGroup("h").With().InfoContext(invocation(t.Context(), "r-1"), "m", "c", 3)
	other.InfoContext(t.Context(), "m", "c", 3)

	got := lines()
	require.Equal(t, "r-1", got[0]["requestId"])
	require.Equal(t, true, got[0]["coldStart"])
	require.Equal(t, float64(1), got[0]["a"])
	require.Equal(t, map[string]any{"b": float64(2), "h": map[string]any{"c": float64(3)}}, got[0]["g"])
	require.Equal(t, map[string]any{"b": float64(2), "other": map[string]any{"c": float64(3)}}, got[1]["g"])
}

func TestARetryInTheSameProcessIsNotCold(t *testing.T) {
	h, lines := setup(t, lambdalog.Options{})
	for range 2 {
		slog.New(h).InfoContext(invocation(t.Context(), "same"), "m")
	}
	require.Equal(t, true, lines()[0]["coldStart"])
	require.Equal(t, false, lines()[1]["coldStart"])
}

func TestASilentFirstInvocationCounts(t *testing.T) {
	for name, silent := range map[string]func(context.Context, *lambdalog.Handler){
		"below the level": func(ctx context.Context, h *lambdalog.Handler) { slog.New(h).DebugContext(ctx, "m") },
		"wrapped": func(ctx context.Context, h *lambdalog.Handler) {
			answer, err := h.Wrap(echo{}).Invoke(ctx, []byte("payload"))
			require.NoError(t, err)
			require.Equal(t, "payload", string(answer))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, lines := setup(t, lambdalog.Options{})
			silent(invocation(t.Context(), "r-1"), h)
			slog.New(h).InfoContext(invocation(t.Context(), "r-2"), "m")
			require.Equal(t, false, lines()[0]["coldStart"])
		})
	}
}

type echo struct{}

func (echo) Invoke(_ context.Context, payload []byte) ([]byte, error) { return payload, nil }

func TestNobodyWaitsForAPreparedEnvironment(t *testing.T) {
	for kind, cold := range map[string]bool{
		"": true, "on-demand": true, "provisioned-concurrency": false, "lambda-managed-instances": false,
	} {
		t.Setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
		h, lines := setup(t, lambdalog.Options{})
		slog.New(h).InfoContext(invocation(t.Context(), "r-1"), "m")
		require.Equal(t, cold, lines()[0]["coldStart"], kind)
	}
}

func TestAnotherTracer(t *testing.T) {
	ids := map[bool]string{true: "4bf92f3577b34da6a3ce929d0e0e4736"}
	type sampled struct{}
	h, lines := setup(t, lambdalog.Options{TraceID: func(ctx context.Context) string { return ids[ctx.Value(sampled{}) != nil] }})
	slog.New(h).InfoContext(context.WithValue(invocation(t.Context(), "r-1"), sampled{}, 1), "m")
	slog.New(h).InfoContext(invocation(t.Context(), "r-1"), "m")
	require.Equal(t, ids[true], lines()[0]["traceId"])
	require.Equal(t, "1-5759e988-bd862e3fe1be46a994272793", lines()[1]["traceId"])
}

func TestOverlappingInvocationsDoNotMix(t *testing.T) {
	h, lines := setup(t, lambdalog.Options{})
	logger := slog.New(h)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			id := fmt.Sprintf("r-%d", i)
			ctx := invocation(t.Context(), id)
			for range 20 {
				logger.InfoContext(ctx, "m", "own", id)
			}
		})
	}
	wg.Wait()

	cold := map[any]bool{}
	for _, line := range lines() {
		require.Equal(t, line["own"], line["requestId"])
		if line["coldStart"] == true {
			cold[line["requestId"]] = true
		}
	}
	require.Len(t, lines(), 160)
	require.Len(t, cold, 1)
}

func TestFormatAndLevelAreTheFunctions(t *testing.T) {
	for name, tt := range map[string]struct {
		format, level string
		enabled       slog.Level
		json          bool
	}{
		"unset":   {"", "", slog.LevelInfo, false},
		"text":    {"Text", "", slog.LevelInfo, false},
		"json":    {"JSON", "WARN", slog.LevelWarn, true},
		"trace":   {"JSON", "TRACE", slog.LevelDebug - 4, true},
		"debug":   {"JSON", "DEBUG", slog.LevelDebug, true},
		"error":   {"JSON", "ERROR", slog.LevelError, true},
		"fatal":   {"JSON", "FATAL", slog.LevelError + 4, true},
		"unknown": {"JSON", "LOUD", slog.LevelInfo, true},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"AWS_LAMBDA_LOG_FORMAT": tt.format, "AWS_LAMBDA_LOG_LEVEL": tt.level}
			var out bytes.Buffer
			h := lambdalog.NewOutput(&out, func(name string) string { return env[name] })
			require.True(t, h.Enabled(t.Context(), tt.enabled))
			require.False(t, h.Enabled(t.Context(), tt.enabled-1))

			slog.New(h).Log(t.Context(), tt.enabled, "hello")
			require.Equal(t, tt.json, json.Valid(out.Bytes()), out.String())
			if tt.json {
				require.Equal(t, "hello", decode(t, out.Bytes())[0]["message"])
			}
		})
	}
}

// TestHandlerObeysSlog runs the standard library's rules for handlers, inside of
// an invocation: what is added is taken away again before they are applied.
func TestHandlerObeysSlog(t *testing.T) {
	var out bytes.Buffer
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		out.Reset()
		return inInvocation{lambdalog.NewHandler(&lambdalog.Options{Next: slog.NewJSONHandler(&out, nil)})}
	}, func(t *testing.T) map[string]any {
		line := decode(t, out.Bytes())[0]
		require.Equal(t, "r-1", line["requestId"], "at the top level")
		for _, key := range []string{"requestId", "traceId", "coldStart"} {
			delete(line, key)
		}
		return line
	})
}

// inInvocation handles records as if they were logged within an invocation.
type inInvocation struct{ slog.Handler }

func (h inInvocation) Handle(ctx context.Context, r slog.Record) error {
	return h.Handler.Handle(invocation(ctx, "r-1"), r)
}

func (h inInvocation) WithAttrs(attrs []slog.Attr) slog.Handler {
	return inInvocation{h.Handler.WithAttrs(attrs)}
}

func (h inInvocation) WithGroup(name string) slog.Handler {
	return inInvocation{h.Handler.WithGroup(name)}
}

func TestAllocations(t *testing.T) {
	ctx := invocation(t.Context(), "r-1")
	plain := slog.New(slog.NewJSONHandler(discard{}, nil))
	ours := slog.New(lambdalog.NewHandler(&lambdalog.Options{Next: slog.NewJSONHandler(discard{}, nil)}))
	count := func(l *slog.Logger) float64 {
		return testing.AllocsPerRun(100, func() { l.LogAttrs(ctx, slog.LevelInfo, "m", slog.String("order", "o-1")) })
	}
	require.LessOrEqual(t, count(ours)-count(plain), 2.0)
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
