package dynamo_test

import (
	"errors"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
)

func TestSameItemComparesAsDynamoDBStores(t *testing.T) {
	n := func(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }
	s := func(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
	list := func(v ...types.AttributeValue) types.AttributeValue {
		return &types.AttributeValueMemberL{Value: v}
	}
	tests := []struct {
		name string
		a, b types.AttributeValue
		want bool
	}{
		{"number by value", n("1.50"), n("15E-1"), true},
		{"other number", n("1.5"), n("1.51"), false},
		{"string", s("1.50"), s("1.5"), false},
		{"number and string", n("1"), s("1"), false},
		{"string set", &types.AttributeValueMemberSS{Value: []string{"a", "b"}}, &types.AttributeValueMemberSS{Value: []string{"b", "a"}}, true},
		{"number set", &types.AttributeValueMemberNS{Value: []string{"1", "2.0"}}, &types.AttributeValueMemberNS{Value: []string{"2", "1"}}, true},
		{"binary set", &types.AttributeValueMemberBS{Value: [][]byte{{1}, {2}}}, &types.AttributeValueMemberBS{Value: [][]byte{{2}, {1}}}, true},
		{"smaller set", &types.AttributeValueMemberSS{Value: []string{"a", "b"}}, &types.AttributeValueMemberSS{Value: []string{"a"}}, false},
		{"list keeps its order", list(s("a"), s("b")), list(s("b"), s("a")), false},
		{"list", list(n("1"), s("b")), list(n("1.0"), s("b")), true},
		{"map", &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"a": n("1")}}, &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"a": n("01")}}, true},
		{"bool", &types.AttributeValueMemberBOOL{Value: true}, &types.AttributeValueMemberBOOL{Value: false}, false},
		{"null", &types.AttributeValueMemberNULL{Value: true}, &types.AttributeValueMemberNULL{Value: true}, true},
		{"binary", &types.AttributeValueMemberB{Value: []byte("x")}, &types.AttributeValueMemberB{Value: []byte("x")}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := map[string]types.AttributeValue{"v": test.a}
			b := map[string]types.AttributeValue{"v": test.b}
			require.Equal(t, test.want, dynamo.SameItem(a, b))
			require.Equal(t, test.want, dynamo.SameItem(b, a))
		})
	}
	require.False(t, dynamo.SameItem(map[string]types.AttributeValue{"v": n("1")}, map[string]types.AttributeValue{"w": n("1")}))
	require.False(t, dynamo.SameItem(nil, map[string]types.AttributeValue{"w": n("1")}))
}

// FuzzSameNumber compares with exact rational numbers.
func FuzzSameNumber(f *testing.F) {
	for _, seed := range [][2]string{{"1", "1.0"}, {"-0", "0"}, {"1E2", "100"}, {"1e-2", ".01"}, {"5.", "+5"}, {"a", "1"}, {"1e", "1"}, {"", "0"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 60 || len(b) > 60 { // the oracle takes its time over long exponents
			return
		}
		x, okX := rational(a)
		y, okY := rational(b)
		want := a == b || okX && okY && x.Cmp(y) == 0
		require.Equal(t, want, dynamo.SameNumber(a, b), "%q and %q", a, b)
	})
}

// rational reads what DynamoDB takes for a number; big.Rat takes more.
func rational(n string) (*big.Rat, bool) {
	if strings.Trim(n, "0123456789.eE+-") != "" {
		return nil, false
	}
	if i := strings.IndexAny(n, "eE"); i >= 0 && len(strings.TrimLeft(n[i+1:], "+-")) > 4 {
		return nil, false
	}
	return new(big.Rat).SetString(n)
}

func TestItemSize(t *testing.T) {
	n := func(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }
	tests := map[string]struct {
		value types.AttributeValue
		want  int // without the name
	}{
		"string counts UTF-8 bytes": {&types.AttributeValueMemberS{Value: "é"}, 2},
		"binary":                    {&types.AttributeValueMemberB{Value: make([]byte, 5)}, 5},
		"bool":                      {&types.AttributeValueMemberBOOL{}, 1},
		"null":                      {&types.AttributeValueMemberNULL{Value: true}, 1},
		"zero":                      {n("0"), 1},
		"two digits":                {n("42"), 2},
		"three digits":              {n("-123"), 4},
		"trailing zeros are free":   {n("1000"), 2},
		"both sides of the point":   {n("12.345"), 1 + 1 + 2},
		"set":                       {&types.AttributeValueMemberSS{Value: []string{"ab", "c"}}, 3},
		"empty list":                {&types.AttributeValueMemberL{}, 3},
		"list":                      {&types.AttributeValueMemberL{Value: []types.AttributeValue{n("1"), n("2")}}, 3 + 2*(1+2)},
		"map":                       {&types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"ab": n("1")}}, 3 + 1 + 2 + 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want+1, dynamo.ItemSize(map[string]types.AttributeValue{"v": test.value}))
		})
	}
}

func TestAnswerLost(t *testing.T) {
	status := func(code int) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: code}}, Err: errors.New("answered")}
	}
	tests := map[string]struct {
		err  error
		want bool
	}{
		"reset":         {&net.OpError{Op: "read", Err: errors.New("connection reset")}, true},
		"server error":  {status(500), true},
		"broken off":    {status(200), true},
		"throttled":     {status(400), false},
		"no connection": {&net.OpError{Op: "dial", Err: errors.New("refused")}, false},
		"no name":       {&net.DNSError{Err: "no such host"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, dynamo.AnswerLost(test.err)) })
	}
}
