package pattern

import (
	"math"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// A number is a JSON number as EventBridge compares it: as a float64, provided
// that the float64 stands for exactly what is written. 0.1 does, since it is the
// shortest text of its float64; 9007199254740993 does not, and matches only a
// number that is written the same.
type number struct {
	value float64
	ok    bool
}

// exactDigits is the number of significant decimal digits that every float64
// keeps (DBL_DIG of C).
const exactDigits = 15

func parseNumber(raw string) number {
	value, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(value, 0) {
		return number{}
	}
	if len(raw) <= exactDigits && math.Abs(value) > 1e-300 {
		return number{value, true}
	}
	digits, exponent := decimal(raw)
	shortest, shortestExponent := decimal(strconv.FormatFloat(value, 'e', -1, 64))
	return number{value, exponent == shortestExponent && digits == shortest}
}

// decimal returns the significant digits of raw and the power of ten of the
// last one; none for zero.
func decimal(raw string) (digits string, exponent int) {
	if i := strings.IndexAny(raw, "eE"); i >= 0 {
		e, err := strconv.Atoi(strings.TrimPrefix(raw[i+1:], "+"))
		if err != nil {
			e = math.MaxInt32 // beyond every float64
		}
		raw, exponent = raw[:i], e
	}
	if i := strings.IndexByte(raw, '.'); i >= 0 {
		exponent -= len(raw) - i - 1
		raw = raw[:i] + raw[i+1:]
	}
	digits = strings.TrimLeft(raw, "-0")
	trimmed := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(trimmed)
	if len(trimmed) == 0 {
		return "", 0
	}
	return trimmed, exponent
}

// numeric matches the numbers of an interval.
type numeric struct {
	low, high         float64
	openLow, openHigh bool
}

func newNumeric(operators []string, operands []number) (m numeric, problem string) {
	m = numeric{low: math.Inf(-1), high: math.Inf(1)}
	if len(operators) == 0 || len(operators) != len(operands) {
		return m, "\"numeric\" takes an operator and a number, or two of each"
	}
	for i, operator := range operators {
		x := operands[i].value
		switch {
		case i == 0 && operator == "=":
			m.low, m.high = x, x
		case i == 0 && (operator == ">" || operator == ">="):
			m.low, m.openLow = x, operator == ">"
		case operator == "<" || operator == "<=":
			m.high, m.openHigh = x, operator == "<"
		default:
			return m, "\"numeric\" does not take " + strconv.Quote(operator) + " here"
		}
	}
	switch first := operators[0]; {
	case len(operators) == 1:
		return m, ""
	case len(operators) > 2 || first[0] != '>':
		return m, "\"numeric\" takes a lower and then an upper bound, and nothing more"
	case m.low >= m.high:
		return m, "the lower bound of \"numeric\" must be less than the upper"
	}
	return m, ""
}

func (m numeric) match(v *value) bool {
	if v.kind != jsonscan.Number || !v.number.ok {
		return false
	}
	x := v.number.value
	return (x > m.low || x == m.low && !m.openLow) && (x < m.high || x == m.high && !m.openHigh)
}
