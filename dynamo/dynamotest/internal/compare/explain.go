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
	queue := []any{repaired(r.In), renamed(r.In), r.In}
	seen := map[string]bool{}
	for probes := 0; len(queue) > 0 && probes < maxProbes; {
		in := queue[0].(Document)
		queue = queue[1:]
		for _, smaller := range append(reductions(in), in) {
			smaller = pruned(smaller)
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

// renamed returns the input with expressions that speak of an attribute outside
// the key where they spoke of the key.
func renamed(v any) any {
	switch v := v.(type) {
	case Document:
		out := make(Document, len(v))
		for member, part := range v {
			out[member] = renamed(part)
			if text, ok := part.(string); ok && strings.HasSuffix(member, "Expression") {
				out[member] = keyNames.ReplaceAllString(text, "free$0")
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = renamed(v[i])
		}
		return out
	}
	return v
}

var keyNames = regexp.MustCompile(`\b[ps]k\b`)

// repaired returns the input with a meaning for each placeholder that has none,
// in the request itself or in an action of it.
func repaired(v any) any {
	switch v := v.(type) {
	case Document:
		out := make(Document, len(v))
		names, values := Document{}, Document{}
		for member, part := range v {
			out[member] = repaired(part)
			if text, ok := part.(string); ok && strings.HasSuffix(member, "Expression") {
				for _, p := range placeholders.FindAllString(text, -1) {
					if p[0] == '#' {
						names[p] = "free" + p[1:]
					} else {
						values[p] = Document{"N": "1"}
					}
				}
			}
		}
		define(out, "ExpressionAttributeNames", names)
		define(out, "ExpressionAttributeValues", values)
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = repaired(v[i])
		}
		return out
	}
	return v
}

var placeholders = regexp.MustCompile(`[:#]\w+`)

// pruned returns the input without the placeholders that the expressions beside
// them do not use.
func pruned(v any) any {
	switch v := v.(type) {
	case Document:
		var used []string
		out := make(Document, len(v))
		for member, part := range v {
			out[member] = pruned(part)
			if text, ok := part.(string); ok && strings.HasSuffix(member, "Expression") {
				used = append(used, placeholders.FindAllString(text, -1)...)
			}
		}
		if used != nil {
			keep(out, "ExpressionAttributeNames", used)
			keep(out, "ExpressionAttributeValues", used)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = pruned(v[i])
		}
		return out
	}
	return v
}

// keep removes all placeholders but those.
func keep(in Document, member string, used []string) {
	known, ok := in[member].(Document)
	if !ok {
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
