package events

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/go-thaw/thaw/events/internal/jsonscan"
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

// readMetadata returns the metadata in a detail, false when it carries none.
// Both ids must be there: a member "metadata" that is about something else must
// not be taken for the identity of the event.
func readMetadata(detail []byte) (m Metadata, ok bool) {
	c := jsonscan.New(detail)
	if c.Kind() != jsonscan.Object {
		return m, false
	}
	err := c.Object(func(key []byte) error {
		if string(key) != metadataKey || c.Kind() != jsonscan.Object {
			return c.Skip()
		}
		if err := m.read(&c); err != nil {
			return err
		}
		return errFound
	})
	return m, errors.Is(err, errFound) && m.ID != "" && m.CorrelationID != ""
}

// errFound ends a scan that has what it looked for.
var errFound = errors.New("found")

func (m *Metadata) read(c *jsonscan.Cursor) error {
	return c.Object(func(key []byte) error {
		switch string(key) {
		case "id":
			return readString(c, &m.ID)
		case "correlationId":
			return readString(c, &m.CorrelationID)
		case "causationId":
			return readString(c, &m.CausationID)
		case "claimCheck":
			return readString(c, &m.ClaimCheck)
		case "version":
			if c.Kind() == jsonscan.Number {
				raw, err := c.Number()
				m.Version, _ = strconv.Atoi(string(raw)) // anything else is no version of ours
				return err
			}
		}
		return c.Skip()
	})
}

// readString reads a string into s and skips any other value.
func readString(c *jsonscan.Cursor, s *string) error {
	if c.Kind() != jsonscan.String {
		return c.Skip()
	}
	raw, err := c.String()
	*s = string(jsonscan.Unquote(raw))
	return err
}
