package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// An Envelope is one event as EventBridge delivers it. All handlers of the event
// share it, so it must not be changed. It refers to the payload of the
// invocation; a handler that keeps it beyond its return keeps that too.
type Envelope struct {
	// ID is EventBridge's id of the event. It differs between two publications
	// of the same event; see [Envelope.Metadata].
	ID string
	// Source and DetailType say where the event comes from and what happened.
	Source, DetailType string
	// Account and Region are where it was published.
	Account, Region string
	// Resources are the ARNs of what it is about.
	Resources []string
	// Time is when it happened, to the second.
	Time time.Time
	// Detail is the content, one JSON value; the whole payload for an event
	// that was published with PutRawEvents.
	Detail json.RawMessage
	// ReplayName is the name of the replay that delivers the event again, empty
	// otherwise. A replayed event has the ids of the first time.
	ReplayName string
	// Attributes are the metadata and the system metadata that a custom event
	// bus delivers with the event when its subscriber asks for them, such as
	// "aws:EventId". Nil otherwise.
	Attributes map[string]string
	// Raw is the envelope as it was delivered, one JSON object.
	Raw json.RawMessage

	metadata Metadata
}

// Metadata returns the metadata that the publisher put into the detail. An
// event without any, such as one of an AWS service, has its envelope id as ID
// and CorrelationID.
func (e *Envelope) Metadata() Metadata { return e.metadata }

// ErrMalformed is the cause of a payload that is not an event.
var ErrMalformed = errors.New("malformed event")

// ParseEnvelope reads one event as EventBridge delivers it: the envelope, or the
// form {"Data", "Metadata", "SystemMetadata"} of a custom event bus. The error
// wraps [ErrMalformed]. The envelope refers to event.
func ParseEnvelope(event []byte) (*Envelope, error) {
	r := newEnvelopeReader(event)
	if err := r.read(); err != nil {
		return nil, err
	}
	return r.envelope()
}

func malformed(err error) error { return fmt.Errorf("events: %w: %w", ErrMalformed, err) }

// parseData reads what a custom event bus delivers as Data: an envelope when
// the event was published with PutEvents, anything when with PutRawEvents.
func (e *Envelope) parseData(data []byte) error {
	inner := newEnvelopeReader(data)
	inner.e.Attributes, inner.e.ID = e.Attributes, e.ID
	if inner.read() == nil && inner.finish() == nil {
		*e = *inner.e
		return nil
	}
	e.Detail, e.Raw = data, data
	if e.ID == "" {
		return errors.New("no aws:EventId in the system metadata")
	}
	return nil
}

// An envelopeReader reads one object, which is an envelope or has the records of
// SQS or SNS. One pass tells which.
type envelopeReader struct {
	jsonscan.Scanner
	bytes     []byte // the text again, for the parts that are kept as they are
	e         *Envelope
	data      []byte
	records   [][]byte
	isRecords bool
	err       error // JSON, but no event
}

func newEnvelopeReader(text []byte) *envelopeReader {
	return &envelopeReader{Scanner: jsonscan.New(string(text)), bytes: text, e: &Envelope{}}
}

// read returns an error unless the text is a JSON object.
func (r *envelopeReader) read() error {
	if r.Kind() != jsonscan.Object {
		return malformed(errors.New("a JSON object expected"))
	}
	for r.Object(); r.Member(); {
		r.member()
	}
	if err := r.End(); err != nil {
		return malformed(err)
	}
	return nil
}

// envelope returns what was read as an event.
func (r *envelopeReader) envelope() (*Envelope, error) {
	if err := r.finish(); err != nil {
		return nil, malformed(err)
	}
	if e := r.e; !e.metadata.identifies() {
		e.metadata = Metadata{ID: e.ID, CorrelationID: e.ID}
	}
	return r.e, nil
}

func (r *envelopeReader) finish() error {
	switch e := r.e; {
	case r.err != nil:
		return r.err
	case r.data != nil:
		return e.parseData(r.data)
	case e.Source == "" || e.DetailType == "":
		return errors.New("no source or no detail-type")
	case e.Detail == nil:
		return errors.New("no detail")
	}
	r.e.Raw = r.bytes
	return nil
}

