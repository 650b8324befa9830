package number

import (
	"math"
	"strconv"
	"strings"
)

// An Error is why a text is not a number that DynamoDB stores; its text is the
// one DynamoDB answers.
type Error struct{ text string }

func (e *Error) Error() string { return e.text }

var (
	errDigits    = &Error{"Attempting to store more than 38 significant digits in a Number"}
	errOverflow  = &Error{"Number overflow. Attempting to store a number with magnitude larger than supported range"}
	errUnderflow = &Error{"Number underflow. Attempting to store a number with magnitude smaller than supported range"}
)

func errSyntax(s string) error {
	return &Error{"The parameter cannot be converted to a numeric value: " + s}
}

// read parses [+-] digits [. digits] [eE [+-] digits], with at least one digit
// before the exponent, into a normalised Decimal that is not checked against
// the bounds. lowest is the power of ten of the last written digit.
func read(s string) (d Decimal, lowest int, err error) {
	rest := s
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		d.neg = rest[0] == '-'
		rest = rest[1:]
	}
	coefficient, exponent, err := splitExponent(rest)
	if err != nil {
		return Decimal{}, 0, errSyntax(s)
	}
	whole, fraction, _ := strings.Cut(coefficient, ".")
	if whole+fraction == "" || !allDigits(whole) || !allDigits(fraction) {
		return Decimal{}, 0, errSyntax(s)
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	d.exp = clamp(exponent + int64(len(digits)-len(fraction)))
	d.digits = strings.TrimRight(digits, "0")
	return d, clamp(exponent - int64(len(fraction))), nil
}

// splitExponent returns the text before the exponent and the exponent, bounded
// so that adding a text's length to it cannot overflow.
func splitExponent(s string) (string, int64, error) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, 0, nil
	}
	exponent, err := strconv.ParseInt(s[i+1:], 10, 64)
	if err != nil {
		return "", 0, errSyntax(s)
	}
	const bound = 1 << 60
	return s[:i], min(max(exponent, -bound), bound), nil
}

// CheckOlder checks a well-formed number as an older layer of DynamoDB does
// before it looks at the bounds. That layer reads numbers into Java's
// BigDecimal, so it cannot convert one whose exponent, or number of digits after
// the point less the exponent, takes more than 32 bits, and takes a magnitude at
// the end of 32 bits for an underflow.
func CheckOlder(s string) error {
	coefficient, exponent := strings.TrimLeft(s, "+-"), int64(0)
	if i := strings.IndexAny(coefficient, "eE"); i >= 0 {
		n, err := strconv.ParseInt(coefficient[i+1:], 10, 32)
		if err != nil {
			return errSyntax(s)
		}
		coefficient, exponent = coefficient[:i], n
	}
	whole, fraction, _ := strings.Cut(coefficient, ".")
	scale := int64(len(fraction)) - exponent
	precision := int64(max(len(strings.TrimLeft(whole+fraction, "0")), 1))
	switch {
	case scale > math.MaxInt32 || scale < math.MinInt32:
		return errSyntax(s)
	case precision-scale >= math.MaxInt32:
		return errUnderflow
	}
	return nil
}

// clamp brings an exponent into a range that int holds everywhere and that is
// still far outside the bounds of a number.
func clamp(e int64) int { return int(min(max(e, -1<<20), 1<<20)) }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
