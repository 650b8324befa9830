package events

import (
	"context"
	"encoding/json"
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
}

// fill returns m with its empty identifiers chosen.
func (m Metadata) fill(ctx context.Context, at time.Time) Metadata {
	if m.ID == "" {
		m.ID = newID(at)
	}
	if m.CorrelationID != "" {
		return m
	}
	m.CorrelationID = m.ID
	if cause, ok := FromContext(ctx); ok {
		parent := cause.Metadata()
		m.CorrelationID = parent.CorrelationID
		if m.CausationID == "" {
			m.CausationID = parent.ID
		}
	}
	return m
}

// encode appends m as JSON.
func (m Metadata) encode(b []byte) []byte {
	encoded, err := json.Marshal(m)
	if err != nil { // strings and an int always encode
		panic("events: " + err.Error())
	}
	return append(b, encoded...)
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
