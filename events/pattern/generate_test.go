package pattern_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A generator makes patterns and events at random. Both draw from a few names
// and a palette of a few values, so that they meet often enough.
type generator struct {
	*rand.Rand
	palette []string // JSON scalars
}

// names are fields; one has the dot that EventBridge takes for nesting, and one
// is the name of a matcher.
var names = []string{"a", "a", "a", "a", "b", "b", "c", "a.b", "prefix"}

// words are texts with a corner: case that folds oddly, addresses in unusual
// spelling, stars and backslashes, characters outside of the basic plane.
var words = []string{
	``, `a`, `A`, `ab`, `aB`, `abc`, `abab`, `abcabc`, `b`, `ba`, `xab`, `null`, `true`, `1`, `é`, `É`, `\u00e9`, `k`, `\u212a`,
	`ı`, `İ`, `i`, `I`, `ß`, `ẞ`, `SS`, `ſ`, `ΐ`, `Σ`, `ς`, `σ`, `😀`, `\ud83d\ude00`, `a*b`, `*`, `a\\b`, `\\`, `\"`, `\n`, `a.b`,
	`10.0.0.1`, `10.0.0.255`, `10.0.1.0`, `010.0.0.1`, `10.0.0.256`, `10.0.0`, `::1`, `2001:db8::1`, `2001:DB8::1`,
	`2001:0db8:0:0:0:0:0:1`, `::ffff:0a00:0001`, `::ffff:10.0.0.1`, `fe80::1%eth0`,
}

var numbers = []string{
	`0`, `-0`, `0.0`, `1`, `1.0`, `1e0`, `10`, `1E1`, `0.1`, `1e-1`, `0.10`, `-1`, `-1.5`, `3.14`, `5`, `5.000001`, `100`, `1e2`,
	`9007199254740991`, `9007199254740992`, `1e15`, `1e300`, `-1e300`, `5e9`, `5000000000`, `-5000000000.1`, `1e-10`,
}

// inexact are numbers that a float64 does not keep.
var inexact = []string{`9007199254740993`, `123456789012345678`, `0.1234567890123456789`, `1e400`}

func newGenerator(seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
	for range 4 {
		g.palette = append(g.palette, g.scalar())
	}
	return g
}

func (g *generator) one(of ...string) string { return of[g.IntN(len(of))] }

// rarely is true once in n times.
func (g *generator) rarely(n int) bool { return g.IntN(n) == 0 }

func (g *generator) scalar() string {
	switch g.IntN(8) {
	case 0, 1:
		if g.rarely(10) {
			return g.one(inexact...)
		}
		return g.one(numbers...)
	case 2:
		return g.one("true", "false", "null")
	default:
		return `"` + g.one(words...) + `"`
	}
}

// value is one of the palette, usually.
func (g *generator) value() string {
	if g.rarely(20) {
		return g.scalar()
	}
	return g.one(g.palette...)
}

// text is a string of the palette, usually.
func (g *generator) text() string {
	for range 5 {
		if v := g.value(); v[0] == '"' {
			return v
		}
	}
	return `"` + g.one(words...) + `"`
}

// part is a piece of a text of the palette.
func (g *generator) part() string {
	text := []rune(strings.Trim(g.text(), `"`))
	if strings.ContainsRune(string(text), '\\') {
		return `"a"`
	}
	from := g.IntN(len(text) + 1)
	return `"` + string(text[from:from+g.IntN(len(text)-from+1)]) + `"`
}

func (g *generator) number() string {
	for range 5 {
		if v := g.value(); strings.ContainsAny(v[:1], "-0123456789") {
			return v
		}
	}
	return g.one(numbers...)
}

// list joins up to n elements.
func (g *generator) list(least, n int, element func() string) string {
	var all []string
	for range least + g.IntN(n-least+1) {
		all = append(all, element())
	}
	return "[" + strings.Join(all, g.one(",", ", ")) + "]"
}

// pattern is a pattern, valid more often than not.
func (g *generator) pattern() string {
	text := g.fields(3, true)
	if g.rarely(20) {
		return g.damage(text)
	}
	return text
}

// fields is an object of fields, of a pattern or of an event.
func (g *generator) fields(depth int, inPattern bool) string {
	member := g.eventMember
	if inPattern {
		member = g.patternMember
	}
	least := 1
	if g.rarely(60) {
		least = 0
	}
	most := 4
	if inPattern {
		most = 2
	}
	members := g.list(least, most, func() string { return member(depth) })
	return "{" + members[1:len(members)-1] + "}"
}

func (g *generator) patternMember(depth int) string {
	switch {
	case depth > 0 && g.rarely(8):
		least := 2
		if g.rarely(20) {
			least = 0
		}
		return `"$or":` + g.list(least, 3, func() string { return g.fields(depth-1, true) })
	case depth > 0 && g.rarely(4):
		return `"` + g.one(names...) + `":` + g.fields(depth-1, true)
	case g.rarely(100):
		return `"` + g.one(names...) + `":` + g.value()
	default:
		least := 1
		if g.rarely(100) {
			least = 0
		}
		return `"` + g.one(names...) + `":` + g.list(least, 3, g.alternative)
	}
}

