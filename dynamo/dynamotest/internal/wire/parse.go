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
	root, ok := new(Reader).Parse(document)
	if !ok {
		return Node{}, false
	}
	return *root, true
}

// A Reader parses one document after the other with the same memory: what it
// returned is good until it parses the next one. The texts in it are the
// document's own, and stay.
type Reader struct {
	root Node
	// stack and nodes are not cleared in between: what they keep of a document
	// is gone with the next one.
	stack, nodes []Node
}

// Parse is like the function of that name.
func (r *Reader) Parse(document []byte) (*Node, bool) {
	if r.stack == nil {
		r.stack = make([]Node, 0, usualStack)
	}
	p := parser{text: string(document), stack: r.stack[:0], spare: r.nodes}
	root, ok := p.value(0)
	if cap(p.stack) <= maxKept {
		r.stack = p.stack
	}
	if p.used > len(r.nodes) && p.used <= maxKept {
		r.nodes = make([]Node, p.used) // what a request like this one takes
	}
	if !ok {
		return nil, false
	}
	p.space()
	r.root = root
	return &r.root, p.at == len(p.text)
}

// maxKept bounds the nodes that a reader keeps.
const maxKept = 1024

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
// is complete and is given a slice of exactly their number, cut off spare: most
// containers in a request are attribute values with a single member, for which
// an allocation each would be half of the parser's work. It counts in used what
// was cut.
type parser struct {
	text  string
	at    int
	stack []Node
	spare []Node
	used  int
}

// usualStack is the number of kids that wait at a time in usual requests: those
// of the item and of the request.
const usualStack = 24

// bytesPerNode is less than a member usually takes, name and punctuation
// included, so that one allocation of spare nodes does for a usual request.
const bytesPerNode = 12

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

func (p *parser) value(depth int) (n Node, ok bool) {
	p.space()
	if p.at >= len(p.text) || depth > maxDepth {
		return n, false
	}
	switch c := p.text[p.at]; c {
	case '{':
		n.Kind = Object
		n.Kids, ok = p.container('}', depth+1)
	case '[':
		n.Kind = Array
		n.Kids, ok = p.container(']', depth+1)
	case '"':
		n.Kind = String
		n.Text, ok = p.str()
	case 't':
		n.Kind, ok = True, p.word("true")
	case 'f':
		n.Kind, ok = False, p.word("false")
	case 'n':
		n.Kind, ok = Null, p.word("null")
	default:
		n.Kind = Number
		n.Text, ok = p.number()
	}
	return n, ok
}

func (p *parser) word(word string) bool {
	if len(p.text)-p.at < len(word) || p.text[p.at:p.at+len(word)] != word {
		return false
	}
	p.at += len(word)
	return true
}

// container reads the members of an object or the elements of an array.
func (p *parser) container(end byte, depth int) ([]Node, bool) {
	p.at++
	if p.skip(end) {
		return nil, true
	}
	base := len(p.stack)
	for {
		name, named := "", true
		if end == '}' {
			name, named = p.name()
		}
		if !named {
			return nil, false
		}
		kid, ok := p.value(depth)
		if !ok {
			return nil, false
		}
		kid.Name = name
		more := p.skip(',')
		if !more && !p.skip(end) {
			return nil, false
		}
		if !more && len(p.stack) == base { // an attribute value: no need to wait
			kids := p.cut(1)
			kids[0] = kid
			return kids, true
		}
		p.stack = append(p.stack, kid)
		if more {
			continue
		}
		kids := p.cut(len(p.stack) - base)
		copy(kids, p.stack[base:])
		p.stack = p.stack[:base]
		return kids, true
	}
}

// cut returns a slice of n nodes that nothing can be appended to.
func (p *parser) cut(n int) []Node {
	p.used += n
	if n > len(p.spare) {
		p.spare = make([]Node, max(n, min(64, (len(p.text)-p.at)/bytesPerNode)))
	}
	kids := p.spare[:n:n]
	p.spare = p.spare[n:]
	return kids
}

func (p *parser) name() (string, bool) {
	p.space()
	if p.at >= len(p.text) || p.text[p.at] != '"' {
		return "", false
	}
	name, ok := p.str()
	return name, ok && p.skip(':')
}

// number reads a number by JSON's grammar.
func (p *parser) number() (string, bool) {
	start := p.at
	p.take("-", 1)
	if p.take("0", 1) == 0 && p.take("0123456789", -1) == 0 {
		return "", false
	}
	if p.take(".", 1) == 1 && p.take("0123456789", -1) == 0 {
		return "", false
	}
	if p.take("eE", 1) == 1 {
		p.take("+-", 1)
		if p.take("0123456789", -1) == 0 {
			return "", false
		}
	}
	return p.text[start:p.at], true
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
func (p *parser) str() (string, bool) {
	start := p.at + 1
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.at = i + 1
			return p.text[start:i], utf8.ValidString(p.text[start:i])
		case c == '\\':
			return p.escaped(start, i)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped reads the rest of a string from its first escape at i.
func (p *parser) escaped(start, i int) (string, bool) {
	b := append(make([]byte, 0, i-start+16), p.text[start:i]...)
	for i < len(p.text) {
		switch c := p.text[i]; {
		case c == '"':
			p.at = i + 1
			return string(b), utf8.Valid(b)
		case c == '\\':
			var n int
			if b, n = appendEscape(b, p.text[i:]); n == 0 {
				return "", false
			}
			i += n
		case c < ' ':
			return "", false
		default:
			b = append(b, c)
			i++
		}
	}
	return "", false
}
