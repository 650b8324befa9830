package number

import "strings"

// Add returns d + e, or an error when the sum has more digits or a larger
// magnitude than a number may have.
func (d Decimal) Add(e Decimal) (Decimal, error) {
	switch {
	case d.digits == "":
		return e, nil
	case e.digits == "":
		return d, nil
	}
	// The bounds of exp keep the aligned operands within 126+129+38 digits.
	low := min(d.lowest(), e.lowest())
	top := max(d.exp, e.exp)
	a, b := d.aligned(low, top), e.aligned(low, top)
	if d.neg == e.neg {
		return finish(d.neg, addDigits(a, b), low)
	}
	switch strings.Compare(string(a), string(b)) {
	case 0:
		return Decimal{}, nil
	case 1:
		return finish(d.neg, subtractDigits(a, b), low)
	}
	return finish(e.neg, subtractDigits(b, a), low)
}

// Sub returns d - e under the rules of Add.
func (d Decimal) Sub(e Decimal) (Decimal, error) {
	if e.digits != "" {
		e.neg = !e.neg
	}
	return d.Add(e)
}

// lowest is the power of ten of d's last digit.
func (d Decimal) lowest() int { return d.exp - len(d.digits) }

// aligned returns d's magnitude as ASCII digits from 10^(top-1) down to 10^low.
func (d Decimal) aligned(low, top int) []byte {
	out := []byte(strings.Repeat("0", top-low))
	copy(out[top-d.exp:], d.digits)
	return out
}

// addDigits returns a + b with room for the carry in front.
func addDigits(a, b []byte) []byte {
	out := make([]byte, len(a)+1)
	carry := byte(0)
	for i := len(a) - 1; i >= 0; i-- {
		sum := a[i] - '0' + b[i] - '0' + carry
		carry = sum / 10
		out[i+1] = '0' + sum%10
	}
	out[0] = '0' + carry
	return out
}

// subtractDigits returns a - b, of which a is the larger.
func subtractDigits(a, b []byte) []byte {
	out := make([]byte, len(a))
	borrow := byte(0)
	for i := len(a) - 1; i >= 0; i-- {
		low := b[i] - '0' + borrow
		high := a[i] - '0'
		borrow = 0
		if high < low {
			high += 10
			borrow = 1
		}
		out[i] = '0' + high - low
	}
	return out
}

// finish normalises digits × 10^low and checks the bounds.
func finish(neg bool, digits []byte, low int) (Decimal, error) {
	text := strings.TrimLeft(string(digits), "0")
	d := Decimal{neg: neg, exp: low + len(text), digits: strings.TrimRight(text, "0")}
	switch {
	case len(d.digits) > MaxDigits:
		return Decimal{}, errDigits
	case d.exp > maxExp:
		return Decimal{}, errOverflow
	case d.exp < minExp:
		return Decimal{}, errUnderflow
	}
	return d, nil
}
