package dynamo

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxItemBytes is DynamoDB's limit for an item, names included:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html.
const maxItemBytes = 400 << 10

// itemSize returns the bytes by which DynamoDB measures an item:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html.
func itemSize(item map[string]types.AttributeValue) int {
	size := 0
	for name, av := range item {
		size += len(name) + valueSize(av)
	}
	return size
}

// A list or map is 3 bytes, and 1 for each element besides the element itself.
const (
	collectionBytes = 3
	elementBytes    = 1
)

func valueSize(av types.AttributeValue) int {
	size := 0
	switch av := av.(type) {
	case *types.AttributeValueMemberS:
		size = len(av.Value)
	case *types.AttributeValueMemberB:
		size = len(av.Value)
	case *types.AttributeValueMemberN:
		size = numberSize(av.Value)
	case *types.AttributeValueMemberBOOL, *types.AttributeValueMemberNULL:
		size = 1
	case *types.AttributeValueMemberSS:
		for _, s := range av.Value {
			size += len(s)
		}
	case *types.AttributeValueMemberBS:
		for _, b := range av.Value {
			size += len(b)
		}
	case *types.AttributeValueMemberNS:
		for _, n := range av.Value {
			size += numberSize(n)
		}
	case *types.AttributeValueMemberL:
		size = collectionBytes
		for _, element := range av.Value {
			size += elementBytes + valueSize(element)
		}
	case *types.AttributeValueMemberM:
		size = collectionBytes + elementBytes*len(av.Value) + itemSize(av.Value)
	}
	return size
}

// numberSize is 1 byte, 1 for each two significant digits on either side of the
// point, and 1 for a minus sign. AWS calls its own description approximate.
func numberSize(n string) int {
	if digits := plainDigits(n); digits > 0 {
		return 1 + (digits+1)/2
	}
	d, ok := parseDecimal(n)
	if !ok {
		return len(n)
	}
	size := 1
	if d.negative {
		size++
	}
	whole := min(max(d.point, 0), len(d.digits))
	return size + (whole+1)/2 + (len(d.digits)-whole+1)/2
}

// plainDigits returns the number of significant digits of a positive integer
// written as such, 0 for any other number.
func plainDigits(n string) int {
	if n == "" || n[0] == '0' {
		return 0
	}
	significant := 0
	for i := range len(n) {
		switch {
		case n[i] < '0' || n[i] > '9':
			return 0
		case n[i] != '0':
			significant = i + 1
		}
	}
	return significant
}

// A decimal is 0.digits × 10^point, without zeros at either end; zero has no
// digits.
type decimal struct {
	negative bool
	digits   string
	point    int
}

// parseDecimal reads a number as DynamoDB writes it or accepts it.
func parseDecimal(n string) (d decimal, ok bool) {
	n, d.negative = strings.CutPrefix(n, "-")
	if !d.negative {
		n = strings.TrimPrefix(n, "+")
	}
	mantissa, exponent := n, 0
	if i := strings.IndexAny(n, "eE"); i >= 0 {
		mantissa = n[:i]
		if exponent, ok = smallInt(n[i+1:]); !ok {
			return decimal{}, false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction // allocates only when there is a fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return decimal{}, false
	}
	d.point = len(whole) + exponent
	d.digits = strings.TrimLeft(digits, "0")
	d.point -= len(digits) - len(d.digits)
	d.digits = strings.TrimRight(d.digits, "0")
	if d.digits == "" {
		return decimal{}, true
	}
	return d, true
}

// smallInt reads an exponent; DynamoDB's are within ±130.
func smallInt(s string) (int, bool) {
	s, negative := strings.CutPrefix(s, "-")
	if !negative {
		s = strings.TrimPrefix(s, "+")
	}
	if s == "" || len(s) > 4 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// isNumber tells whether n is what DynamoDB takes for one: NaN and the
// infinities of a float are not.
func isNumber(n string) bool {
	if plainDigits(n) > 0 {
		return true
	}
	_, ok := parseDecimal(n)
	return ok
}

// sameNumber tells whether two numbers have the same value.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, ok := parseDecimal(a)
	if !ok {
		return false
	}
	y, ok := parseDecimal(b)
	return ok && x == y
}
