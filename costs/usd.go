package costs

import (
	"bytes"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// USD is an exact amount of US dollars: a whole number of 10⁻²⁴ dollars in 128
// bits. The zero value is no money, and two amounts are equal under == exactly
// when they are the same amount.
//
// The unit is that small because one millisecond of one megabyte at
// $0.0000166667 per GB-second is $0.0000000000162760…: ten decimals of the
// price, ten for the division by 1,024 MB and three for the division by 1,000
// ms make 23. So the cost of every invocation is an integer, and a sum of a
// billion of them is exact.
//
// The range is ±170 trillion dollars. Arithmetic that leaves it stays at the
// nearest bound instead of wrapping round.
type USD struct {
	hi int64 // two's complement with lo
	lo uint64
}

// usdDigits is the number of decimals an amount carries; half of it fits a word.
const (
	usdDigits = 24
	halfUnit  = 1_000_000_000_000 // 10^12
)

var (
	maxUSD = USD{hi: math.MaxInt64, lo: math.MaxUint64}
	minUSD = USD{hi: math.MinInt64, lo: 1} // -maxUSD, so that Neg never overflows
)

// ParseUSD reads a decimal amount such as "0.0000166667", "-3" or "$0.25". It
// refuses exponents, separators, and more than 24 decimals that matter, because
// each would be a guess about money.
func ParseUSD(s string) (USD, error) {
	text := s
	negative := strings.HasPrefix(text, "-")
	if negative {
		text = text[1:]
	}
	text = strings.TrimPrefix(text, "$")
	whole, fraction, dot := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	if whole == "" || (dot && strings.HasSuffix(text, ".")) || len(fraction) > usdDigits || len(whole) > 14 {
		return USD{}, fmt.Errorf("costs: parse amount %q: not a decimal number of dollars", s)
	}
	padded := fraction + strings.Repeat("0", usdDigits-len(fraction))
	var parts [3]uint64
	for i, digits := range []string{whole, padded[:12], padded[12:]} {
		n, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || strings.HasPrefix(digits, "+") {
			return USD{}, fmt.Errorf("costs: parse amount %q: not a decimal number of dollars", s)
		}
		parts[i] = n
	}
	hi, lo := scale(parts[0], parts[1], parts[2])
	return fromMagnitude(hi, lo, negative), nil
}

// scale returns (whole·10^12 + upper)·10^12 + lower.
func scale(whole, upper, lower uint64) (hi, lo uint64) {
	h1, l1 := bits.Mul64(whole, halfUnit)
	l1, carry := bits.Add64(l1, upper, 0)
	h1 += carry
	hi, lo = bits.Mul64(l1, halfUnit)
	hi += h1 * halfUnit // whole < 10^14, so h1·10^12 stays far below 2^64
	lo, carry = bits.Add64(lo, lower, 0)
	return hi + carry, lo
}

// Dollars returns an amount of whole dollars.
func Dollars(n int64) USD {
	return USD{lo: halfUnit}.Mul(halfUnit).Mul(n)
}

// Add returns u + v.
func (u USD) Add(v USD) USD {
	lo, carry := bits.Add64(u.lo, v.lo, 0)
	hi := u.hi + v.hi + int64(carry)
	switch {
	case u.hi >= 0 && v.hi >= 0 && hi < 0:
		return maxUSD
	case u.hi < 0 && v.hi < 0 && (hi >= 0 || hi == math.MinInt64 && lo == 0):
		return minUSD
	}
	return USD{hi: hi, lo: lo}
}

// Sub returns u - v.
func (u USD) Sub(v USD) USD { return u.Add(v.Neg()) }

// Neg returns -u.
func (u USD) Neg() USD {
	lo, borrow := bits.Sub64(0, u.lo, 0)
	return USD{hi: -u.hi - int64(borrow), lo: lo}
}

// Mul returns u·n.
func (u USD) Mul(n int64) USD { return u.MulDiv(n, 1) }

// MulDiv returns u·n/d with one rounding, to the nearest 10⁻²⁴ dollar and away
// from zero when halfway. It panics when d is zero, as integer division does.
//
// It is the one place where a price meets a quantity: the price of a gigabyte
// for b bytes is price.MulDiv(b, 1<<30).
func (u USD) MulDiv(n, d int64) USD {
	hi, lo, negative := u.magnitude()
	negative = negative != (n < 0) != (d < 0)
	m, by := magnitude64(n), magnitude64(d)

	h1, l1 := bits.Mul64(hi, m)
	h0, l0 := bits.Mul64(lo, m)
	middle, carry := bits.Add64(l1, h0, 0)
	top := h1 + carry

	overflow, rest := top/by, top%by
	q1, rest := bits.Div64(rest, middle, by)
	q0, rest := bits.Div64(rest, l0, by)
	if rest >= by-rest {
		q0, carry = bits.Add64(q0, 1, 0)
		q1 += carry
	}
	if overflow != 0 || q1 > math.MaxInt64 {
		return fromMagnitude(math.MaxInt64, math.MaxUint64, negative)
	}
	return fromMagnitude(q1, q0, negative)
}

// Cmp returns -1, 0 or +1 as u is less than, equal to or greater than v.
func (u USD) Cmp(v USD) int {
	switch {
	case u == v:
		return 0
	case u.hi < v.hi, u.hi == v.hi && u.lo < v.lo:
		return -1
	}
	return 1
}

// IsZero reports whether u is no money.
func (u USD) IsZero() bool { return u == USD{} }

// Float64 returns the nearest float64 in dollars, for charts and ratios. It is
// the only way out of exact arithmetic; nothing in this package sums floats.
func (u USD) Float64() float64 {
	var buffer [maxText]byte
	f, err := strconv.ParseFloat(string(u.appendText(buffer[:0])), 64)
	if err != nil {
		return math.NaN() // unreachable: text is always a plain decimal
	}
	return f
}

// Round returns u rounded to the given number of decimals, away from zero when
// halfway. Places below 0 count as 0.
func (u USD) Round(places int) USD {
	if places >= usdDigits {
		return u
	}
	if u.hi < 0 {
		return u.Neg().Round(places).Neg()
	}
	// The step 10^(24-places) does not fit a word; two factors do. Adding half a
	// step and cutting off twice rounds once.
	zeros := usdDigits - max(places, 0)
	first, second := pow10(zeros/2), pow10(zeros-zeros/2)
	half := USD{lo: 1}.Mul(first).Mul(second).MulDiv(1, 2)
	up := u.Add(half)
	hi, lo, _ := divide(uint64(up.hi), up.lo, uint64(first))
	hi, lo, _ = divide(hi, lo, uint64(second))
	return USD{hi: int64(hi), lo: lo}.Mul(first).Mul(second)
}

// pow10 returns 10^n for n of at most 18.
func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// divide returns the quotient and the remainder of a 128-bit magnitude by d.
func divide(hi, lo, d uint64) (qhi, qlo, remainder uint64) {
	qhi, remainder = hi/d, hi%d
	qlo, remainder = bits.Div64(remainder, lo, d)
	return qhi, qlo, remainder
}

// String returns the exact amount with a dollar sign and no trailing zeros:
// "$0.000000304166875", "-$3".
func (u USD) String() string {
	if text, negative := strings.CutPrefix(u.text(), "-"); negative {
		return "-$" + text
	}
	return "$" + u.text()
}

// MarshalText returns the exact amount as a plain decimal, so that JSON carries
// it as a string and loses nothing.
func (u USD) MarshalText() ([]byte, error) { return []byte(u.text()), nil }

// UnmarshalText reads what [ParseUSD] reads.
func (u *USD) UnmarshalText(text []byte) error {
	v, err := ParseUSD(string(text))
	if err != nil {
		return err
	}
	*u = v
	return nil
}

func (u USD) text() string {
	var buffer [maxText]byte
	return string(u.appendText(buffer[:0]))
}

// maxText is the longest text: a sign, 15 digits, the point and 24 more.
const maxText = 1 + 15 + 1 + usdDigits

func (u USD) appendText(text []byte) []byte {
	hi, lo, negative := u.magnitude()
	hi, lo, lower := divide(hi, lo, halfUnit)
	_, whole, upper := divide(hi, lo, halfUnit) // 2^127 / 10^24 fits a word
	if negative {
		text = append(text, '-')
	}
	text = strconv.AppendUint(text, whole, 10)
	text = append(text, '.')
	text = appendPadded(text, upper)
	text = appendPadded(text, lower)
	return bytes.TrimRight(bytes.TrimRight(text, "0"), ".")
}

// appendPadded appends n with leading zeros to twelve digits.
func appendPadded(dst []byte, n uint64) []byte {
	dst = append(dst, "000000000000"...)
	for i := len(dst) - 1; n > 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

func (u USD) magnitude() (hi, lo uint64, negative bool) {
	if u.hi < 0 {
		u, negative = u.Neg(), true
	}
	return uint64(u.hi), u.lo, negative
}

func fromMagnitude(hi, lo uint64, negative bool) USD {
	if hi > math.MaxInt64 {
		hi, lo = math.MaxInt64, math.MaxUint64
	}
	u := USD{hi: int64(hi), lo: lo}
	if negative {
		return u.Neg()
	}
	return u
}

func magnitude64(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
