package eventstest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/internal/awsfake"
)

// published is an event that PutEvents answered with an id.
type published struct {
	bus      string
	envelope *events.Envelope
}

type putEntry struct {
	Detail       *string
	DetailType   *string
	EventBusName string
	Resources    []string
	Source       *string
	Time         *float64
	TraceHeader  string
}

type putResult struct {
	EventID      string `json:"EventId,omitempty"`
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

type putEventsInput struct{ Entries []putEntry }

type putEventsOutput struct {
	FailedEntryCount int
	Entries          []putResult
}

func (f *Fake) putEvents(_ context.Context, in *putEventsInput) (any, error) {
	if err := f.checkRequest(in.Entries); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	out := putEventsOutput{Entries: []putResult{}}
	for i := range in.Entries {
		result, err := f.put(&in.Entries[i])
		if err != nil {
			return nil, err
		}
		if result.ErrorCode != "" {
			out.FailedEntryCount++
		}
		out.Entries = append(out.Entries, result)
	}
	return out, nil
}

// checkRequest refuses what EventBridge refuses as a whole.
func (f *Fake) checkRequest(entries []putEntry) error {
	size, lacking := 0, 0
	for i := range entries {
		size += entries[i].size()
		if entries[i].missing() != "" {
			lacking++
		}
	}
	switch {
	case len(entries) < 1 || len(entries) > 10:
		return invalid("1 validation error detected: Value at 'entries' failed to satisfy constraint: "+
			"Member must have length between 1 and 10, not %d", len(entries))
	case size > f.maxBytes:
		return invalid("Total size of the entries in the request is over the limit.")
	case lacking == len(entries):
		return invalid("No entry has a Source, a DetailType and a Detail.")
	}
	return nil
}

func invalid(format string, args ...any) *Error {
	return &Error{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// size is the formula of
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html.
func (e *putEntry) size() int {
	size := 0
	if e.Time != nil {
		size += 14
	}
	for _, s := range []*string{e.Source, e.DetailType, e.Detail} {
		if s != nil {
			size += len(*s)
		}
	}
	for _, r := range e.Resources {
		size += len(r)
	}
	return size
}

func (e *putEntry) missing() string {
	switch {
	case e.Source == nil || *e.Source == "":
		return "Source"
	case e.DetailType == nil || *e.DetailType == "":
		return "DetailType"
	case e.Detail == nil || *e.Detail == "":
		return "Detail"
	}
	return ""
}

// put takes one entry.
func (f *Fake) put(e *putEntry) (putResult, error) {
	if refused := e.refused(); refused.ErrorCode != "" {
		return refused, nil
	}
	f.ids++
	id := fmt.Sprintf("%08x-0000-4000-8000-%012x", f.ids, f.ids)
	document, err := f.envelope(id, e)
	if err != nil {
		return putResult{}, err
	}
	envelope, err := events.ParseEnvelope(document)
	if err != nil {
		return putResult{}, err
	}
	if code := f.scripted(envelope); code != "" {
		return putResult{ErrorCode: code, ErrorMessage: "scripted by the test"}, nil
	}
	b := f.bus(e.EventBusName)
	if b == nil {
		// AWS answers success, https://github.com/aws/aws-sdk/issues/186.
		f.lost = append(f.lost, published{e.EventBusName, envelope})
		return putResult{EventID: id}, nil
	}
	f.accepted = append(f.accepted, published{b.name, envelope})
	return putResult{EventID: id}, f.queue(b, id, document)
}

// refused returns the error of an entry that is not valid. AWS does not document
// what a detail type that is too long gets; it is refused here, not dropped.
func (e *putEntry) refused() putResult {
	if name := e.missing(); name != "" {
		return putResult{
			ErrorCode:    "InvalidArgument",
			ErrorMessage: fmt.Sprintf("Parameter %s is not valid. Reason: %s is a required argument.", name, name),
		}
	}
	switch {
	case strings.HasPrefix(*e.Source, "aws."):
		return putResult{ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source."}
	case utf8.RuneCountInString(*e.DetailType) > 128:
		return putResult{
			ErrorCode:    "InvalidArgument",
			ErrorMessage: "Parameter DetailType is not valid. Reason: longer than 128 characters.",
		}
	}
	if !wellFormed(*e.Detail) {
		return putResult{ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."}
	}
	return putResult{}
}

// envelope returns the event as it is delivered.
func (f *Fake) envelope(id string, e *putEntry) ([]byte, error) {
	at := f.now()
	if e.Time != nil {
		seconds, fraction := math.Modf(*e.Time)
		at = time.Unix(int64(seconds), int64(fraction*1e9))
	}
	resources := e.Resources
	if resources == nil {
		resources = []string{}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // the detail arrives as it was sent
	err := encoder.Encode(struct {
		Version    string          `json:"version"`
		ID         string          `json:"id"`
		DetailType string          `json:"detail-type"`
		Source     string          `json:"source"`
		Account    string          `json:"account"`
		Time       string          `json:"time"`
		Region     string          `json:"region"`
		Resources  []string        `json:"resources"`
		Detail     json.RawMessage `json:"detail"`
	}{"0", id, *e.DetailType, *e.Source, awsfake.Account, at.UTC().Format(time.RFC3339), awsfake.Region, resources, json.RawMessage(*e.Detail)})
	return bytes.TrimSpace(b.Bytes()), err
}

// FailEntries makes the next n entries of PutEvents fail with code, such as
// "ThrottlingException" or "InternalFailure", while their neighbours are
// accepted.
func (f *Fake) FailEntries(n int, code string) {
	f.FailEntriesFunc(func(*events.Envelope) string {
		if n == 0 {
			return ""
		}
		n--
		return code
	})
}

// FailEntriesFunc asks fail about every valid entry of PutEvents: it fails with
// the code that fail returns, if any. Several functions are asked in the order
// in which they were added. fail is called with the fake locked and must not
// use it.
func (f *Fake) FailEntriesFunc(fail func(e *events.Envelope) (code string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failures = append(f.failures, fail)
}

func (f *Fake) scripted(e *events.Envelope) string {
	for _, fail := range f.failures {
		if code := fail(e); code != "" {
			return code
		}
	}
	return ""
}
