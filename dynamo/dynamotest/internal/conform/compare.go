package conform

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// compare tells how an answer differs from what the step wants.
func (r *run) compare(s step, got answer) error {
	problem := r.differs(s, got)
	if problem == "" {
		return nil
	}
	return fmt.Errorf("%s\n%s %s\n got %d %s\nwant %s", problem, s.op, shorten(s.input), got.status, shorten(string(got.body)), shorten(r.replace(s.want)))
}

// maxShown bounds how much of a document is shown.
const maxShown = 2000

func shorten(s string) string {
	if len(s) > maxShown {
		return s[:maxShown] + "…"
	}
	return s
}

func (r *run) differs(s step, got answer) string {
	kind, text, failed := got.failure()
	want := r.replace(s.want)
	switch {
	case strings.HasPrefix(want, "{"), strings.HasPrefix(want, "~"), want == "":
		if failed {
			return "the request failed"
		}
		return differingOutput(s.op, got.body, want)
	case !failed:
		return "the request succeeded"
	}
	wantKind, wantText, _ := strings.Cut(want, ": ")
	_, short, _ := strings.Cut(kind, "#")
	switch {
	case short != wantKind:
		return "the error is of another type"
	case strings.TrimRight(text, " ") != strings.TrimRight(wantText, " "): // editors remove them
		return "the error has another text"
	}
	return ""
}

func differingOutput(op string, body []byte, want string) string {
	if want == "" {
		return ""
	}
	want, part := strings.CutPrefix(want, "~")
	var a, b any
	if err := json.Unmarshal(body, &a); err != nil {
		return err.Error()
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		return "the rule itself: " + err.Error()
	}
	loose := op == "Scan" || op == "BatchGetItem"
	a, b = settle("", a, loose), settle("", b, loose)
	if part && contains(a, b) || reflect.DeepEqual(a, b) {
		return ""
	}
	return "the output is another"
}

// unstable are the members that differ from one run to the next.
var unstable = []string{"TableId", "TableArn", "IndexArn", "CreationDateTime", "LatestStreamArn", "LatestStreamLabel",
	"LastUpdateToPayPerRequestDateTime", "LastIncreaseDateTime", "LastDecreaseDateTime", "LastUpdateDateTime"}

// settle removes unstable members and sorts sets, and loose lists of items.
func settle(name string, v any, loose bool) any {
	switch v := v.(type) {
	case map[string]any:
		for member := range v {
			if slices.Contains(unstable, member) {
				delete(v, member)
			} else {
				v[member] = settle(member, v[member], loose)
			}
		}
	case []any:
		for i := range v {
			v[i] = settle("", v[i], loose)
		}
		if loose && name != "L" || name == "SS" || name == "NS" || name == "BS" {
			slices.SortFunc(v, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	return v
}

// contains tells whether a has all that b has.
func contains(a, b any) bool {
	switch b := b.(type) {
	case map[string]any:
		a, ok := a.(map[string]any)
		for name := range b {
			ok = ok && contains(a[name], b[name])
		}
		return ok
	case []any:
		a, ok := a.([]any)
		ok = ok && len(a) == len(b)
		for i := range b {
			ok = ok && contains(a[i], b[i])
		}
		return ok
	}
	return reflect.DeepEqual(a, b)
}
