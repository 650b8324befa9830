package eventstest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-thaw/thaw/events"
)

// TB is what the assertions need of *testing.T.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
}

func fatal(tb TB, lines ...string) {
	tb.Helper()
	tb.Errorf("%s", strings.Join(lines, "\n"))
	tb.FailNow()
}

// RequirePublished stops the test unless an event of d was accepted whose detail
// satisfies match, and returns the first one. A nil match is satisfied by all.
// The failure shows the events that came nearest: those of d that do not
// satisfy match, else all that were published.
func RequirePublished[T any](tb TB, f *Fake, d events.Definition[T], match func(T) bool) T {
	tb.Helper()
	details, err := Published(f, d)
	if err != nil {
		fatal(tb, "eventstest: "+err.Error())
	}
	for _, detail := range details {
		if match == nil || match(detail) {
			return detail
		}
	}
	lines := []string{fmt.Sprintf("eventstest: no matching %s was published", name(d.Source(), d.DetailType(), d.Version()))}
	for _, detail := range details {
		text, _ := json.Marshal(detail) // it was decoded from JSON
		lines = append(lines, "  near miss: "+string(text))
	}
	if len(details) == 0 {
		lines = append(lines, f.others()...)
	}
	fatal(tb, lines...)
	var none T
	return none
}

// others lists what was published instead.
func (f *Fake) others() []string {
	var lines []string
	for _, e := range f.Events("") {
		lines = append(lines, "  published: "+name(e.Source, e.DetailType, e.Metadata().Version))
	}
	for _, e := range f.Lost() {
		lines = append(lines, "  lost, because its bus does not exist: "+name(e.Source, e.DetailType, e.Metadata().Version))
	}
	if len(lines) == 0 {
		return []string{"  nothing was published"}
	}
	return lines
}

func name(source, detailType string, version int) string {
	if version == 0 {
		return source + " " + detailType
	}
	return fmt.Sprintf("%s %s version %d", source, detailType, version)
}

// RequireDelivered stops the test unless exactly n deliveries of rule have
// succeeded. The failure shows the others with their last error, and why the
// rule did not match the events of its bus.
func RequireDelivered(tb TB, f *Fake, rule string, n int) {
	tb.Helper()
	delivered := 0
	var lines []string
	for _, d := range f.Deliveries(rule) {
		if d.State == Delivered {
			delivered++
			continue
		}
		line := fmt.Sprintf("  event %s to %s: %s after %d attempts", d.EventID, d.Target, d.State, len(d.Attempts))
		if len(d.Attempts) > 0 {
			line += fmt.Sprintf(", last error: %v", d.Attempts[len(d.Attempts)-1].Err)
		}
		lines = append(lines, line)
	}
	if delivered == n {
		return
	}
	head := fmt.Sprintf("eventstest: rule %s: %d deliveries, want %d", rule, delivered, n)
	fatal(tb, append(append([]string{head}, lines...), f.misses(rule)...)...)
}

// misses lists the events that a rule did not match, and why.
func (f *Fake) misses(name string) []string {
	r := f.ruleNamed(name)
	if r == nil {
		return []string{"  there is no such rule"}
	}
	var lines []string
	for _, e := range f.Events(r.bus.name) {
		missed, err := r.pattern.Explain(e.Raw)
		if err != nil {
			lines = append(lines, "  "+err.Error())
		}
		for _, m := range missed {
			lines = append(lines, fmt.Sprintf("  not matched: event %s: %s", e.ID, m))
		}
	}
	return lines
}

func (f *Fake) ruleNamed(name string) *rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.buses {
		if r := b.rule(name); r != nil {
			return &rule{bus: b, pattern: r.pattern}
		}
	}
	return nil
}

// RequireMatch stops the test unless p matches event, one JSON object, and shows
// the fields that do not.
func RequireMatch(tb TB, p *events.Pattern, event []byte) {
	tb.Helper()
	missed, err := p.Explain(event)
	if err != nil {
		fatal(tb, "eventstest: "+err.Error())
	}
	if len(missed) == 0 {
		return
	}
	lines := []string{"eventstest: the pattern does not match the event"}
	for _, m := range missed {
		lines = append(lines, "  "+m.String())
	}
	fatal(tb, lines...)
}

// RequireNoMatch stops the test when p matches event, one JSON object.
func RequireNoMatch(tb TB, p *events.Pattern, event []byte) {
	tb.Helper()
	matched, err := p.Match(event)
	if err != nil {
		fatal(tb, "eventstest: "+err.Error())
	}
	if matched {
		fatal(tb, "eventstest: the pattern matches the event", "  pattern: "+p.String(), "  event: "+string(event))
	}
}
