package partiql

import (
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

const bagText = "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"

// A member is a part of a bag: a value, or what cannot be in one.
type member struct {
	value  value.Value // None for a path, a parameter or an Ion literal
	ion    string
	param  bool
	digits string // of a number as it was written
	at     token
}

// bag reads << … >>, which is a set of strings or numbers.
func (p *parser) bag() value.Value {
	var members []member
	if p.accept("<"); p.accept("<>") { // nothing in between
		p.expect(">")
	} else {
		members = p.members()
	}
	if p.err != nil {
		return value.Null()
	}
	if len(members) == 0 {
		p.note("Empty bags are not supported")
		return value.Null()
	}
	if text := p.checkBag(members); text != "" {
		p.note("%s", text)
		return value.Null()
	}
	values := make([]value.Value, len(members))
	for i, m := range members {
		values[i] = m.value
	}
	if members[0].value.Type() == value.N {
		return p.numberSet(members, values)
	}
	s := value.Set(value.SS, values)
	if err := s.CheckSets(value.Older); err != nil {
		e, _ := refusal.As(err)
		p.note("%s", e.Message)
	}
	return s
}

func (p *parser) numberSet(members []member, values []value.Value) value.Value {
	s := value.Set(value.NS, values)
	if s.CheckSets(value.Older) != nil {
		written := make([]string, len(members))
		for i, m := range members {
			written[i] = m.digits
		}
		p.note("One or more parameter values were invalid: Input collection [%s] contains duplicates! under %s",
			strings.Join(written, ", "), p.root())
	}
	return s
}

func (p *parser) members() []member {
	p.expect("<")
	var out []member
	for p.err == nil && !p.accept(">") {
		if p.peek().kind == end {
			p.fail("Unexpected end of set literal")
		}
		if p.accept(",") {
			continue
		}
		out = append(out, p.member())
		p.separator(">", "Expected RIGHT_DOUBLE_ANGLE_BRACKET")
	}
	p.accept(">")
	return out
}

func (p *parser) member() member {
	m := member{at: p.peek()}
	switch t := m.at; {
	case p.accept("?"):
		p.used++
		m.param = true
	case t.kind == ion:
		p.at++
		if m.ion = ionType(t.text); m.ion == "" {
			p.fail("")
		}
	case t.kind == word && !t.is("TRUE") && !t.is("FALSE") && !t.is("NULL"):
		p.path(unexpectedTerm)
	default:
		start := p.at
		m.value = p.element()
		for _, t := range p.tokens[min(start, len(p.tokens)):min(p.at, len(p.tokens))] {
			m.digits += t.text
		}
		m.at.length = p.memberLength(m, start)
	}
	return m
}

// memberLength returns the length by which complaints give a member's position: a
// number with its sign, the brackets of a bag, or one token.
func (p *parser) memberLength(m member, start int) int {
	switch last := p.at - 1; {
	case m.at.is("<"):
		return 2
	case m.value.Type() == value.N && p.err == nil && last < len(p.tokens):
		return p.tokens[last].start + p.tokens[last].length - p.tokens[start].start
	}
	return m.at.length
}

// checkBag returns the complaint about the first member that does not go with
// the one before all.
func (p *parser) checkBag(members []member) string {
	first := members[0].value.Type()
	if first != value.S && first != value.N {
		return bagText + " at " + p.position(members[0].at)
	}
	for _, m := range members[1:] {
		switch {
		case m.value.Type() == first:
		case m.param:
			return "Unsupported data type: Parameter under key " + p.root() + " at " + p.position(m.at)
		case m.ion != "":
			return p.ionText(m.ion, m.at)
		case first == value.S:
			return bagText + " at " + p.position(m.at)
		case m.value.Type() == value.NULL:
			return "One or more parameter values were invalid: Numeric sets may not contain null under " + p.root()
		default:
			return bagText
		}
	}
	return ""
}
