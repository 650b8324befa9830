package compare

import (
	"fmt"
	"math/rand/v2"
)

// A maker makes up requests.
type maker struct {
	*rand.Rand
	tables []*table
	// prefix starts the names of all tables.
	prefix string
	// wide makes long values, so that sizes and pages matter.
	wide bool
	// next is the input of the page that follows the last answer.
	next *Request
}

func newMaker(seed, round uint64) *maker {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, round)), prefix: "thaw-compare-"}
	m.wide = m.chance(0.01)
	for i := range 1 + m.IntN(2) {
		m.tables = append(m.tables, m.table(fmt.Sprintf("%s%c", m.prefix, 'a'+i)))
	}
	return m
}

func (m *maker) chance(p float64) bool { return m.Float64() < p }

// pick returns one of the choices.
func pick[T any](m *maker, choices ...T) T { return choices[m.IntN(len(choices))] }

// A choice is a possibility with its weight.
type choice[T any] struct {
	weight int
	what   T
}

// weigh returns one of the choices, each as often as its weight says.
func weigh[T any](m *maker, choices []choice[T]) T {
	sum := 0
	for _, c := range choices {
		sum += c.weight
	}
	n := m.IntN(sum)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			return c.what
		}
	}
	panic("compare: no weight")
}
