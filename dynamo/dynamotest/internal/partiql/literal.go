package partiql

import (
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/number"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// maxLiteral is how many lists and maps may be around a part of a literal.
const maxLiteral = 32

// root returns how complaints name the part of a literal that is being read.
func (p *parser) root() string { return "root" + strings.Join(p.inside, "") }

// literal reads a value. It tells false, having taken nothing, when none starts
// here.
func (p *parser) literal() (value.Value, bool) {
	if len(p.inside) == maxLiteral {
		p.note("Nesting Levels have exceeded supported limits under %s", p.root())
	}
	t, next := p.peek(), p.peekAt(1)
	switch {
	case t.is("?"):
		p.at++
		return p.parameter(), true
	case t.is("<") && (next.is("<") || next.is("<>") && p.peekAt(2).is(">")):
		return p.bag(), true
	case t.is("["):
		return p.list(), true
	case t.is("{"):
		return value.Map(p.item(false)), true
	case (t.is("-") || t.is("+")) && next.kind == digits:
		p.at += 2
		return p.number(t.text + next.text), true
	}
	return p.scalar(t)
}

func (p *parser) scalar(t token) (v value.Value, ok bool) {
	p.at++
	switch {
	case t.kind == text:
		return value.String(t.text), true
	case t.kind == digits:
		return p.number(t.text), true
	case t.kind == ion:
		return p.ion(t), true
	case t.is("TRUE"), t.is("FALSE"):
		return value.Bool(t.is("TRUE")), true
	case t.is("NULL"):
		return value.Null(), true
	}
	p.at--
	return value.Value{}, false
}

func (p *parser) number(written string) value.Value {
	canonical, err := number.Normalize(written)
	if err != nil {
		p.note("%s under %s", err, p.root())
		return value.Null()
	}
	return value.Number(number.MustParse(canonical))
}

// part reads a part of a list or map.
func (p *parser) part(step string) value.Value {
	p.inside = append(p.inside, step)
	v := p.element()
	p.inside = p.inside[:len(p.inside)-1]
	return v
}

// element reads a value where nothing else can be.
func (p *parser) element() value.Value {
	v, ok := p.literal()
	if ok {
		return v
	}
	switch t := p.take(); {
	case t.kind == end:
		p.fail("Expected value")
	case t.kind == word && p.peek().is("("):
		name := "Call"
		if len(p.inside) == 0 {
			name = strings.ToLower(t.text)
		}
		p.note("Unsupported data type: %s under key %s at %s", name, p.root(), p.position(t))
		p.skipCall()
	case t.kind == word && operatorWords[upper(t)] && !t.is("NOT"):
		p.fail(unexpectedOperator)
	case t.kind == word && clauseWords[upper(t)]:
		p.fail(unexpectedKeyword)
	default:
		p.fail("Unexpected value in item literal: %s", p.written(t))
	}
	return value.Null()
}

func (p *parser) list() value.Value {
	p.expect("[")
	var out []value.Value
	for p.err == nil && !p.accept("]") {
		if p.peek().kind == end {
			p.fail("Unexpected end of list")
		}
		if p.accept(",") {
			continue
		}
		out = append(out, p.part("["+strconv.Itoa(len(out))+"]"))
		p.separator("]", "Expected RIGHT_BRACKET")
	}
	return value.List(out)
}

// item reads the attributes of a map, or of the item of an INSERT, which is at
// the top: complaints about a part of it do not name the attribute.
func (p *parser) item(top bool) value.Item {
	p.expect("{")
	out := value.Item{}
	for p.err == nil && !p.accept("}") {
		if p.peek().kind == end {
			p.fail("Unexpected end of item literal")
		}
		if p.accept(",") {
			continue
		}
		name := p.take()
		if name.text == "" {
			p.note(emptyComponent)
		}
		if p.peek().kind == end {
			p.fail("Expected ':'")
		}
		p.expect(":")
		if top {
			out = out.With(name.text, p.element())
		} else {
			out = out.With(name.text, p.part("."+name.text))
		}
		p.separator("}", "Expected RIGHT_CURLY")
	}
	return out
}

func (p *parser) separator(closing, missing string) {
	if t := p.peek(); !t.is(",") && !t.is(closing) {
		p.fail("%s", missing)
	}
}
