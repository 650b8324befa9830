// Package jsonscan walks a JSON document in place: no tree, no allocation, no
// reflection. The events packages look at a document before or instead of
// decoding it (routing, patterns, the checks of a publisher), and most of the
// document is skipped.
package jsonscan

import "fmt"

// MaxDepth is the deepest nesting that is read. EventBridge takes up to 1000
// levels, see
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html;
// the bound also keeps the recursion of a hostile document small.
const MaxDepth = 1000

// An Error is a document that is not JSON, and where.
type Error struct {
	// Offset is the byte at which the document goes wrong.
	Offset int
	// Message says what is wrong there.
	Message string
}

// Error returns the message and the offset.
func (e *Error) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Message)
}

// A Kind is the type of a JSON value.
type Kind byte

// The kinds of values. None is the end of the document.
const (
	None    Kind = 0
	Object  Kind = '{'
	Array   Kind = '['
	String  Kind = '"'
	Number  Kind = '0'
	Literal Kind = 't' // true, false or null
	invalid Kind = '?'
)

// A Cursor is a place in a document. It grows no state of its own, so a copy
// remembers a place to come back to. It is not safe for concurrent use.
type Cursor struct {
	data  []byte
	pos   int
	depth int
}

// New returns a cursor at the beginning of data.
func New(data []byte) Cursor { return Cursor{data: data} }

// Offset returns the place of the next byte.
func (c *Cursor) Offset() int { return c.pos }

// Kind returns the kind of the next value without reading it.
func (c *Cursor) Kind() Kind {
	c.space()
	if c.pos == len(c.data) {
		return None
	}
	switch b := c.data[c.pos]; b {
	case '{', '[', '"':
		return Kind(b)
	case 't', 'f', 'n':
		return Literal
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return Number
	default:
		return invalid
	}
}

// End returns an error unless nothing but space is left.
func (c *Cursor) End() error {
	if c.Kind() != None {
		return c.fail("unexpected data after the value")
	}
	return nil
}

// Object reads an object and calls member with each key, as it is written
// between its quotes, at the place of its value. member reads the value.
func (c *Cursor) Object(member func(key []byte) error) error {
	more, err := c.open('{', '}')
	for more && err == nil {
		if err = c.member(member); err == nil {
			more, err = c.more('}')
		}
	}
	c.depth--
	return err
}

func (c *Cursor) member(member func(key []byte) error) error {
	if c.Kind() != String {
		return c.fail("a key must be a string")
	}
	key, err := c.String()
	if err != nil {
		return err
	}
	c.space()
	if c.pos == len(c.data) || c.data[c.pos] != ':' {
		return c.fail("':' must follow a key")
	}
	c.pos++
	return member(key)
}

// Array reads an array and calls element at the place of each element, which
// element reads.
func (c *Cursor) Array(element func(index int) error) error {
	more, err := c.open('[', ']')
	for i := 0; more && err == nil; i++ {
		if err = element(i); err == nil {
			more, err = c.more(']')
		}
	}
	c.depth--
	return err
}

// open reads the opening byte and reports whether anything precedes the closing
// one, which it reads otherwise.
func (c *Cursor) open(opening, closing byte) (bool, error) {
	c.depth++
	c.space()
	if c.pos == len(c.data) || c.data[c.pos] != opening {
		return false, c.fail(fmt.Sprintf("%q expected", opening))
	}
	if c.depth > MaxDepth {
		return false, c.fail("nested deeper than 1000 levels")
	}
	c.pos++
	c.space()
	if c.pos < len(c.data) && c.data[c.pos] == closing {
		c.pos++
		return false, nil
	}
	return true, nil
}

// more reads a comma, and reports true, or the closing byte.
func (c *Cursor) more(closing byte) (bool, error) {
	c.space()
	if c.pos < len(c.data) {
		switch c.data[c.pos] {
		case ',':
			c.pos++
			return true, nil
		case closing:
			c.pos++
			return false, nil
		}
	}
	return false, c.fail(fmt.Sprintf("',' or %q expected", closing))
}

