package compare

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A request that breaks two rules is refused for one of them, and which one
// comes first is documented nowhere. Such an answer is explained, not a
// difference, when both servers are seen to know both rules: there is a smaller
// request that both refuse as the one did, and another that both refuse as the
// other did.

// maxProbes bounds the search for the smaller requests.
const maxProbes = 1500

// twoRules tells whether the answers refuse a request for two rules that both
// servers know. It sends requests, so that the servers are of no more use to
// the round.
func (o *Options) twoRules(server Server, r Request, got, want Answer) (bool, error) {
	if got.Status != 400 || want.Status != 400 || got.Text() == want.Text() {
		return false, nil
	}
	// A rule that the reference does not know cannot be seen in its answers.
	theirs, ours := false, isMissing(r, got)
	same := sameRule
	if rule(got) == rule(want) { // broken twice: then it has to be the same breach
		same = func(a, b Answer) bool { return a.Status == b.Status && a.Text() == b.Text() }
	}
	unused := unusedTexts.MatchString(got.Text()) || unusedTexts.MatchString(want.Text())
	queue := []any{repaired(r.In), renamed(r.In), r.In}
	seen := map[string]bool{}
	for probes := 0; len(queue) > 0 && probes < maxProbes; {
		in := queue[0].(Document)
		queue = queue[1:]
		for _, smaller := range append(reductions(in), in) {
			if !unused {
				smaller = pruned(smaller)
			}
			probe := Request{Op: r.Op, In: smaller.(Document)}
			text := probe.String()
			if seen[text] {
				continue
			}
			seen[text] = true
			if probes++; probes > maxProbes {
				break
			}
			a, b, err := o.both(server, o.Reference, probe)
			if err != nil {
				return false, err
			}
			if same(a, b) {
				ours = ours || same(a, got)
				theirs = theirs || same(a, want)
			}
			if ours && theirs {
				return true, nil
			}
			if a.Status == 400 && b.Status == 400 {
				queue = append(queue, smaller)
			}
		}
	}
	return false, nil
}

// sameRule tells whether the answers are refusals for the same rule, whatever
// it was that broke it.
func sameRule(a, b Answer) bool {
	return a.Status == 400 && b.Status == 400 && rule(a) == rule(b)
}

// particular are the parts of a text that name what broke the rule.
var particular = regexp.MustCompile(`(: ?\[[^\]]*\])|'[^']*'|"[^"]*"|[:#][A-Za-z_]\w*|\d+|\{.*?\}|, key:.*$|(token|operand|name|value|type|function|operator|key): \S+`)

// rule returns the text of a refusal without what it names.
func rule(a Answer) string {
	out, _ := a.Out.(Document)
	kind, _ := out["__type"].(string)
	text := strings.TrimPrefix(a.Text(), "1 validation error detected: ")
	return kind + particular.ReplaceAllString(text, "…")
}

// rewritten returns a copy of the input with each object in it changed, the inner
// ones first.
func rewritten(v any, change func(Document)) any {
	switch v := v.(type) {
	case Document:
		out := make(Document, len(v))
		for member, part := range v {
			out[member] = rewritten(part, change)
		}
		change(out)
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = rewritten(v[i], change)
		}
		return out
	}
	return v
}

// expressionsOf returns the expressions of an object, by member.
func expressionsOf(in Document) map[string]string {
	out := map[string]string{}
	for member, part := range in {
		if text, ok := part.(string); ok && strings.HasSuffix(member, "Expression") {
			out[member] = text
		}
	}
	return out
}

// renamed returns the input with expressions that speak of an attribute outside
// the key where they spoke of the key.
func renamed(v any) any {
	return rewritten(v, func(in Document) {
		for member, text := range expressionsOf(in) {
			in[member] = keyNames.ReplaceAllString(text, "free$0")
		}
	})
}

var keyNames = regexp.MustCompile(`\b[ps]k\b`)

var placeholders = regexp.MustCompile(`[:#]\w+`)

// repaired returns the input with a meaning for each placeholder that has none,
// in the request itself or in an action of it.
func repaired(v any) any {
	return rewritten(v, func(in Document) {
		names, values := Document{}, Document{}
		for _, text := range expressionsOf(in) {
			for _, p := range placeholders.FindAllString(text, -1) {
				if p[0] == '#' {
					names[p] = "free" + p[1:]
				} else {
					values[p] = Document{"N": "1"}
				}
			}
		}
		define(in, "ExpressionAttributeNames", names)
		define(in, "ExpressionAttributeValues", values)
	})
}

// pruned returns the input without the placeholders that the expressions beside
// them do not use.
func pruned(v any) any {
	return rewritten(v, func(in Document) {
		var used []string
		for _, text := range expressionsOf(in) {
			used = append(used, placeholders.FindAllString(text, -1)...)
		}
		if used != nil {
			keep(in, "ExpressionAttributeNames", used)
			keep(in, "ExpressionAttributeValues", used)
		}
	})
}

// keep removes all placeholders but those. A list without any is a mistake of its
// own and stays.
func keep(in Document, member string, used []string) {
	known, ok := in[member].(Document)
	if !ok || len(known) == 0 {
		return
	}
	left := maps.Clone(known)
	maps.DeleteFunc(left, func(name string, _ any) bool { return !slices.Contains(used, name) })
	if in[member] = left; len(left) == 0 {
		delete(in, member)
	}
}

// define adds what is missing to the placeholders of a request.
func define(in Document, member string, missing Document) {
	known, ok := in[member].(Document)
	if !ok && in[member] != nil || len(missing) == 0 {
		return
	}
	for name, meaning := range known {
		missing[name] = meaning
	}
	in[member] = missing
}
