package yamlsubset

import (
	"encoding/json"
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// inline reads a value that starts with text on the current line and may go on
// over the lines that are indented deeper than indent.
func (p *parser) inline(text string, indent int) any {
	switch text[0] {
	case '{', '[', '"', '\'':
	case '&', '*', '%', '@', '`':
		p.fail("%q is not supported here", text[0])
	case '!':
		return p.after(text, indent, false)
	default:
		return p.plain(text, indent)
	}
	f := &flow{parser: p, text: text}
	value := f.value()
	if rest := strings.TrimSpace(f.text); rest != "" && rest[0] != '#' {
		p.fail("unexpected %q after the value", rest)
	}
	p.at++
	return value
}

// plain reads a scalar without quotes.
func (p *parser) plain(text string, indent int) any {
	parts := []string{uncomment(text)}
	for p.at++; p.at < len(p.lines); p.at++ {
		line := strings.TrimSpace(p.lines[p.at])
		if line == "" || line[0] == '#' || p.indent() <= indent {
			break
		}
		if _, _, ok := splitKey(line); ok {
			p.fail("a key within a scalar")
		}
		parts = append(parts, uncomment(line))
	}
	return scalar(strings.Join(parts, " "))
}

func uncomment(text string) string {
	if i := strings.Index(text, " #"); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSpace(text)
}

// scalar gives a plain scalar its type.
func scalar(text string) any {
	switch text {
	case "", "~", "null":
		return nil
	case "true":
		return true
	case "false":
		return false
	}
	c := jsonscan.New(text)
	if c.Kind() == jsonscan.Number {
		if c.Number(); c.End() == nil {
			return json.Number(text)
		}
	}
	return text
}

// A flow reads {…}, […] and quoted scalars. text is what is left of the current
// line.
type flow struct {
	*parser
	text string
}

// peek returns the next byte that is not space, on a later line if need be.
func (f *flow) peek() byte {
	for {
		f.text = strings.TrimLeft(f.text, " \t")
		if f.text != "" && f.text[0] != '#' {
			return f.text[0]
		}
		f.next()
	}
}

func (f *flow) next() {
	if f.at++; f.at >= len(f.lines) {
		f.fail("the value has no end")
	}
	f.text = f.lines[f.at]
}

// value reads a value. A plain scalar ends at a comma or a bracket.
func (f *flow) value() any {
	f.enter()
	defer func() { f.depth-- }()
	switch f.peek() {
	case '{':
		return f.mapping()
	case '[':
		return f.sequence()
	case '"':
		return f.double()
	case '\'':
		return f.single()
	case '!':
		tag, rest, _ := cutTag(f.text)
		f.text = rest
		return long(tag, f.value())
	case '&', '*':
		f.fail("anchors and aliases are not supported")
	}
	return scalar(f.word(",]}"))
}

// word reads up to one of the ends.
func (f *flow) word(ends string) string {
	i := 0
	for i < len(f.text) && !strings.ContainsRune(ends, rune(f.text[i])) {
		i++
	}
	word := f.text[:i]
	f.text = f.text[i:]
	return uncomment(word)
}

func (f *flow) sequence() []any {
	items := []any{}
	f.text = f.text[1:]
	for f.peek() != ']' {
		items = append(items, f.value())
		f.comma(']')
	}
	f.text = f.text[1:]
	return items
}

func (f *flow) mapping() map[string]any {
	out := make(map[string]any)
	f.text = f.text[1:]
	for f.peek() != '}' {
		key := f.key()
		if f.peek() != ':' {
			f.fail("':' expected after the key %q", key)
		}
		f.text = f.text[1:]
		out[key] = f.value()
		f.comma('}')
	}
	f.text = f.text[1:]
	return out
}

func (f *flow) key() string {
	switch f.peek() {
	case '"':
		return f.double()
	case '\'':
		return f.single()
	default:
		// A colon may be part of a name, as in Fn::Sub; one before a space ends it.
		i := 0
		for i < len(f.text) && f.text[i] != ',' && f.text[i] != '}' {
			if f.text[i] == ':' && (i+1 == len(f.text) || f.text[i+1] == ' ') {
				break
			}
			i++
		}
		key := strings.TrimSpace(f.text[:i])
		f.text = f.text[i:]
		return key
	}
}

// comma reads what separates the members of a collection.
func (f *flow) comma(closing byte) {
	switch f.peek() {
	case ',':
		f.text = f.text[1:]
	case closing:
	default:
		f.fail("',' or %q expected", closing)
	}
}

// double reads a scalar in double quotes, whose escapes are those of JSON.
func (f *flow) double() string {
	text := f.quoted(func(s string) int {
		for i := 0; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case '"':
				return i
			}
		}
		return -1
	})
	var out string
	if err := json.Unmarshal([]byte(`"`+text+`"`), &out); err != nil {
		f.fail("the text in double quotes: %v", err)
	}
	return out
}

// single reads a scalar in single quotes, in which two stand for one.
func (f *flow) single() string {
	text := f.quoted(func(s string) int {
		for i := 0; i < len(s); i++ {
			if s[i] != '\'' {
				continue
			}
			if i+1 == len(s) || s[i+1] != '\'' {
				return i
			}
			i++
		}
		return -1
	})
	return strings.ReplaceAll(text, "''", "'")
}

// quoted reads from a quote to where end finds the other one. Line ends are
// folded into a space.
func (f *flow) quoted(end func(string) int) string {
	text := f.text[1:]
	for {
		if i := end(text); i >= 0 {
			f.text = text[i+1:]
			return text[:i]
		}
		f.next()
		text = strings.TrimRight(text, " \t") + " " + strings.TrimLeft(f.text, " \t")
	}
}
