package dynamo

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// clauses are what an update does, by top-level attribute.
type clauses struct {
	set     map[string]types.AttributeValue // attribute = value
	removed []string                        // attributes that are removed whole
	other   []string                        // attributes that are computed, or changed in part
}

// parseClauses reads an update expression that the SDK's builder made: one line
// per kind of clause, and nothing in it but placeholders, functions and + or -.
func parseClauses(text string, names map[string]string, values map[string]types.AttributeValue) clauses {
	c := clauses{set: map[string]types.AttributeValue{}}
	for line := range strings.Lines(text) {
		kind, list, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, action := range splitActions(list) {
			path, operand, _ := strings.Cut(action, " ")
			name, nested := topLevel(path, names)
			value, plain := values[strings.TrimPrefix(operand, "= ")]
			switch {
			case kind == "SET" && plain && !nested:
				c.set[name] = value
			case kind == "REMOVE" && !nested:
				c.removed = append(c.removed, name)
			default:
				c.other = append(c.other, name)
			}
		}
	}
	return c
}

// splitActions splits a list at its commas, those within a function excepted.
func splitActions(list string) []string {
	var actions []string
	depth, start := 0, 0
	for i := range len(list) {
		switch list[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				actions = append(actions, strings.TrimSpace(list[start:i]))
				start = i + 1
			}
		}
	}
	return append(actions, strings.TrimSpace(list[start:]))
}

// topLevel returns the attribute in which path lies.
func topLevel(path string, names map[string]string) (name string, nested bool) {
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		return names[path], false
	}
	return names[path[:end]], true
}

func (c *clauses) removes(name string) bool { return slices.Contains(c.removed, name) }

func (c *clauses) touches(name string) bool {
	_, set := c.set[name]
	return set || c.removes(name) || slices.Contains(c.other, name)
}

// holdIn tells whether item is what the clauses would leave behind. Where that
// depends on what was there before, it is false.
func (c *clauses) holdIn(item map[string]types.AttributeValue) bool {
	if len(c.other) > 0 || item == nil {
		return false
	}
	for name, want := range c.set {
		if got, ok := item[name]; !ok || !sameValue(want, got) {
			return false
		}
	}
	for _, name := range c.removed {
		if _, ok := item[name]; ok {
			return false
		}
	}
	return true
}

// appendClause adds action to the clauses of its kind in text.
func appendClause(text, kind, action string) string {
	line := kind + " "
	if i := strings.Index("\n"+text, "\n"+line); i >= 0 {
		i += len(line)
		return text[:i] + action + ", " + text[i:]
	}
	return text + line + action + "\n"
}
