package pattern_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// rulerVariable names a command that reads pairs of pattern and event and
// writes the answers of AWS's own matcher: .ci/event-ruler/oracle.
const rulerVariable = "THAW_EVENT_RULER"

// The pairs of a comparison: events of one pattern follow each other.
const (
	rulerPatterns        = 20_000
	rulerEventsByPattern = 5
)

// A difference is a case in which the answers differ on purpose: Event Ruler
// says ruler of a pair to which it applies, and package pattern says ours.
type difference struct {
	reason      string
	ruler, ours string // an empty ruler says anything
	applies     func(pattern, event string) bool
}

var differences = []difference{
	{"text after the pattern is an error, not ignored", "", "invalid", func(pattern, _ string) bool { return hasTail(pattern) }},
	{"text after the event is an error, not ignored", "", "error", func(_, event string) bool { return hasTail(event) }},
	{"an empty list in anything-but is an error, not accepted to fail later", "", "invalid", func(pattern, _ string) bool {
		return strings.Contains(pattern, `"anything-but":{"suffix":[]}`)
	}},
	// Event Ruler writes a number as hexadecimal digits before it compares it
	// with those of the network, so that a network of all addresses takes it.
	{"cidr takes no number", "true", "false", func(pattern, event string) bool {
		return strings.Contains(pattern, `"cidr"`) && strings.ContainsAny(event, "0123456789")
	}},
	{"characters whose other case is longer do not fold", "true", "false", func(pattern, _ string) bool {
		return strings.Contains(pattern, `"equals-ignore-case"`) && strings.ContainsAny(pattern, "ßİΐ")
	}},
}

// repeats reports whether an object has a key twice, or one with a dot, which may
// be a path that is there already.
func repeats(s *jsonscan.Scanner) bool {
	found := false
	switch s.Kind() {
	case jsonscan.Object:
		seen := make(map[string]bool)
		for s.Object(); s.Member(); {
			found = found || seen[s.Key()] || strings.Contains(s.Key(), ".")
			seen[s.Key()] = true
			found = repeats(s) || found
		}
	case jsonscan.Array:
		for s.Array(); s.Element(); {
			found = repeats(s) || found
		}
	default:
		s.Skip()
	}
	return found
}

// hasTail reports whether something follows a JSON value.
func hasTail(text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	var value json.RawMessage
	if d.Decode(&value) != nil {
		return false
	}
	_, err := d.Token()
	return err != io.EOF
}

// TestMatchAgreesWithEventRuler compares 100,000 generated pairs: which patterns
// are invalid, which events are, and what matches. It takes ten seconds and Java.
func TestMatchAgreesWithEventRuler(t *testing.T) {
	oracle := os.Getenv(rulerVariable)
	if oracle == "" {
		t.Skip("SKIPPED: the comparison with AWS's matcher needs " + rulerVariable + "=.ci/event-ruler/oracle")
	}
	pairs := generatePairs()
	counts, deliberate := map[string]int{}, map[string]int{}
	ask(t, pairs, oracle)
	var differ []verdict
	for _, v := range pairs {
		counts[v.Want]++
		if got := v.judge(); got == v.Want {
			continue
		} else if reason := v.deliberate(got); reason != "" {
			deliberate[reason]++
		} else {
			differ = append(differ, v)
		}
	}
	requireAccidents(t, oracle, differ, deliberate)
	t.Logf("%d pairs: %v; of them different on purpose: %v", len(pairs), counts, deliberate)
	for _, answer := range []string{"true", "false", "invalid", "error"} {
		require.Greater(t, counts[answer], 1000, "too few pairs are %s for the comparison to mean much", answer)
	}
}

// requireAccidents takes the pairs that are left for accidents of Event Ruler.
func requireAccidents(t *testing.T, oracle string, differ []verdict, deliberate map[string]int) {
	t.Helper()
	// Where many values share an automaton, Event Ruler's now and then misses a
	// match or finds one that is none, depending on what else the pattern asks.
	// What counts is what it says about the values one by one.
	ask(t, differ, oracle, "apart")
	for _, v := range differ {
		event := jsonscan.New(v.Event)
		switch got := v.judge(); {
		case got == v.Want:
			deliberate["values that share an automaton disturb each other in Event Ruler"]++
		case got == "true" && repeats(&event):
			// Its way back through an array skips values that another member
			// has at the same path; no encoder writes such an event.
			deliberate["an event with two values of one path, one of them within an array"]++
		default:
			t.Errorf("event-ruler: %s, got %s\npattern %s\nevent   %s", v.Want, got, v.Pattern, v.Event)
		}
	}
}

// judge is what package pattern says of the pair, in the words of the oracle.
func (v verdict) judge() string {
	switch got := v.answer(); got {
	case "true", "false", "invalid":
		return got
	default:
		return "error"
	}
}

// deliberate returns why got differs from the answer of Event Ruler, empty when
// it should not.
func (v verdict) deliberate(got string) string {
	for _, d := range differences {
		if (d.ruler == "" || d.ruler == v.Want) && d.ours == got && d.applies(v.Pattern, v.Event) {
			return d.reason
		}
	}
	return ""
}

func generatePairs() []verdict {
	pairs := make([]verdict, 0, rulerPatterns*rulerEventsByPattern)
	for seed := range uint64(rulerPatterns) {
		g := newGenerator(seed)
		pattern := g.pattern()
		for range rulerEventsByPattern {
			pairs = append(pairs, verdict{Pattern: pattern, Event: g.event()})
		}
	}
	return pairs
}

// ask sets what each pair's answer is according to the oracle.
func ask(t *testing.T, pairs []verdict, oracle string, arguments ...string) {
	t.Helper()
	questions, input := io.Pipe()
	command := exec.CommandContext(t.Context(), oracle, arguments...)
	command.Stdin, command.Stderr = questions, os.Stderr
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	go func() {
		w := bufio.NewWriter(input)
		e := json.NewEncoder(w)
		for _, v := range pairs {
			if e.Encode([]string{v.Pattern, v.Event}) != nil {
				break // the oracle ended, which the count of its answers shows
			}
		}
		_ = w.Flush()
		_ = input.Close()
	}()
	answers := 0
	for lines := bufio.NewScanner(output); lines.Scan() && answers < len(pairs); answers++ {
		pairs[answers].Want = lines.Text()
	}
	require.NoError(t, command.Wait())
	require.Equal(t, len(pairs), answers)
}
