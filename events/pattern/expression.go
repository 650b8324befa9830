package pattern

import "github.com/go-thaw/thaw/internal/jsonscan"

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
	for p.Object(); p.Member(); {
		if members++; members > 1 {
			return p.fail(path, "a matcher must have exactly one key")
		}
		if err := member(p.Key()); err != nil {
			return err
		}
	}
	if members == 0 && p.Err() == nil {
		return start.fail(path, "a matcher must have exactly one key")
	}
	return p.Err()
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
	return p.String(), p.Err()
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
	if p.Kind() != jsonscan.Bool {
		return nil, p.fail(path, "\"exists\" takes true or false")
	}
	if p.Bool() {
		return anyValue{}, nil
	}
	return nil, p.Err()
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
	for p.Array(); p.Element(); elements++ {
		if err := element(); err != nil {
			return err
		}
	}
	if elements == 0 && p.Err() == nil {
		return start.fail(path, "the list of %q must not be empty", name)
	}
	return p.Err()
}

func (p *parser) anythingButValue(path string, excluded *not) error {
	start := *p
	var m matcher
	switch p.Kind() {
	case jsonscan.String:
		m = exactString{text: p.String()}
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
	raw := p.Number()
	if err := p.Err(); err != nil {
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
	for p.Array(); p.Element(); {
		if len(operators) == len(operands) {
			if p.Kind() != jsonscan.String {
				return nil, p.fail(path, "an operator such as \">=\" expected")
			}
			operators = append(operators, p.String())
			continue
		}
		if p.Kind() != jsonscan.Number {
			return nil, p.fail(path, "a number must follow %q", operators[len(operators)-1])
		}
		n, err := p.comparable(path)
		if err != nil {
			return nil, err
		}
		operands = append(operands, n)
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	m, problem := newNumeric(operators, operands)
	if problem != "" {
		return nil, start.fail(path, "%s", problem)
	}
	return m, nil
}
