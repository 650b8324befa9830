package tracing

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// invoked returns a context with the X-Ray header of an invocation.
func invoked(t *testing.T, header string) context.Context {
	t.Helper()
	return context.WithValue(t.Context(), "x-amzn-trace-id", header) //nolint:staticcheck // the runtime's key
}

func TestATraceTakesTheIDOfXRay(t *testing.T) {
	for header, want := range map[string]string{
		"Root=1-5759e988-bd862e3fe1be46a994272793":                                    "5759e988bd862e3fe1be46a994272793",
		"Self=1-67891234-12456789;Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1": "5759e988bd862e3fe1be46a994272793",
		"Root=1-5759e988-bd862e3fe1be46a99427279":                                     "",
		"Root=1-5759e988-bd862e3fe1be46a9942727zz":                                    "",
		"Root=1-00000000-000000000000000000000000":                                    "",
		"Root=2-5759e988-bd862e3fe1be46a994272793":                                    "",
		"Parent=53995c3f42cd8ad8;Sampled=1":                                           "",
		"":                                                                            "",
	} {
		ctx := invoked(t, header)
		require.Equal(t, want, ID(ctx), header)
		id, span := xrayIDs{}.NewIDs(ctx)
		require.True(t, id.IsValid() && span.IsValid(), header)
		if want != "" {
			require.Equal(t, want, id.String(), header)
		}
	}
}

func TestOnlyAFirstSpanTakesIt(t *testing.T) {
	tr := New("test", tracetest.NewNoopExporter())
	ctx, outer := tr.tracer.Start(invoked(t, "Root=1-5759e988-bd862e3fe1be46a994272793"), "outer")
	other := context.WithValue(ctx, "x-amzn-trace-id", "Root=1-5759e988-000000000000000000000001") //nolint:staticcheck // as above
	inner, span := tr.tracer.Start(other, "inner")
	require.Equal(t, "5759e988bd862e3fe1be46a994272793", ID(inner))
	require.NotEqual(t, outer.SpanContext().SpanID(), span.SpanContext().SpanID())
}
