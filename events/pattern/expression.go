package pattern

import "github.com/go-thaw/thaw/events/internal/jsonscan"

// expression reads {"prefix": …} and its like. The matcher is nil for a field
// that must be absent.
func (p *parser) expression(path string) (m matcher, err error) {
	err = p.single(path, func(name string) error {
		m, err = p.operator(path, name)
		return err
	})
	return m, err
}

// single reads an object of one member.
func (p *parser) single(path string, member func(name string) error) error {
	start := *p
	members := 0
	err := p.Object(func(raw []byte) error {
		if members++; members > 1 {
			return p.fail(path, "a matcher must have exactly one key")
		}
		return member(string(jsonscan.Unquote(raw)))
	})
	if err == nil && members == 0 {
		return start.fail(path, "a matcher must have exactly one key")
	}
	return err
}

func (p *parser) operator(path, name string) (matcher, error) {
	switch name {
	case "exactly":
		s, err := p.string(path, name)
		return exactString{text: s}, err // without the other spellings of an address
	case "prefix", "suffix":
		return p.affix(path, name)
	case "equals-ignore-case":
		s, err := p.string(path, name)
		return foldEqual(s), err
	case "wildcard":
		return p.wildcard(path)
	case "anything-but":
		return p.anythingBut(path)
	case "numeric":
		return p.numeric(path)
	case "cidr":
		return p.cidr(path)
	case "exists":
		return p.exists(path)
	default:
		return nil, p.fail(path, "unknown matcher %q", name)
	}
}

func (p *parser) string(path, name string) (string, error) {
	if p.Kind() != jsonscan.String {
		return "", p.fail(path, "%q takes a string", name)
	}
	return p.text()
}

// affix reads what follows "prefix" or "suffix": a string, or a string whose
// case does not matter.
func (p *parser) affix(path, name string) (m matcher, err error) {
	if p.Kind() != jsonscan.Object {
		s, err := p.string(path, name)
		return newAffix(name, s, false), err
	}
	err = p.single(path, func(inner string) error {
		if inner != "equals-ignore-case" {
			return p.fail(path, "%q takes a string or \"equals-ignore-case\", not %q", name, inner)
		}
		s, err := p.string(path, inner)
		m = newAffix(name, s, true)
		return err
	})
	return m, err
}

func (p *parser) wildcard(path string) (matcher, error) {
	start := *p
	s, err := p.string(path, "wildcard")
	if err != nil {
		return nil, err
	}
	m, problem := newWildcard(s)
	if problem != "" {
		return nil, start.fail(path, "%s", problem)
	}
	return m, nil
}

func (p *parser) cidr(path string) (matcher, error) {
	start := *p
	s, err := p.string(path, "cidr")
	if err != nil {
		return nil, err
	}
	m, problem := newCIDR(s)
	if problem != "" {
		return nil, start.fail(path, "%s", problem)
	}
	return m, nil
}

func (p *parser) exists(path string) (matcher, error) {
	start := *p
	if p.Kind() == jsonscan.Literal {
		switch word, err := p.Literal(); {
		case err != nil:
			return nil, err
		case word == "true":
			return anyValue{}, nil
		case word == "false":
			return nil, nil
		}
	}
	return nil, start.fail(path, "\"exists\" takes true or false")
}

// anythingBut reads what follows "anything-but": a string, a number, a list of
// either, or a matcher of strings with one string or a list.
func (p *parser) anythingBut(path string) (matcher, error) {
	var excluded not
	var err error
	switch p.Kind() {
	case jsonscan.Object:
		err = p.single(path, func(name string) error { return p.anythingButMatcher(path, name, &excluded) })
	case jsonscan.Array:
		err = p.list(path, "anything-but", func() error { return p.anythingButValue(path, &excluded) })
	default:
		err = p.anythingButValue(path, &excluded)
	}
	return excluded, err
}

// list reads an array that must not be empty.
func (p *parser) list(path, name string, element func() error) error {
	start := *p
	elements := 0
	err := p.Array(func(int) error { elements++; return element() })
	if err == nil && elements == 0 {
		return start.fail(path, "the list of %q must not be empty", name)
	}
	return err
}

func (p *parser) anythingButValue(path string, excluded *not) error {
	start := *p
	var m matcher
	switch p.Kind() {
	case jsonscan.String:
		s, err := p.text()
		if err != nil {
			return err
		}
		m = exactString{text: s}
	case jsonscan.Number:
		n, err := p.comparable(path)
		if err != nil {
			return err
		}
		m = exactNumber{number: n}
	default:
		return p.fail(path, "\"anything-but\" takes strings or numbers")
	}
	if len(*excluded) > 0 && isNumber((*excluded)[0]) != isNumber(m) {
		return start.fail(path, "\"anything-but\" takes either strings or numbers, not both")
	}
	*excluded = append(*excluded, m)
	return nil
}

func isNumber(m matcher) bool { _, ok := m.(exactNumber); return ok }

func (p *parser) anythingButMatcher(path, name string, excluded *not) error {
	one := func() error {
		start := *p
		s, err := p.string(path, name)
		if err != nil {
			return err
		}
		var m matcher
		var problem string
		switch name {
		case "prefix", "suffix":
			m = newAffix(name, s, false)
			if s == "" {
				problem = "\"anything-but\" with an empty " + name + " excludes everything"
			}
		case "equals-ignore-case":
			m = foldEqual(s)
		case "wildcard":
			m, problem = newWildcard(s)
		default:
			problem = "\"anything-but\" does not take \"" + name + "\""
		}
		if problem != "" {
			return start.fail(path, "%s", problem)
		}
		*excluded = append(*excluded, m)
		return nil
	}
	if p.Kind() == jsonscan.Array {
		return p.list(path, name, one)
	}
	return one()
}

// comparable reads a number that can be compared.
func (p *parser) comparable(path string) (number, error) {
	start := *p
	raw, err := p.Number()
	if err != nil {
		return number{}, err
	}
	n := parseNumber(raw)
	if !n.ok {
		return n, start.fail(path, "the number %s has more digits than can be compared", raw)
	}
	return n, nil
}

// numeric reads ["=", x], ["<", x] or [">", x, "<", y] with their likes.
func (p *parser) numeric(path string) (matcher, error) {
	start := *p
	if p.Kind() != jsonscan.Array {
		return nil, p.fail(path, "\"numeric\" takes an array such as [\">\", 0, \"<=\", 5]")
	}
	var operators []string
	var operands []number
	err := p.Array(func(i int) error {
		if i%2 == 0 {
			if p.Kind() != jsonscan.String {
				return p.fail(path, "an operator such as \">=\" expected")
			}
			operator, err := p.text()
			operators = append(operators, operator)
			return err
		}
		if p.Kind() != jsonscan.Number {
			return p.fail(path, "a number must follow %q", operators[len(operators)-1])
		}
		n, err := p.comparable(path)
		operands = append(operands, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	m, problem := newNumeric(operators, operands)
	if problem != "" {
		return nil, start.fail(path, "%s", problem)
	}
	return m, nil
}
