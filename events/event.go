package events

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// An Event is one event to publish. [Definition.New] builds it; a literal works
// too. It is plain data: copy it, change its fields before it is published,
// encode it as JSON to keep it in an outbox.
type Event struct {
	// Source names the service that the event comes from. Required; it must not
	// start with "aws.".
	Source string `json:"source"`
	// DetailType names what happened. Required, at most 128 characters.
	DetailType string `json:"detailType"`
	// Detail is the content, one JSON object without a member "metadata" (that
	// is where Metadata goes). Required. Replace it rather than change its bytes:
	// what Definition.New made is checked there and not once more by Publish.
	Detail json.RawMessage `json:"detail"`
	// Metadata travels inside the detail. Fields that are empty when the event
	// is published are chosen before the first attempt and stay the same in all
	// of them.
	Metadata Metadata `json:"metadata"`
	// Time is when it happened; zero means the time of the PutEvents call. AWS
	// delivers it to the second.
	Time time.Time `json:"time,omitzero"`
	// Resources are the ARNs of what the event is about. Optional.
	Resources []string `json:"resources,omitempty"`
	// TraceHeader is an X-Ray tracing header; empty means that of the context.
	TraceHeader string `json:"traceHeader,omitempty"`

	checked json.RawMessage // the detail that New has checked
	err     error
}

// Err returns what went wrong when [Definition.New] encoded or validated the
// detail. Publish refuses such an event, so there is no need to ask.
func (e Event) Err() error { return e.err }

// Size returns the number of bytes that AWS counts for the event: 14 when it
// has a time, and the UTF-8 length of its source, its detail type, its detail
// (with the metadata in it) and its resources. The bus name and the trace
// header do not count. An event that is published by a handler carries a
// causation id as well. See
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html.
func (e Event) Size() int {
	m, _ := e.from(origin{})
	return e.size(len((&details{}).encode(e.Detail, &m)))
}

// size is Size for a detail of the given length.
func (e *Event) size(detail int) int {
	size := len(e.Source) + len(e.DetailType) + detail
	if !e.Time.IsZero() {
		size += 14
	}
	for _, r := range e.Resources {
		size += len(r)
	}
	return size
}

// Correlate returns e with the empty fields of its metadata filled: a new id,
// and, when ctx is that of a [Handler], the correlation id of the event being
// handled, its id as the cause, and its trace context and trace header. Publish
// does this itself; call it to fix them earlier, for instance when the event goes
// to an outbox.
func (e Event) Correlate(ctx context.Context) Event {
	e.Metadata, e.TraceHeader = e.from(originOf(ctx))
	return e
}

// An origin is what a context says about where an event comes from.
type origin struct {
	parent      *Metadata // of the event that is being handled, nil if none
	traceHeader string
}

// originOf returns the origin of events published under ctx. The Lambda runtime
// keeps the X-Ray header of the invocation under a string key; the environment
// variable of the same purpose is not set when one process runs several
// invocations.
func originOf(ctx context.Context) origin {
	var o origin
	if cause, ok := FromContext(ctx); ok {
		o.parent = &cause.metadata
	}
	o.traceHeader, _ = ctx.Value("x-amzn-trace-id").(string)
	return o
}

// from returns the event's metadata and trace header with what is empty filled.
func (e *Event) from(o origin) (m Metadata, traceHeader string) {
	m, traceHeader = e.Metadata, e.TraceHeader
	m.fill(o.parent, e.Time)
	if traceHeader == "" {
		traceHeader = o.traceHeader
	}
	return m, traceHeader
}

// trimSpace removes the white space of JSON from the front. bytes.TrimLeft makes
// a table of its cutset first, which takes longer than the rest.
func trimSpace(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n') {
		text = text[1:]
	}
	return text
}

// details encodes details into blocks that they share, so that a thousand small
// events do not cost a thousand allocations. expected is how many are to come.
type details struct {
	block    strings.Builder
	head     []byte // reused
	expected int
}

// detailBlock is large enough to make the allocations of small details rare.
const detailBlock = 16 << 10

// encode returns the detail with the metadata as its first member, where a
// reader finds it without looking at the rest.
func (d *details) encode(detail []byte, m *Metadata) string {
	object := trimSpace(detail)
	if len(object) == 0 || object[0] != '{' {
		return string(object)
	}
	members := trimSpace(object[1:])
	d.head = append(d.head[:0], `{"`+metadataKey+`":`...)
	d.head = m.encode(d.head)
	if len(members) > 0 && members[0] != '}' {
		d.head = append(d.head, ',')
	}
	return d.join(d.head, members)
}

// join returns the text of both.
func (d *details) join(head, members []byte) string {
	size := len(head) + len(members)
	if d.block.Cap()-d.block.Len() < size {
		d.block.Reset() // the strings of the old block keep it
		d.block.Grow(max(size, min(size*d.expected, detailBlock)))
	}
	d.expected--
	start := d.block.Len()
	d.block.Write(head)
	d.block.Write(members)
	return d.block.String()[start:]
}
