package dynamotest

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

var viewTypes = []string{"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"}

// changeStream opens or closes the table's stream as the request says.
func (r *request) changeStream(tx *engine.Tx, t *engine.Table) error {
	n := r.node.Member("StreamSpecification")
	if n == nil {
		return nil
	}
	in := r.inside(n)
	view, hasView := in.text("StreamViewType")
	open := t.Stream != nil && !t.Stream.Closed
	switch enabled := in.flag("StreamEnabled"); {
	case !enabled && hasView:
		return refusal.Invalid(invalidText + "Table is being created with a stream disabled, UpdateViewType should not be specified")
	case !enabled:
		tx.CloseStream(t)
		return nil
	case open:
		return refusal.InUse("Table already has an enabled stream: TableName: %s", t.Name)
	case hasView && !slices.Contains(viewTypes, view):
		r.violates("Value '%s' at 'streamSpecification.streamViewType' failed to satisfy constraint: Member must satisfy enum value set: [NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]", view)
		return r.violations()
	case !hasView:
		view = "NEW_AND_OLD_IMAGES"
	}
	label := r.streamLabel(tx)
	tx.OpenStream(t, &engine.Stream{
		Table:   t.Name,
		ARN:     tableARN(t.Name) + "/stream/" + label,
		Label:   label,
		View:    view,
		Key:     t.Key,
		Created: r.fake.now(),
	})
	return nil
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
