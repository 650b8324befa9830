package value

import "strings"

// Compact returns the same item with all its names and texts in one string of
// its own. What is read from a request shares the request's document and keeps
// all of it in memory, which for one item of a batch can be many times its
// size.
func (m Item) Compact() Item {
	c := compactor{}
	c.text.Grow(m.textLen())
	m.collect(&c.text)
	c.rest = c.text.String()
	return c.item(m)
}

// textLen returns the length of all names and texts.
func (m Item) textLen() int {
	n := 0
	for i := range m {
		n += len(m[i].Name) + m[i].Value.textLen()
	}
	return n
}

func (v Value) textLen() int {
	n := len(v.text)
	if v.more != nil {
		for _, e := range v.more.list {
			n += e.textLen()
		}
		n += v.more.attrs.textLen()
	}
	return n
}

// collect writes all names and texts in the order in which item and value take
// them again.
func (m Item) collect(b *strings.Builder) {
	for i := range m {
		b.WriteString(m[i].Name)
		m[i].Value.collect(b)
	}
}

func (v Value) collect(b *strings.Builder) {
	b.WriteString(v.text)
	if v.more != nil {
		for _, e := range v.more.list {
			e.collect(b)
		}
		v.more.attrs.collect(b)
	}
}

// compactor hands out the parts of the collected text.
type compactor struct {
	text strings.Builder
	rest string
}

func (c *compactor) take(n int) string {
	s := c.rest[:n]
	c.rest = c.rest[n:]
	return s
}

func (c *compactor) item(m Item) Item {
	if m == nil {
		return nil
	}
	out := make(Item, len(m))
	for i := range m {
		out[i].Name = c.take(len(m[i].Name))
		out[i].Value = c.value(m[i].Value)
	}
	return out
}

func (c *compactor) value(v Value) Value {
	v.text = c.take(len(v.text))
	if v.more == nil {
		return v
	}
	more := &compound{}
	if v.more.list != nil {
		more.list = make([]Value, len(v.more.list))
		for i, e := range v.more.list {
			more.list[i] = c.value(e)
		}
	}
	more.attrs = c.item(v.more.attrs)
	v.more = more
	return v
}
