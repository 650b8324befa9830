package tracing

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// xrayIDs gives a trace that begins in an invocation the id of its X-Ray trace,
// so that one id finds the log lines, the spans and Lambda's own segments. The
// two forms differ by punctuation only: 1-5759e988-bd862e3fe1be46a994272793 is
// 5759e988bd862e3fe1be46a994272793. See
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html.
type xrayIDs struct{}

// NewIDs returns the ids of a first span.
func (x xrayIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id, ok := xrayID(ctx)
	if !ok {
		_, _ = rand.Read(id[:]) // never fails
	}
	return id, x.NewSpanID(ctx, id)
}

// NewSpanID returns a random id.
func (xrayIDs) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	_, _ = rand.Read(id[:])
	return id
}

// xrayID reads the root of the header that the Lambda runtime keeps in the
// context of an invocation.
func xrayID(ctx context.Context) (id trace.TraceID, ok bool) {
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	for field := range strings.SplitSeq(header, ";") {
		root, found := strings.CutPrefix(field, "Root=1-")
		digits := strings.ReplaceAll(root, "-", "")
		if found && len(digits) == hex.EncodedLen(len(id)) {
			_, err := hex.Decode(id[:], []byte(digits))
			return id, err == nil && id.IsValid()
		}
	}
	return id, false
}