// member reads the value of a key. What is not of the expected type is ignored,
// as EventBridge would not deliver it.
func (r *envelopeReader) member() {
	switch s := &r.Scanner; s.Key() {
	case "id":
		r.e.ID = readString(s)
	case "source":
		r.e.Source = readString(s)
	case "detail-type":
		r.e.DetailType = readString(s)
	case "account":
		r.e.Account = readString(s)
	case "region":
		r.e.Region = readString(s)
	case "replay-name":
		r.e.ReplayName = readString(s)
	case "time":
		r.time()
	case "resources":
		r.resources()
	case "Metadata", "SystemMetadata":
		r.attributes()
	case "detail":
		r.detail()
	case "Data":
		r.data = readRaw(s, r.bytes)
	case "Records":
		r.readRecords()
	default:
		s.Skip()
	}
}

// detail keeps the detail as it is, and reads the metadata in it on the way.
func (r *envelopeReader) detail() {
	kind := r.Kind()
	start := r.Offset()
	r.e.metadata = Metadata{}
	if kind == jsonscan.Object {
		r.metadata()
	} else {
		r.Skip()
	}
	r.e.Detail = r.bytes[start:r.Offset():r.Offset()]
}

func (r *envelopeReader) metadata() {
	for r.Object(); r.Member(); {
		if r.Key() == metadataKey && r.Kind() == jsonscan.Object {
			r.e.metadata = Metadata{}
			r.e.metadata.read(&r.Scanner)
		} else {
			r.Skip()
		}
	}
}

func (r *envelopeReader) readRecords() {
	if r.Kind() != jsonscan.Array {
		r.Skip()
		return
	}
	r.isRecords = true
	for r.Array(); r.Element(); {
		r.records = append(r.records, readRaw(&r.Scanner, r.bytes))
	}
}

func (r *envelopeReader) time() {
	text := readString(&r.Scanner)
	if text == "" {
		return
	}
	r.e.Time, r.err = time.Parse(time.RFC3339, text)
}

func (r *envelopeReader) resources() {
	if r.Kind() != jsonscan.Array {
		r.Skip()
		return
	}
	for r.Array(); r.Element(); {
		r.e.Resources = append(r.e.Resources, readString(&r.Scanner))
	}
}

// eventID is the system metadata that holds the id of an event.
const eventID = "aws:EventId"

func (r *envelopeReader) attributes() {
	if r.Kind() != jsonscan.Object {
		r.Skip()
		return
	}
	for r.Object(); r.Member(); {
		if r.e.Attributes == nil {
			r.e.Attributes = make(map[string]string)
		}
		name := r.Key()
		value := readString(&r.Scanner)
		r.e.Attributes[name] = value
		if name == eventID && r.e.ID == "" {
			r.e.ID = value
		}
	}
}

// restore puts a detail that was offloaded back in its place.
func (e *Envelope) restore(detail []byte) error {
	m := e.metadata
	m.ClaimCheck = ""
	whole := []byte((&details{}).encode(detail, &m))
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal(e.Raw, &envelope); err != nil {
		return err
	}
	envelope["detail"] = whole
	raw, err := json.Marshal(envelope)
	if err != nil {
		return err
	}
	e.Detail, e.Raw, e.metadata = whole, raw, m
	return nil
}

// A running is what the context of a handler carries.
type running struct {
	envelope *Envelope
	handler  string
}

type runningKey struct{}

// FromContext returns the envelope of the event that is being handled, false
// outside of a handler.
func FromContext(ctx context.Context) (*Envelope, bool) {
	r, ok := ctx.Value(runningKey{}).(*running)
	if !ok {
		return nil, false
	}
	return r.envelope, true
}

// IdempotencyKey returns a key that is the same whenever the handler of ctx gets
// the same event, and differs between handlers: the handler's name, a slash and
// the ID of [Envelope.Metadata]. It is empty outside of a handler. A replay
// keeps the key; a handler that shall run again then adds [Envelope].ReplayName.
func IdempotencyKey(ctx context.Context) string {
	r, ok := ctx.Value(runningKey{}).(*running)
	if !ok {
		return ""
	}
	return r.handler + "/" + r.envelope.metadata.ID
}
