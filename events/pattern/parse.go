package pattern

import (
	"errors"
	"fmt"
	"maps"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// maxAlternatives bounds what the $or of a pattern multiply to. EventBridge
// refuses more, see
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
const maxAlternatives = 1000

// reserved are the names that EventBridge does not allow as fields below a
// $or, because they would read as matchers.
var reserved = map[string]bool{
	"exactly": true, "prefix": true, "suffix": true, "equals-ignore-case": true, "wildcard": true,
	"anything-but": true, "numeric": true, "cidr": true, "exists": true,
	"=": true, "<": true, "<=": true, ">": true, ">=": true,
}

// A rule is one alternative of a pattern: all its fields must hold. The keys
// are the names of the path joined by dots, because EventBridge does not tell
// {"a": {"b": …}} from {"a.b": …}.
type rule map[string]field

// A field is what a pattern asks of one path.
type field struct {
	matchers []matcher
	absent   bool   // the field may be missing
	text     string // as it is written
}

// Parse reads an event pattern, the JSON document of a rule. A pattern that
// EventBridge would refuse is a [*SyntaxError]. Parse keeps nothing of source.
func Parse(source []byte) (*Pattern, error) {
	p := &parser{source: source, Scanner: jsonscan.New(string(source))}
	rules, err := p.document()
	if err != nil {
		return nil, p.located(err)
	}
	return compile(string(source), rules), nil
}

type parser struct {
	jsonscan.Scanner
	source []byte
	inOr   int
}

func (p *parser) document() ([]rule, error) {
	if p.Kind() != jsonscan.Object {
		return nil, p.fail("", "a pattern must be an object")
	}
	rules, err := p.object("")
	if err != nil {
		return nil, err
	}
	return rules, p.End()
}

// located turns an error of the scanner into one of the pattern.
func (p *parser) located(err error) error {
	var scan *jsonscan.SyntaxError
	if errors.As(err, &scan) {
		return syntaxError(p.source, scan.Offset, "", scan.Detail)
	}
	return err
}

// fail is an error at the next value. Text that is not JSON comes first: what
// was found there may be a consequence of it.
func (p *parser) fail(path, format string, args ...any) error {
	p.Kind() // skips space
	if err := p.Err(); err != nil {
		return err
	}
	return syntaxError(p.source, p.Offset(), path, fmt.Sprintf(format, args...))
}

// object reads the object at path and returns its alternatives. As in
// EventBridge, a path that is written twice counts as the last time, also where
// one is within $or and the other beside it.
func (p *parser) object(path string) ([]rule, error) {
	start := *p
	product := []rule{{}}
	members := 0
	for p.Object(); p.Member(); members++ {
		factor, err := p.member(path, p.Key())
		if err != nil {
			return nil, err
		}
		if len(product)*len(factor) > maxAlternatives {
			return nil, start.fail(path, "$or makes more than %d alternatives", maxAlternatives)
		}
		product = multiply(product, factor)
	}
	if members == 0 && p.Err() == nil {
		return nil, start.fail(path, "an object must not be empty")
	}
	return product, p.Err()
}

// multiply returns the alternatives of rules that must hold together.
func multiply(product, factor []rule) []rule {
	if len(factor) == 1 {
		for _, r := range product {
			maps.Copy(r, factor[0])
		}
		return product
	}
	out := make([]rule, 0, len(product)*len(factor))
	for _, a := range product {
		for _, b := range factor {
			both := maps.Clone(a)
			maps.Copy(both, b)
			out = append(out, both)
		}
	}
	return out
}

// member reads the value of a key.
func (p *parser) member(path, key string) ([]rule, error) {
	if key == "$or" {
		return p.or(path)
	}
	if path != "" {
		key = path + "." + key
	}
	if name := lastName(path, key); p.inOr > 0 && reserved[name] {
		return nil, p.fail(key, "%q cannot be the name of a field within $or", name)
	}
	switch p.Kind() {
	case jsonscan.Object:
		return p.object(key)
	case jsonscan.Array:
		f, err := p.field(key)
		return []rule{{key: f}}, err
	default:
		return nil, p.fail(key, "the value must be an array of values to match, or an object")
	}
}

func lastName(path, key string) string {
	if path == "" {
		return key
	}
	return key[len(path)+1:]
}

// or reads the array of a $or.
func (p *parser) or(path string) ([]rule, error) {
	start := *p
	if p.Kind() != jsonscan.Array {
		return nil, p.fail(path, "$or must be an array")
	}
	p.inOr++
	defer func() { p.inOr-- }()
	var rules []rule
	branches := 0
	for p.Array(); p.Element(); branches++ {
		if p.Kind() != jsonscan.Object {
			return nil, p.fail(path, "$or takes objects only")
		}
		alternatives, err := p.object(path)
		if err != nil {
			return nil, err
		}
		rules = append(rules, alternatives...)
	}
	switch {
	case p.Err() != nil:
		return nil, p.Err()
	case branches < 2:
		return nil, start.fail(path, "$or needs at least two objects")
	case len(rules) > maxAlternatives:
		return nil, start.fail(path, "$or makes more than %d alternatives", maxAlternatives)
	}
	return rules, nil
}

// field reads the array of values that path may have.
func (p *parser) field(path string) (field, error) {
	start := *p
	f := field{}
	p.Kind()
	from := p.Offset()
	for p.Array(); p.Element(); {
		if err := p.value(path, &f); err != nil {
			return f, err
		}
	}
	if len(f.matchers) == 0 && !f.absent && p.Err() == nil {
		return f, start.fail(path, "an array must not be empty")
	}
	f.text = string(p.source[from:p.Offset()])
	return f, p.Err()
}

// value reads one element of such an array.
func (p *parser) value(path string, f *field) error {
	var m matcher
	var err error
	switch p.Kind() {
	case jsonscan.String:
		m = newExactString(p.String())
	case jsonscan.Number:
		m = newExactNumber(p.Number())
	case jsonscan.Bool, jsonscan.Null:
		m = literal(p.Skip())
	case jsonscan.Object:
		m, err = p.expression(path)
	default:
		err = p.fail(path, "a value must be a string, a number, true, false, null or an object such as {\"prefix\": \"a\"}")
	}
	if err == nil {
		err = p.Err()
	}
	if err != nil {
		return err
	}
	if m == nil {
		f.absent = true
		return nil
	}
	f.matchers = append(f.matchers, m)
	return nil
}
