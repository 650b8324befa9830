package costs_test

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

func usd(tb testing.TB, s string) costs.USD {
	tb.Helper()
	u, err := costs.ParseUSD(s)
	require.NoError(tb, err)
	return u
}

func TestUSDText(t *testing.T) {
	for in, want := range map[string]string{
		"0":                               "$0",
		"-0":                              "$0",
		"0.0000166667":                    "$0.0000166667",
		"$3":                              "$3",
		"-3.50":                           "-$3.5",
		"-$0.25":                          "-$0.25",
		"1.000000000000000000000001":      "$1.000000000000000000000001",
		"0.1000000000000000000000000000":  "$0.1",
		"99999999999999.999999999999":     "$99999999999999.999999999999",
		"-99999999999999.000000000000001": "-$99999999999999.000000000000001",
		"0.000000000001000000000000":      "$0.000000000001",
	} {
		require.Equal(t, want, usd(t, in).String(), in)
	}
}

func TestParseUSDRefuses(t *testing.T) {
	for _, in := range []string{
		"", "-", "$", ".5", "5.", "1e3", "1,000", " 1", "1 ", "+1", "--1", "0x1", "NaN", "1.2.3", "1.-2", "-+1",
		"0.0000000000000000000000001", "100000000000000", "1.+2", "١",
	} {
		_, err := costs.ParseUSD(in)
		require.Error(t, err, in)
	}
}

func TestUSDJSONKeepsEveryDigit(t *testing.T) {
	want := map[string]costs.USD{"cost": usd(t, "0.000000304166875")}

	text, err := json.Marshal(want)
	require.NoError(t, err)
	require.JSONEq(t, `{"cost":"0.000000304166875"}`, string(text))

	var got map[string]costs.USD
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, want, got)
	require.Error(t, json.Unmarshal([]byte(`{"cost":"a lot"}`), &got))
}

// unit is 10^24, the number of units in a dollar.
var unit = new(big.Int).Exp(big.NewInt(10), big.NewInt(24), nil)

// units returns the amount as the integer it is, by way of its text.
func units(tb testing.TB, u costs.USD) *big.Int {
	tb.Helper()
	text, err := u.MarshalText()
	require.NoError(tb, err)
	rat, ok := new(big.Rat).SetString(string(text))
	require.True(tb, ok)
	rat.Mul(rat, new(big.Rat).SetInt(unit))
	require.True(tb, rat.IsInt())
	return new(big.Int).Set(rat.Num())
}

// divRound divides as the contract says: to the nearest, halves away from zero.
func divRound(n, d *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, d, new(big.Int))
	if r.Abs(r).Lsh(r, 1).Cmp(new(big.Int).Abs(d)) >= 0 {
		q.Add(q, big.NewInt(int64(n.Sign()*d.Sign())))
	}
	return q
}

func TestUSDArithmeticAgreesWithBig(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	amount := func() costs.USD {
		u := costs.Dollars(random.Int64N(1_000_000) - 500_000)
		return u.MulDiv(random.Int64N(1<<40)+1, random.Int64N(1<<random.IntN(62))+1).MulDiv(1, random.Int64N(1<<30)+1)
	}
	for range 5000 {
		u, v := amount(), amount()
		bu, bv := units(t, u), units(t, v)
		require.Equal(t, new(big.Int).Add(bu, bv).String(), units(t, u.Add(v)).String())
		require.Equal(t, new(big.Int).Sub(bu, bv).String(), units(t, u.Sub(v)).String())
		require.Equal(t, bu.Cmp(bv), u.Cmp(v))

		n, d := random.Int64N(1<<20)-1<<19, random.Int64N(1<<50)-1<<49
		if d == 0 {
			d = 7
		}
		want := divRound(new(big.Int).Mul(bu, big.NewInt(n)), big.NewInt(d))
		require.Equal(t, want.String(), units(t, u.MulDiv(n, d)).String())

		places := random.IntN(25)
		step := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(24-places)), nil)
		require.Equal(t, want.Mul(divRound(bu, step), step).String(), units(t, u.Round(places)).String())
	}
}

func TestUSDStaysAtItsBounds(t *testing.T) {
	most := costs.Dollars(math.MaxInt64)
	require.Equal(t, most, most.Add(costs.Dollars(1)))
	require.Equal(t, most, most.Mul(3))
	require.Equal(t, most.Neg(), most.Neg().Sub(costs.Dollars(1)))
	require.Equal(t, most.Neg(), most.Mul(-3))
	require.Equal(t, costs.USD{}, most.Sub(most))
	require.Equal(t, most, costs.Dollars(math.MinInt64).Neg())
}

func TestUSDHalvesRoundAwayFromZero(t *testing.T) {
	require.Equal(t, usd(t, "0.2"), usd(t, "0.15").Round(1))
	require.Equal(t, usd(t, "-0.2"), usd(t, "-0.15").Round(1))
	require.Equal(t, costs.Dollars(1), usd(t, "0.5").Round(0))
	least := usd(t, "0.000000000000000000000001")
	require.Equal(t, least, least.MulDiv(1, 2))
	require.Equal(t, least.Neg(), least.MulDiv(-1, 2))
	require.Equal(t, costs.USD{}, least.MulDiv(1, 3))
	require.Equal(t, costs.USD{}, usd(t, "0.499999999999999999999999").Round(-3))
	require.Equal(t, usd(t, "0.000000000000000000000001"), usd(t, "0.000000000000000000000001").Round(30))
	require.InDelta(t, 0.25, usd(t, "0.25").Float64(), 0)
}

func FuzzParseUSD(f *testing.F) {
	for _, seed := range []string{"0", "-1.5", "$0.0000166667", "1e3", ".", "00.10"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := costs.ParseUSD(s)
		if err != nil {
			return
		}
		text, err := u.MarshalText()
		require.NoError(t, err)
		again, err := costs.ParseUSD(string(text))
		require.NoError(t, err)
		require.Equal(t, u, again)
	})
}
