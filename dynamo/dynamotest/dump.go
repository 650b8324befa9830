package dynamotest

import (
	"fmt"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
)

// Dump returns the tables and their items as text, for the messages of failed
// tests: a line for each table and below it one for each item, as JSON with
// type descriptors, in the order in which Scan returns them.
func (f *Fake) Dump() string {
	var b strings.Builder
	_ = f.db.View(func(tx *engine.Tx) error {
		for _, name := range tx.Names() {
			t := tx.Table(name)
			fmt.Fprintf(&b, "%s (%s): %d items\n", name, strings.Join(t.Key.Names(), ", "), t.Len())
			for _, row := range t.Source().Walk(engine.Range{}, true) {
				fmt.Fprintf(&b, "  %s\n", row.Item.AppendJSON(nil))
			}
		}
		return nil
	})
	if b.Len() == 0 {
		return "no tables\n"
	}
	return b.String()
}
