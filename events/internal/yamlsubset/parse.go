// Package yamlsubset reads the part of YAML that CloudFormation and SAM
// templates are written in: block and flow collections, plain, quoted and block
// scalars, comments and the short forms of intrinsic functions. Anchors,
// aliases, merge keys and several documents are errors, not guesses. A YAML
// library would be a dependency of everybody who publishes an event, for a
// function that runs in tests.
package yamlsubset

import (
	"fmt"
	"strings"
)

// maxDepth bounds the recursion.
const maxDepth = 100

// An Error is a document that cannot be read, and where.
type Error struct {
	// Line is the line, from 1.
	Line int
	// Message says what is wrong.
	Message string
}

// Error returns the line and the message.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// Parse reads a document into map[string]any, []any, string, json.Number, bool
// and nil. A tag !Name becomes the map {"Fn::Name": value}, and !Ref and
// !Condition those of their long forms.
func Parse(document []byte) (value any, err error) {
	p := &parser{lines: strings.Split(strings.ReplaceAll(string(document), "\r\n", "\n"), "\n")}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *Error:
			value, err = nil, e
		default:
			panic(e)
		}
	}()
	if p.skip() && strings.HasPrefix(p.lines[p.at], "---") {
		p.lines[p.at] = strings.TrimPrefix(p.lines[p.at], "---")
	}
	if !p.skip() {
		return nil, nil
	}
	value = p.block(p.indent())
	if p.skip() {
		p.fail("unexpected indentation or a second document")
	}
	return value, nil
}

// A parser is a place in the lines of a document. Its methods panic with an
// *Error, which Parse recovers: nearly all of them can fail.
type parser struct {
	lines []string
	at    int
	depth int
}

func (p *parser) fail(format string, args ...any) {
	panic(&Error{Line: min(p.at+1, len(p.lines)), Message: fmt.Sprintf(format, args...)})
}

// skip goes to the next line that is not blank or a comment, false at the end.
func (p *parser) skip() bool {
	for ; p.at < len(p.lines); p.at++ {
		if text := strings.TrimSpace(p.lines[p.at]); text != "" && text[0] != '#' {
			return true
		}
	}
	return false
}

func (p *parser) indent() int {
	line := p.lines[p.at]
	n := len(line) - len(strings.TrimLeft(line, " "))
	if n < len(line) && line[n] == '\t' {
		p.fail("a tab cannot indent")
	}
	return n
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.fail("nested deeper than %d levels", maxDepth)
	}
}

// block reads the value that starts on the current line.
func (p *parser) block(indent int) any {
	p.enter()
	defer func() { p.depth-- }()
	text := p.lines[p.at][indent:]
	if isItem(text) {
		return p.sequence(indent)
	}
	if _, _, ok := splitKey(text); ok {
		return p.mapping(indent)
	}
	return p.inline(text, indent-1)
}

func isItem(text string) bool { return text == "-" || strings.HasPrefix(text, "- ") }

// sequence reads items that start with a dash at indent.
func (p *parser) sequence(indent int) []any {
	items := []any{}
	for p.skip() && p.indent() == indent && isItem(p.lines[p.at][indent:]) {
		text := p.lines[p.at][indent+1:]
		rest := strings.TrimLeft(text, " ")
		column := indent + 1 + len(text) - len(rest)
		_, _, isMap := splitKey(rest)
		if isMap || isItem(rest) {
			// What follows the dash is the first line of a block of its own.
			p.lines[p.at] = strings.Repeat(" ", column) + rest
			items = append(items, p.block(column))
			continue
		}
		items = append(items, p.after(rest, indent, false))
	}
	return items
}

// mapping reads the keys at indent.
func (p *parser) mapping(indent int) map[string]any {
	out := make(map[string]any)
	for p.skip() && p.indent() == indent {
		key, rest, ok := splitKey(p.lines[p.at][indent:])
		switch {
		case !ok:
			p.fail("a key expected")
		case key == "<<":
			p.fail("merge keys are not supported")
		}
		if _, twice := out[key]; twice {
			p.fail("the key %q is there twice", key)
		}
		out[key] = p.after(rest, indent, true)
	}
	return out
}

// after reads the value behind a key or a dash at indent. The items of a
// sequence may stand as far left as the key they belong to.
func (p *parser) after(rest string, indent int, isKey bool) any {
	if tag, value, ok := cutTag(rest); ok {
		p.enter()
		defer func() { p.depth-- }()
		return long(tag, p.after(value, indent, isKey))
	}
	switch {
	case rest == "" || rest[0] == '#':
		p.at++
		if p.skip() && (p.indent() > indent || isKey && p.indent() == indent && isItem(p.lines[p.at][indent:])) {
			return p.block(p.indent())
		}
		return nil
	case rest[0] == '|' || rest[0] == '>':
		return p.blockScalar(rest, indent)
	default:
		return p.inline(rest, indent)
	}
}

// blockScalar reads the lines below "|" or ">" that are indented deeper.
func (p *parser) blockScalar(header string, indent int) string {
	fold, keep := header[0] == '>', strings.ContainsRune(header, '+')
	strip := strings.ContainsRune(header, '-')
	var lines []string
	own := -1
	for p.at++; p.at < len(p.lines); p.at++ {
		line := p.lines[p.at]
		if strings.TrimSpace(line) == "" {
			lines = append(lines, "")
			continue
		}
		if n := p.indent(); own < 0 {
			own = n
		}
		if own <= indent || p.indent() < own {
			break
		}
		lines = append(lines, line[own:])
	}
	separator := "\n"
	if fold {
		separator = " "
	}
	text := strings.Join(lines, separator)
	if !keep {
		text = strings.TrimRight(text, "\n ")
	}
	if !strip && !keep {
		text += "\n"
	}
	return text
}

// splitKey takes "key: rest" apart.
func splitKey(text string) (key, rest string, ok bool) {
	if text == "" || strings.ContainsRune("{[!&*|>#%@`", rune(text[0])) {
		return "", "", false
	}
	if quote := text[0]; quote == '"' || quote == '\'' {
		end := strings.IndexByte(text[1:], quote) + 1
		if end == 0 || !strings.HasPrefix(text[end+1:], ":") {
			return "", "", false
		}
		return text[1:end], strings.TrimSpace(text[end+2:]), true
	}
	comment := strings.Index(text, " #")
	i := strings.Index(text, ": ")
	if i < 0 && strings.HasSuffix(strings.TrimRight(text, " "), ":") {
		i = len(strings.TrimRight(text, " ")) - 1
	}
	if i < 0 && comment > 0 && strings.HasSuffix(strings.TrimRight(text[:comment], " "), ":") {
		i = len(strings.TrimRight(text[:comment], " ")) - 1
	}
	if i < 0 || comment >= 0 && comment < i {
		return "", "", false
	}
	return strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1:]), true
}

// cutTag takes "!Name rest" apart.
func cutTag(text string) (tag, rest string, ok bool) {
	if !strings.HasPrefix(text, "!") {
		return "", "", false
	}
	end := strings.IndexAny(text, " ,]}\n")
	if end < 0 {
		end = len(text)
	}
	return text[1:end], strings.TrimLeft(text[end:], " "), true
}

// long returns the long form of an intrinsic function.
func long(tag string, value any) map[string]any {
	if tag != "Ref" && tag != "Condition" {
		tag = "Fn::" + tag
	}
	return map[string]any{tag: value}
}
