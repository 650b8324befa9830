package expr

import (
	"slices"
	"strconv"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

// parser walks the tokens of one expression. The first error sticks; after it
// every method returns without reading on.
type parser struct {
	source string
	tokens []token
	at     int
	err    error
	// reserved is the first attribute name that is a reserved word. A mistake of
	// syntax anywhere counts for more.
	reserved string
	// keywords are words of the grammar that are not those of every expression.
	keywords []string
	// operators counts operators and functions against their limit.
	operators int
}

// TooLong is the end of the complaint about an expression of too many bytes.
const TooLong = "Expression size has exceeded the maximum allowed size;"

// newParser checks what all kinds of expressions have in common.
func newParser(source string) (*parser, error) {
	switch {
	case source == "":
		return nil, complain("The expression can not be empty;")
	case len(source) > maxBytes:
		return nil, complain(TooLong)
	}
	p := &parser{source: source, tokens: lex(source)}
	for i, t := range p.tokens {
		if t.kind == bad {
			return nil, syntaxError(source, p.tokens, i)
		}
	}
	return p, nil
}

// finish returns the error, or the complaint about tokens that are left.
func (p *parser) finish() error {
	if p.peek().kind != end {
		p.unexpected()
	}
	if p.err == nil && p.operators > maxOperators {
		p.err = complain("The expression contains too many operators and functions; count: %d", p.operators)
	}
	return p.err
}

// checkReserved refuses a reserved word that stands for an attribute.
func (p *parser) checkReserved() error {
	if p.reserved == "" {
		return nil
	}
	return complain("Attribute name is a reserved keyword; reserved keyword: %s", p.reserved)
}

// refuse words err as the complaint about an expression of that member.
func refuse(member string, err error) error {
	return refusal.Request("%s", "Invalid "+member+": "+err.Error())
}

func (p *parser) peek() token { return p.tokens[p.at] }

// peekAt looks n tokens ahead.
func (p *parser) peekAt(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// unexpected fails at the token that comes next.
func (p *parser) unexpected() { p.fail(syntaxError(p.source, p.tokens, p.at)) }

// accept takes the symbol or keyword when it comes next.
func (p *parser) accept(text string) bool {
	t := p.peek()
	if p.err != nil || t.text != text || t.kind != symbol && t.kind != keyword {
		return false
	}
	p.at++
	return true
}

// expect takes the symbol or keyword, and fails when something else comes.
func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.unexpected()
	}
}

// take returns the next token, which must be of that kind.
func (p *parser) take(k kind) token {
	t := p.peek()
	if p.err != nil || t.kind != k {
		p.unexpected()
		return token{}
	}
	p.at++
	return t
}

// A rawPath is a path whose names may be references.
type rawPath []rawStep

type rawStep struct {
	name  string // empty for an index
	index int
}

// path reads name(.name | [index])*.
func (p *parser) path() rawPath { return p.steps(rawPath{p.step()}) }

// steps reads what follows in a path.
func (p *parser) steps(out rawPath) rawPath {
	for p.err == nil {
		switch {
		case p.accept("."):
			out = append(out, p.step())
		case p.accept("["):
			out = append(out, rawStep{index: p.index()})
			p.expect("]")
		default:
			return out
		}
	}
	return out
}

func (p *parser) step() rawStep {
	t := p.peek()
	switch {
	case p.err != nil:
		return rawStep{}
	case (t.kind == word || t.kind == alias) && !slices.Contains(p.keywords, upper(t)):
		if p.reserved == "" && t.kind == word && reserved(t.text) {
			p.reserved = t.text
		}
		p.at++
		return rawStep{name: t.text}
	}
	p.unexpected()
	return rawStep{}
}

func (p *parser) index() int {
	t := p.take(digits)
	if p.err != nil {
		return 0
	}
	n, err := strconv.ParseInt(t.text, 10, 32)
	if err != nil {
		p.fail(complain("List index is not within the allowable range; index: [%s]", t.text))
	}
	return int(n)
}

// resolve replaces the references in a path.
func (r rawPath) resolve(params *Params) (Path, error) {
	out := make(Path, len(r))
	for i, s := range r {
		out[i] = Step{Name: s.name, Index: s.index}
		if s.name != "" && s.name[0] == '#' {
			name, err := params.name(s.name)
			if err != nil {
				return nil, err
			}
			out[i].Name = name
		}
	}
	return out, nil
}
