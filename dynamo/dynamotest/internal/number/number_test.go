package number_test

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/number"
)

func TestNormalize(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "0.000": "0", "0e5": "0", "00042": "42", "+5": "5", "5.": "5", ".5": "0.5", "1.0": "1",
		"1.5E2": "150", "1e+2": "100", "-1.50e-3": "-0.0015", "120.0340": "120.034", "10": "10", "-7": "-7",
		"1E-130":                             "0." + strings.Repeat("0", 129) + "1",
		"9.99e125":                           "999" + strings.Repeat("0", 123),
		strings.Repeat("9", 38) + "00":       strings.Repeat("9", 38) + "00",
		"0." + strings.Repeat("0", 50) + "1": "0." + strings.Repeat("0", 50) + "1",
	} {
		got, err := number.Normalize(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
}

func TestRefused(t *testing.T) {
	const syntax, digits, overflow, underflow = "numeric value: ", "38 significant digits", "overflow", "underflow"
	for in, want := range map[string]string{
		"": syntax, " 1": syntax, "1 ": syntax, "1+2": syntax, "+e2": syntax, "1e": syntax, ".": syntax, "--1": syntax,
		"1.2.3": syntax, "NaN": syntax, "1_000": syntax, "0x1": syntax, "1e99999999999999999999": syntax, "e5": syntax,
		strings.Repeat("1", 39): digits, "1." + strings.Repeat("0", 37) + "1": digits,
		"1e126": overflow, "-1e126": overflow, "0e126": overflow, "1e9223372036854775807": overflow,
		"1e-131": underflow, "0.0e-130": underflow, "1e-9223372036854775808": underflow,
	} {
		_, err := number.Normalize(in)
		var refused *number.Error
		require.ErrorAs(t, err, &refused, in)
		require.Contains(t, refused.Error(), want, in)
	}
}

func TestSize(t *testing.T) {
	for in, want := range map[string]int{"0": 1, "1": 2, "42": 2, "-42": 3, "100": 2, "12345": 4, "0.5": 2, "1.5": 3, "-1.25": 4, "1e100": 2} {
		require.Equal(t, want, number.MustParse(in).Size(), in)
	}
}

// random returns a number with up to 38 digits anywhere in the range.
func random(r *rand.Rand) string {
	digits := strconv.Itoa(1 + r.IntN(9))
	for range r.IntN(38) {
		digits += strconv.Itoa(r.IntN(10))
	}
	exp := r.IntN(20) - 10
	if r.IntN(4) == 0 {
		exp = r.IntN(254) - 129
	}
	sign := []string{"", "-"}[r.IntN(2)]
	return sign + digits[:1] + "." + digits[1:] + "e" + strconv.Itoa(exp)
}

func rational(t *testing.T, s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	require.True(t, ok, s)
	return r
}

// TestAgainstRationals compares order, keys, sums and differences with those of
// exact rational numbers.
func TestAgainstRationals(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		s, u := random(r), random(r)
		if r.IntN(10) == 0 {
			u = s
		}
		a, b := number.MustParse(s), number.MustParse(u)
		ra, rb := rational(t, s), rational(t, u)
		require.Zero(t, ra.Cmp(rational(t, a.String())), s)
		require.Equal(t, ra.Cmp(rb), a.Cmp(b), "%s %s", s, u)
		require.Equal(t, ra.Cmp(rb), bytes.Compare(a.AppendKey(nil), b.AppendKey(nil)), "%s %s", s, u)
		checkSum(t, new(big.Rat).Add(ra, rb), a.Add, b)
		checkSum(t, new(big.Rat).Sub(ra, rb), a.Sub, b)
	}
}

// checkSum compares an operation's result, or its refusal of a result with too
// many digits or out of range.
func checkSum(t *testing.T, want *big.Rat, f func(number.Decimal) (number.Decimal, error), b number.Decimal) {
	got, err := f(b)
	text := want.FloatString(200) // exact: no operand has more than 130+38 decimals
	if want.Sign() == 0 {
		text = "0"
	}
	_, refused := number.Normalize(text)
	require.Equal(t, refused, err, text)
	if err == nil {
		require.Zero(t, want.Cmp(rational(t, got.String())), text)
	}
}

func TestKeysArePrefixFree(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		a, b := number.MustParse(random(r)), number.MustParse(random(r))
		if a != b {
			require.False(t, bytes.HasPrefix(a.AppendKey(nil), b.AppendKey(nil)))
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"0", "-1.5e10", "1e-130", "00.10", "9e125", "1e99999", "+.5E+1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, err := number.Normalize(s)
		if err != nil {
			return
		}
		again, err := number.Normalize(first)
		require.NoError(t, err)
		require.Equal(t, first, again)
	})
}
