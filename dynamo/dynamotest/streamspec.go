package dynamotest

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

var viewTypes = []string{"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"}

// createStream opens the new table's stream, if the request wants one.
func (r *request) createStream(tx *engine.Tx, t *engine.Table) error {
	view, enabled, err := r.streamSpec(
		"Table is being created with a stream enabled, UpdateViewType is required",
		"Table is being created with a stream disabled, UpdateViewType should not be specified")
	if err == nil && enabled {
		r.openStream(tx, t, view)
	}
	return err
}

// changeStream opens or closes the table's stream, if the request says so. A
// stream is neither opened nor closed twice, nor does an open one change its
// view.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html#DDB-UpdateTable-request-StreamSpecification
func (r *request) changeStream(tx *engine.Tx, t *engine.Table) error {
	if !r.has("StreamSpecification") {
		return nil
	}
	view, enabled, err := r.streamSpec(
		"If stream is being enabled then UpdateViewType is required",
		"If stream is being disabled, then UpdateViewType must not be specified")
	open := t.Stream != nil && !t.Stream.Closed
	switch {
	case err != nil:
		return err
	case enabled && open:
		return refusal.Invalid("Table already has an enabled stream: TableName: %s", t.Name)
	case !enabled && !open:
		return refusal.Invalid("Table has no stream to disable: TableName: %s", t.Name)
	case enabled:
		r.openStream(tx, t, view)
	default:
		tx.CloseStream(t)
	}
	return nil
}

// streamSpec reads StreamSpecification. An enabled stream needs a view, another
// has none; the texts complain about that.
func (r *request) streamSpec(needsView, noView string) (view string, enabled bool, err error) {
	n := r.node.Member("StreamSpecification")
	if n == nil {
		return "", false, nil
	}
	in := r.inside(n)
	view, has := in.text("StreamViewType")
	enabled = in.flag("StreamEnabled")
	switch {
	case !in.has("StreamEnabled"):
		r.nullAt("streamSpecification.streamEnabled")
		return view, enabled, r.violations()
	case has && !slices.Contains(viewTypes, view):
		r.violates("Value '%s' at 'streamSpecification.streamViewType' failed to satisfy constraint: Member must satisfy enum value set: [NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]", view)
		return view, enabled, r.violations()
	case enabled && !has:
		return view, enabled, refusal.Invalid("%s", invalidText+needsView)
	case !enabled && has:
		return view, enabled, refusal.Invalid("%s", invalidText+noView)
	}
	return view, enabled, nil
}

func (r *request) openStream(tx *engine.Tx, t *engine.Table, view string) {
	label := r.streamLabel(tx)
	tx.OpenStream(t, &engine.Stream{
		Table:   t.Name,
		ARN:     tableARN(t.Name) + "/stream/" + label,
		Label:   label,
		View:    view,
		Key:     t.Key,
		Created: r.fake.now(),
	})
}

// streamLabel returns the time as a label, later when another stream has it.
func (r *request) streamLabel(tx *engine.Tx) string {
	for at := r.fake.now().UTC(); ; at = at.Add(1e6) {
		label := at.Format("2006-01-02T15:04:05.000")
		if !slices.ContainsFunc(tx.Streams(), func(s *engine.Stream) bool { return s.Label == label }) {
			return label
		}
	}
}
