package events

import (
	"strconv"
	"time"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// metadataKey is the member of the detail that carries [Metadata].
const metadataKey = "metadata"

// Metadata identifies an event across attempts, retries and hops. It travels as
// the member "metadata" of the detail, because EventBridge has no field of its
// own for it and gives a repeated event a new envelope id.
type Metadata struct {
	// ID is the identity of the event. It stays the same when the event is
	// published twice. [Definition.New] makes it a UUIDv7.
	ID string `json:"id"`
	// CorrelationID is shared by all events that follow from one beginning. The
	// first event of such a chain uses its own ID.
	CorrelationID string `json:"correlationId"`
	// CausationID is the ID of the event whose handler published this one.
	CausationID string `json:"causationId,omitempty"`
	// Version is the version of the detail; 0 means that it has none.
	Version int `json:"version,omitempty"`
	// ClaimCheck says where the detail is kept when it was too large for the
	// bus; see [PublisherOptions].
	ClaimCheck string `json:"claimCheck,omitempty"`
	// TraceParent and TraceState are the W3C trace context of the span that
	// publishes the event, for a tracer that is not X-Ray: [Event.TraceHeader]
	// takes X-Ray's form only. They are the publisher's to set and the
	// consumer's to read. An event that a handler publishes without a
	// TraceParent passes on that of the event being handled, so that a hop
	// without a tracer does not end the trace. See
	// https://www.w3.org/TR/trace-context/.
	TraceParent string `json:"traceparent,omitempty"`
	TraceState  string `json:"tracestate,omitempty"`
}

// fill chooses the empty identifiers; parent is that of the event being handled,
// nil if none.
func (m *Metadata) fill(parent *Metadata, at time.Time) {
	if m.ID == "" {
		m.ID = newID(at)
	}
	if m.CorrelationID != "" {
		return
	}
	m.CorrelationID = m.ID
	if parent != nil {
		m.CorrelationID = parent.CorrelationID
		if m.CausationID == "" {
			m.CausationID = parent.ID
		}
		if m.TraceParent == "" {
			m.TraceParent, m.TraceState = parent.TraceParent, parent.TraceState
		}
	}
}

// encode appends m as JSON, the same as encoding/json with less work: every
// event that is published carries it.
func (m *Metadata) encode(b []byte) []byte {
	b = appendString(append(b, `{"id":`...), m.ID)
	b = appendString(append(b, `,"correlationId":`...), m.CorrelationID)
	if m.CausationID != "" {
		b = appendString(append(b, `,"causationId":`...), m.CausationID)
	}
	if m.Version != 0 {
		b = strconv.AppendInt(append(b, `,"version":`...), int64(m.Version), 10)
	}
	if m.ClaimCheck != "" {
		b = appendString(append(b, `,"claimCheck":`...), m.ClaimCheck)
	}
	if m.TraceParent != "" {
		b = appendString(append(b, `,"traceparent":`...), m.TraceParent)
	}
	if m.TraceState != "" {
		b = appendString(append(b, `,"tracestate":`...), m.TraceState)
	}
	return append(b, '}')
}

// appendString appends s as a JSON string. The ids that this package makes need
// no escapes; whatever else there is, encoding/json encodes.
func appendString(b []byte, s string) []byte {
	if jsonscan.PlainLen(s) < len(s) {
		encoded, err := encode(s)
		if err != nil { // a string always encodes
			panic("events: " + err.Error())
		}
		return append(b, encoded...)
	}
	return append(append(append(b, '"'), s...), '"')
}

// identifies reports whether m is the identity of an event. Both ids must be
// there: a member "metadata" that is about something else must not be taken for
// it.
func (m *Metadata) identifies() bool { return m.ID != "" && m.CorrelationID != "" }

// read reads the object that is the next value of s.
func (m *Metadata) read(s *jsonscan.Scanner) {
	for s.Object(); s.Member(); {
		switch s.Key() {
		case "id":
			m.ID = readString(s)
		case "correlationId":
			m.CorrelationID = readString(s)
		case "causationId":
			m.CausationID = readString(s)
		case "claimCheck":
			m.ClaimCheck = readString(s)
		case "traceparent":
			m.TraceParent = readString(s)
		case "tracestate":
			m.TraceState = readString(s)
		case "version":
			m.Version, _ = strconv.Atoi(s.Skip()) // anything else is no version of ours
		default:
			s.Skip()
		}
	}
}

// readString reads a string and takes any other value for the empty one.
func readString(s *jsonscan.Scanner) string {
	if s.Kind() == jsonscan.String {
		return s.String()
	}
	s.Skip()
	return ""
}
