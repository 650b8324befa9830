// Package wire reads DynamoDB's JSON requests: a parser into a small tree, the
// checks of the tree against an operation's shape, and an encoder.
package wire

import (
	"strings"
	"unicode/utf8"
)

// A Kind is the kind of a JSON value.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota
	False
	True
	Number
	String
	Array
	Object
)

// A Node is a JSON value. Nothing in it may be changed.
type Node struct {
	Kind Kind
	// Name is the member's name when the node is inside an object.
	Name string
	// Text is a string's decoded text or a number as it was written.
	Text string
	// Kids are an array's elements or an object's members, in order; the last
	// of several members with one name comes last.
	Kids []Node
}

// maxDepth bounds the recursion of the parser. DynamoDB's own parser gives up
// between 2,000 and 5,000 levels of an attribute value, two JSON levels each.
const maxDepth = 4032

// Parse reads one JSON document. It tells false for anything that is not JSON
// and for documents nested too deep to read.
func Parse(document []byte) (Node, bool) {
	p := parser{text: string(document)}
	var root Node
	if !p.value(&root, 0) {
		return Node{}, false
	}
	p.space()
	return root, p.at == len(p.text)
}

// Member returns the last member of that name, nil when there is none or it is
// null: DynamoDB takes null for absent.
func (n *Node) Member(name string) *Node {
	for i := len(n.Kids) - 1; i >= 0; i-- {
		if n.Kids[i].Name == name {
			if n.Kids[i].Kind == Null {
				return nil
			}
			return &n.Kids[i]
		}
	}
	return nil
}

// parser reads text from at. Finished kids wait on stack until their container
// is complete and is given a slice of exactly their number.
type parser struct {
	text  string
	at    int
	stack []Node
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// skip takes c when it comes next.
func (p *parser) skip(c byte) bool {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) value(n *Node, depth int) bool {
	p.space()
	if p.at >= len(p.text) || depth > maxDepth {
		return false
	}
	switch c := p.text[p.at]; c {
	case '{':
		n.Kind = Object
		return p.container(n, '}', depth+1)
	case '[':
		n.Kind = Array
		return p.container(n, ']', depth+1)
	case '"':
		n.Kind = String
		return p.str(&n.Text)
	case 't':
		return p.word(n, True, "true")
	case 'f':
		return p.word(n, False, "false")
	case 'n':
		return p.word(n, Null, "null")
	default:
		return p.number(n)
	}
}

func (p *parser) word(n *Node, kind Kind, word string) bool {
	n.Kind = kind
	if len(p.text)-p.at < len(word) || p.text[p.at:p.at+len(word)] != word {
		return false
	}
	p.at += len(word)
	return true
}

// container reads the members of an object or the elements of an array.
func (p *parser) container(n *Node, end byte, depth int) bool {
	p.at++
	if p.skip(end) {
		return true
	}
	base := len(p.stack)
	for {
		var kid Node
		if end == '}' && !p.name(&kid) || !p.value(&kid, depth) {
			return false
		}
		p.stack = append(p.stack, kid)
		if p.skip(',') {
			continue
		}
		if !p.skip(end) {
			return false
		}
		n.Kids = append(make([]Node, 0, len(p.stack)-base), p.stack[base:]...)
		p.stack = p.stack[:base]
		return true
	}
}

func (p *parser) name(n *Node) bool {
	p.space()
	return p.at < len(p.text) && p.text[p.at] == '"' && p.str(&n.Name) && p.skip(':')
}

// number reads a number by JSON's grammar.
func (p *parser) number(n *Node) bool {
	start := p.at
	p.take("-", 1)
	if p.take("0", 1) == 0 && p.take("0123456789", -1) == 0 {
		return false
	}
	if p.take(".", 1) == 1 && p.take("0123456789", -1) == 0 {
		return false
	}
	if p.take("eE", 1) == 1 {
		p.take("+-", 1)
		if p.take("0123456789", -1) == 0 {
			return false
		}
	}
	n.Kind, n.Text = Number, p.text[start:p.at]
	return true
}

// take skips up to limit characters of set, any number for -1, and returns how
// many it skipped.
func (p *parser) take(set string, limit int) int {
	taken := 0
	for p.at < len(p.text) && taken != limit && strings.IndexByte(set, p.text[p.at]) >= 0 {
		p.at++
		taken++
	}
	return taken
}

// str reads a string. One without escapes is a part of the document's text.
func (p *parser) str(out *string) bool {
	start := p.at + 1
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			*out = p.text[start:i]
			p.at = i + 1
			return utf8.ValidString(*out)
		case c == '\\':
			return p.escaped(start, i, out)
		case c < ' ':
			return false
		}
	}
	return false
}

// escaped reads the rest of a string from its first escape at i.
func (p *parser) escaped(start, i int, out *string) bool {
	b := append(make([]byte, 0, i-start+16), p.text[start:i]...)
	for i < len(p.text) {
		switch c := p.text[i]; {
		case c == '"':
			*out = string(b)
			p.at = i + 1
			return utf8.Valid(b)
		case c == '\\':
			var n int
			if b, n = appendEscape(b, p.text[i:]); n == 0 {
				return false
			}
			i += n
		case c < ' ':
			return false
		default:
			b = append(b, c)
			i++
		}
	}
	return false
}