// Skip reads any value and drops it.
func (c *Cursor) Skip() error {
	var err error
	switch c.Kind() {
	case Object:
		err = c.Object(func([]byte) error { return c.Skip() })
	case Array:
		err = c.Array(func(int) error { return c.Skip() })
	case String:
		_, err = c.String()
	case Number:
		_, err = c.Number()
	case Literal:
		_, err = c.Literal()
	default:
		err = c.fail("a value expected")
	}
	return err
}

// Raw reads any value and returns its bytes.
func (c *Cursor) Raw() ([]byte, error) {
	c.space()
	start := c.pos
	if err := c.Skip(); err != nil {
		return nil, err
	}
	return c.data[start:c.pos], nil
}

// Literal reads true, false or null and returns it.
func (c *Cursor) Literal() (string, error) {
	c.space()
	for _, word := range [...]string{"true", "false", "null"} {
		if end := c.pos + len(word); end <= len(c.data) && string(c.data[c.pos:end]) == word {
			c.pos = end
			return word, nil
		}
	}
	return "", c.fail("true, false or null expected")
}

// Number reads a number and returns it as it is written.
func (c *Cursor) Number() ([]byte, error) {
	c.space()
	start := c.pos
	c.accept('-', '-')
	if !c.accept('0', '0') && c.digits() == 0 {
		return nil, c.fail("a digit expected")
	}
	if c.accept('.', '.') && c.digits() == 0 {
		return nil, c.fail("a digit expected after the point")
	}
	if c.accept('e', 'E') {
		c.accept('+', '-')
		if c.digits() == 0 {
			return nil, c.fail("a digit expected in the exponent")
		}
	}
	return c.data[start:c.pos], nil
}

func (c *Cursor) accept(a, b byte) bool {
	if c.pos < len(c.data) && (c.data[c.pos] == a || c.data[c.pos] == b) {
		c.pos++
		return true
	}
	return false
}

func (c *Cursor) digits() int {
	start := c.pos
	for c.pos < len(c.data) && '0' <= c.data[c.pos] && c.data[c.pos] <= '9' {
		c.pos++
	}
	return c.pos - start
}

// String reads a string and returns what is written between its quotes, escapes
// included; see [Unquote].
func (c *Cursor) String() ([]byte, error) {
	c.space()
	if c.pos == len(c.data) || c.data[c.pos] != '"' {
		return nil, c.fail("a string expected")
	}
	c.pos++
	start := c.pos
	for c.pos < len(c.data) {
		switch b := c.data[c.pos]; {
		case b == '"':
			c.pos++
			return c.data[start : c.pos-1], nil
		case b == '\\':
			if err := c.escape(); err != nil {
				return nil, err
			}
		case b < ' ':
			return nil, c.fail("a control character in a string")
		default:
			c.pos++
		}
	}
	return nil, c.fail("a string without its end")
}

// escape reads one escape sequence.
func (c *Cursor) escape() error {
	if c.pos+1 >= len(c.data) {
		c.pos = len(c.data)
		return c.fail("a string without its end")
	}
	switch c.data[c.pos+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		c.pos += 2
		return nil
	case 'u':
		if c.pos+6 <= len(c.data) && hex(c.data[c.pos+2:c.pos+6]) != notHex {
			c.pos += 6
			return nil
		}
	}
	return c.fail("an unknown escape in a string")
}

func (c *Cursor) space() {
	for c.pos < len(c.data) {
		switch c.data[c.pos] {
		case ' ', '\t', '\n', '\r':
			c.pos++
		default:
			return
		}
	}
}

func (c *Cursor) fail(message string) error {
	if c.pos == len(c.data) {
		message = "unexpected end, " + message
	}
	return &Error{Offset: c.pos, Message: message}
}