// alternative is one of the values that a field may have.
func (g *generator) alternative() string {
	if g.rarely(60) {
		return g.wrong()
	}
	switch g.IntN(24) {
	case 0, 1:
		return `{"` + g.one("prefix", "suffix") + `":` + g.part() + `}`
	case 2, 3:
		return `{"` + g.one("prefix", "suffix") + `":{"equals-ignore-case":` + g.part() + `}}`
	case 4:
		return `{"equals-ignore-case":` + g.text() + `}`
	case 5, 6:
		return `{"wildcard":` + g.wildcard() + `}`
	case 7, 8, 9, 10:
		return `{"anything-but":` + g.anythingBut() + `}`
	case 11, 12:
		return `{"numeric":` + g.numeric() + `}`
	case 13:
		return `{"cidr":` + g.cidr() + `}`
	case 14, 15:
		return `{"exists":` + g.one("true", "false") + `}`
	case 16:
		return `{"exactly":` + g.text() + `}`
	default:
		return g.value()
	}
}

func (g *generator) wildcard() string {
	text := strings.Trim(g.part(), `"`)
	return `"` + g.one("", "*", "*", `\\*`, "a") + text + g.one("", "*", "*", "*b", "*b*", `\\\\`) + `"`
}

func (g *generator) anythingBut() string {
	switch g.IntN(8) {
	case 0, 1:
		return g.text()
	case 2:
		return g.number()
	case 3:
		return g.list(1, 3, g.text)
	case 4:
		return g.list(1, 3, g.number)
	case 5:
		return `{"` + g.one("prefix", "suffix", "equals-ignore-case") + `":` + g.list(1, 2, g.part) + `}`
	case 6:
		return `{"wildcard":` + g.wildcard() + `}`
	default:
		return `{"` + g.one("prefix", "suffix", "equals-ignore-case") + `":` + g.part() + `}`
	}
}

func (g *generator) numeric() string {
	if g.rarely(2) {
		return fmt.Sprintf(`["%s",%s]`, g.one("=", "<", "<=", ">", ">="), g.number())
	}
	low, high := g.number(), g.number()
	if x, _ := strconv.ParseFloat(low, 64); x > 0 && strings.HasPrefix(high, "-") {
		low, high = high, low
	}
	return fmt.Sprintf(`[">%s",%s,"<%s",%s]`, g.one("", "="), low, g.one("", "="), high)
}

func (g *generator) cidr() string {
	if g.rarely(2) {
		return `"` + g.one("2001:db8::", "::", "::1", "::ffff:0a00:0000") + g.one("/0", "/8", "/64", "/127") + `"`
	}
	return `"` + g.one("10.0.0.0", "10.0.0.1", "0.0.0.0") + g.one("/24", "/8", "/0", "/31") + `"`
}

// wrong is an alternative that no pattern may have, as a rule.
func (g *generator) wrong() string {
	return g.one(`[]`, `["a"]`, `{}`, `{"prefix":1}`, `{"prefix":"a","suffix":"b"}`, `{"unknown":"a"}`, `{"exists":"true"}`,
		`{"exists":null}`, `{"prefix":["a"]}`, `{"wildcard":["a"]}`, `{"wildcard":"a\\b"}`, `{"wildcard":"a**"}`,
		`{"anything-but":null}`, `{"anything-but":{}}`, `{"anything-but":[]}`, `{"anything-but":["a",1]}`,
		`{"anything-but":{"prefix":""}}`, `{"anything-but":[["a"]]}`, `{"anything-but":{"exactly":"a"}}`,
		`{"anything-but":{"suffix":[]}}`, `{"anything-but":{"numeric":["=",1]}}`, `{"equals-ignore-case":1}`, `{"PREFIX":"a"}`,
		`{"prefix":{"suffix":"a"}}`, `{"prefix":{"equals-ignore-case":"a","prefix":"b"}}`, `{"cidr":1}`, `{"cidr":"10.0.0.0/33"}`,
		`{"cidr":"10.0.0.0/32"}`, `{"cidr":"10.0.0.0/-1"}`, `{"cidr":"10.0.0.0"}`, `{"cidr":"10.0.0/8"}`, `{"cidr":"::/128"}`,
		`{"numeric":[]}`, `{"numeric":["="]}`, `{"numeric":["=",1,"<"]}`, `{"numeric":["!=",1]}`, `{"numeric":["=","1"]}`,
		`{"numeric":[">",0,"<",5,"<",6]}`, `{"numeric":5}`, `{"numeric":[1,"="]}`, `{"numeric":["<",5,">",0]}`,
		`{"numeric":[">",5,"<",5]}`)
}

// event is an event, JSON more often than not.
func (g *generator) event() string {
	text := g.fields(3, false)
	if g.rarely(15) {
		return g.damage(text)
	}
	return text
}

func (g *generator) eventMember(depth int) string {
	name := `"` + g.one(names...) + `":`
	switch {
	case depth > 0 && g.rarely(5):
		return name + g.fields(depth-1, false)
	case depth > 0 && g.rarely(5):
		return name + g.list(0, 3, func() string { return g.element(depth - 1) })
	case g.rarely(6):
		return name + g.list(0, 3, g.value)
	default:
		return name + g.value()
	}
}

// element is an element of an array of objects.
func (g *generator) element(depth int) string {
	if g.rarely(5) {
		return g.value()
	}
	return g.fields(depth, false)
}

// damage changes, drops or doubles a byte.
func (g *generator) damage(text string) string {
	at := g.IntN(len(text))
	switch g.IntN(3) {
	case 0:
		return text[:at] + text[at+1:]
	case 1:
		return text[:at] + text[at:at+1] + text[at:]
	default:
		return text[:at] + g.one(`{`, `}`, `[`, `]`, `"`, `,`, `:`, `0`, `x`, ` `) + text[at+1:]
	}
}
