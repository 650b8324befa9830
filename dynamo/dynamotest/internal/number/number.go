// Package number holds DynamoDB's numbers: exact decimals of up to 38
// significant digits between 1E-130 and 9.99…E+125, written back without an
// exponent.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
package number

import (
	"cmp"
	"strconv"
	"strings"
)

// The bounds of a number. With the value written as 0.digits × 10^exp, the
// largest number 9.99…E+125 has exp 126 and the smallest 1E-130 has -129.
const (
	MaxDigits = 38
	maxExp    = 126
	minExp    = -129
)

// A Decimal is a parsed number: (-1)^neg × 0.digits × 10^exp. The digits
// have neither leading nor trailing zeros; zero has none at all. The zero value
// is zero.
type Decimal struct {
	neg    bool
	exp    int
	digits string
}

// Parse reads s, which must follow DynamoDB's grammar and be within its bounds.
func Parse(s string) (Decimal, error) {
	d, lowest, err := read(s)
	if err != nil {
		return Decimal{}, err
	}
	if len(d.digits) > MaxDigits {
		return Decimal{}, errDigits
	}
	// Zero has no magnitude of its own and is held to the range by its last
	// written digit: 0e126 overflows just as 1e126 does.
	magnitude := d.exp
	if d.digits == "" {
		magnitude = lowest + 1
	}
	switch {
	case magnitude > maxExp:
		return Decimal{}, errOverflow
	case magnitude < minExp:
		return Decimal{}, errUnderflow
	}
	if d.digits == "" {
		return Decimal{}, nil
	}
	return d, nil
}

// MustParse is Parse for a number that was already accepted; anything else is
// zero.
func MustParse(s string) Decimal {
	d, err := Parse(s)
	if err != nil {
		return Decimal{}
	}
	return d
}

// Normalize returns the text under which DynamoDB stores s.
func Normalize(s string) (string, error) {
	if canonicalInteger(s) {
		return s, nil
	}
	d, err := Parse(s)
	if err != nil {
		return "", err
	}
	return d.String(), nil
}

// canonicalInteger tells that s is a short integer already in its final form,
// as most numbers are.
func canonicalInteger(s string) bool {
	if s == "0" {
		return true
	}
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 18 || digits[0] == '0' {
		return false
	}
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			return false
		}
	}
	return true
}

// String returns d without an exponent, as DynamoDB answers it.
func (d Decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	var b strings.Builder
	if d.neg {
		b.WriteByte('-')
	}
	n := len(d.digits)
	switch {
	case d.exp <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -d.exp))
		b.WriteString(d.digits)
	case d.exp >= n:
		b.WriteString(d.digits)
		b.WriteString(strings.Repeat("0", d.exp-n))
	default:
		b.WriteString(d.digits[:d.exp])
		b.WriteByte('.')
		b.WriteString(d.digits[d.exp:])
	}
	return b.String()
}

// Sign returns -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// Cmp compares d with e by value.
func (d Decimal) Cmp(e Decimal) int {
	if c := cmp.Compare(d.Sign(), e.Sign()); c != 0 || d.digits == "" {
		return c
	}
	c := cmp.Compare(d.exp, e.exp)
	if c == 0 {
		c = cmp.Compare(d.digits, e.digits) // both start with a non-zero digit
	}
	if d.neg {
		return -c
	}
	return c
}

// Size returns the bytes a number is billed for: one, one more when it is
// negative, and one for each two digits before and each two after the point.
// Leading and trailing zeros are free.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func (d Decimal) Size() int {
	whole := min(max(d.exp, 0), len(d.digits))
	fraction := len(d.digits) - whole
	size := 1 + (whole+1)/2 + (fraction+1)/2
	if d.Sign() < 0 {
		size++
	}
	return size
}

// AppendKey appends bytes to b that sort as the numbers do and of which none is
// a prefix of another's.
func (d Decimal) AppendKey(b []byte) []byte {
	switch d.Sign() {
	case 0:
		return append(b, 1)
	case 1:
		b = append(b, 2, byte(d.exp-minExp))
		b = append(b, d.digits...)
		return append(b, 0) // ends before any further digit
	}
	b = append(b, 0, ^byte(d.exp-minExp))
	for i := range len(d.digits) {
		b = append(b, ^d.digits[i])
	}
	return append(b, 0xFF)
}

// FromInt returns the number n.
func FromInt(n int) Decimal { return MustParse(strconv.Itoa(n)) }
