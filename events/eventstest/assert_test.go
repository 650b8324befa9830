package eventstest_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
)

// spy is a TB that keeps its failure.
type spy struct{ message string }

func (*spy) Helper()                             {}
func (s *spy) Errorf(format string, args ...any) { s.message += fmt.Sprintf(format, args...) }
func (*spy) FailNow()                            { runtime.Goexit() }

// failure runs an assertion and returns its message, empty when it held.
func failure(assert func(tb eventstest.TB)) string {
	s := &spy{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		assert(s)
	}()
	<-done
	return s.message
}

func TestRequirePublishedShowsTheNearestMiss(t *testing.T) {
	fake := eventstest.New(nil)
	isB := func(n note) bool { return n.Text == "b" }
	require.Contains(t, failure(func(tb eventstest.TB) { eventstest.RequirePublished(tb, fake, noted, isB) }), "nothing was published")

	publish(t, fake, "missing", "b")
	require.Contains(t, failure(func(tb eventstest.TB) { eventstest.RequirePublished(tb, fake, noted, isB) }),
		"lost, because its bus does not exist: notes Noted")

	publish(t, fake, "default", "a")
	require.Contains(t, failure(func(tb eventstest.TB) { eventstest.RequirePublished(tb, fake, noted.WithVersion(2), nil) }),
		"published: notes Noted")
	require.Contains(t, failure(func(tb eventstest.TB) { eventstest.RequirePublished(tb, fake, noted, isB) }), `near miss: {"text":"a"}`)

	publish(t, fake, "default", "b")
	require.Equal(t, note{"b"}, eventstest.RequirePublished(t, fake, noted, isB))
}

func TestRequireDeliveredShowsErrorsAndMisses(t *testing.T) {
	fake := eventstest.New(nil)
	target := recorder{failures: 1}
	fake.AddRule("default", "r", `{"detail":{"text":["b"]}}`, eventstest.Target{Invoke: target.invoke})
	publish(t, fake, "default", "a", "b")
	deliver(t, fake)
	message := failure(func(tb eventstest.TB) { eventstest.RequireDelivered(tb, fake, "r", 1) })
	require.Contains(t, message, `not matched: event 00000001-0000-4000-8000-000000000001: detail.text: want ["b"], got "a"`)
	require.Contains(t, message, "to target-1: pending after 1 attempts, last error: target failed")
	require.Contains(t, failure(func(tb eventstest.TB) { eventstest.RequireDelivered(tb, fake, "x", 1) }), "there is no such rule")
	require.Empty(t, failure(func(tb eventstest.TB) { eventstest.RequireDelivered(tb, fake, "r", 0) }))
}

func TestRequireMatch(t *testing.T) {
	p := events.MustParsePattern(`{"a":["x"],"b":[{"exists":true}]}`)
	match := func(event string) string {
		return failure(func(tb eventstest.TB) { eventstest.RequireMatch(tb, p, []byte(event)) })
	}
	require.Empty(t, match(`{"a":"x","b":1}`))
	require.Contains(t, match(`{"a":"y"}`), "a: want [\"x\"], got \"y\"\n  b: want [{\"exists\":true}], got nothing")
	require.Contains(t, match(`{`), "not a JSON object")
	noMatch := func(event string) string {
		return failure(func(tb eventstest.TB) { eventstest.RequireNoMatch(tb, p, []byte(event)) })
	}
	require.Empty(t, noMatch(`{"a":"y"}`))
	require.Contains(t, noMatch(`{"a":"x","b":1}`), "the pattern matches the event")
	require.Contains(t, noMatch(`[]`), "not a JSON object")
}
