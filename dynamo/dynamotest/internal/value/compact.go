package value

import (
	"slices"
	"strings"
)

// Compact returns the same item with all its names and texts in one string of
// its own. What is read from a request shares the request's document and keeps
// all of it in memory, which for one item of a batch can be many times its
// size.
func (m Item) Compact() Item {
	out := m.clone()
	out.MakeCompact()
	return out
}

// MakeCompact does the same to m itself, which nobody else must have seen.
func (m Item) MakeCompact() {
	c := compactor{}
	c.text.Grow(m.textLen())
	m.collect(&c.text)
	c.rest = c.text.String()
	c.item(m)
}

// clone returns a copy that shares nothing but texts.
func (m Item) clone() Item {
	out := slices.Clone(m)
	for i := range out {
		out[i].Value = out[i].Value.clone()
	}
	return out
}

func (v Value) clone() Value {
	if v.more == nil {
		return v
	}
	list := slices.Clone(v.more.list)
	for i := range list {
		list[i] = list[i].clone()
	}
	v.more = &compound{list: list, attrs: v.more.attrs.clone()}
	return v
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

func (c *compactor) item(m Item) {
	for i := range m {
		m[i].Name = c.take(len(m[i].Name))
		c.value(&m[i].Value)
	}
}

func (c *compactor) value(v *Value) {
	if v.text != "" {
		v.text = c.take(len(v.text))
	}
	if v.more == nil {
		return
	}
	for i := range v.more.list {
		c.value(&v.more.list[i])
	}
	c.item(v.more.attrs)
}
