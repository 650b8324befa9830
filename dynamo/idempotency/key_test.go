package idempotency_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/idempotency"
)

func idOf(parts ...any) (string, error) {
	return idempotency.NewMemory(nil).ID("op/v1", parts)
}

func TestEveryPartOfAKeyIsRequired(t *testing.T) {
	var missing *string
	for _, key := range []struct {
		parts []any
		at    int
	}{
		{nil, -1}, {[]any{}, -1}, {[]any{nil}, 0}, {[]any{"a", nil}, 1}, {[]any{missing}, 0}, {[]any{1, missing, nil}, 1},
		{[]any{&missing}, 0}, {[]any{(*url.URL)(nil)}, 0}, {[]any{idempotency.NonEmpty("")}, 0},
		{[]any{[]byte(nil)}, 0}, {[]any{map[string]any(nil)}, 0}, {[]any{(*time.Time)(nil)}, 0},
		{[]any{json.RawMessage(nil)}, 0}, {[]any{json.RawMessage(" null")}, 0}, {[]any{json.RawMessage(nil), 1}, 0},
	} {
		_, err := idOf(key.parts...)
		var e *idempotency.KeyError
		require.ErrorAs(t, err, &e)
		require.ErrorIs(t, err, idempotency.ErrMissingKey)
		require.Equal(t, key.at, e.Part)
	}
}

func TestDifferentKeysHaveDifferentIDs(t *testing.T) {
	seen := make(map[string][]any)
	for _, parts := range [][]any{
		{0}, {""}, {false}, {"0"}, {"false"}, {true}, {"a"}, {"A"}, {"a", "b"}, {"ab"}, {"a,b"}, {`a","b`}, {[]string{"a", "b"}},
		{1}, {-1}, {10}, {0.1}, {1, 0}, {"a", 1}, {1, "a"}, {math.MaxInt64}, {math.MaxInt64 - 1}, {uint64(math.MaxUint64)},
		{1 << 53}, {1<<53 + 1}, {"null"}, {[]any{}}, {[]any{nil}}, {map[string]any{}}, {struct{ A *int }{}},
		{"é"}, {"e\u0301"}, {"\x00"}, {"\u2028"}, {"\ufffd"}, {`\`}, {`"`}, {"<"}, {"\\u003c"}, {[]string{`\ufffd`}}, {[]string{"\ufffd"}}, {time.Unix(0, 0)}, {time.Unix(0, 1)},
	} {
		id, err := idOf(parts...)
		require.NoError(t, err, parts)
		require.Nil(t, seen[id], "%v", parts)
		seen[id] = parts
	}
}

func TestEqualKeysHaveTheSameID(t *testing.T) {
	type money struct {
		Cents int `json:"cents"`
	}
	seven, name := 7, "a"
	pointer := &seven
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, same := range [][]any{
		{1, int8(1), uint64(1), 1.0, float32(1), json.Number("1.0"), json.Number("10e-1"), json.RawMessage(" 1 ")},
		{100, json.Number("1e2"), json.Number("0.1E+3"), json.RawMessage("100.00")},
		{0, json.Number("-0.0"), math.Copysign(0, -1), json.Number("0e7")},
		{7, &seven, &pointer},
		{"a", &name, json.RawMessage(`"\u0061"`)},
		{money{5}, &money{5}, map[string]int{"cents": 5}, json.RawMessage(`{"cents":5e0}`)},
		{noon, noon.In(time.FixedZone("", 3600)), &noon, noon.Local()},
		{[]byte("hi"), json.RawMessage(`"aGk="`)},
		{"<&>", json.RawMessage(`"\u003c\u0026>"`)},
		{"é\ufffd", json.RawMessage(`"\u00e9` + "\ufffd" + `"`)},
		{json.RawMessage(`{"a":{"y":1,"Y":2},"A":0}`), json.RawMessage(`{"A":0,"a":{"Y":2,"y":1}}`)},
	} {
		want, err := idOf(same[0])
		require.NoError(t, err)
		for _, part := range same[1:] {
			got, err := idOf(part)
			require.NoError(t, err)
			require.Equal(t, want, got, "%T %v", part, part)
		}
	}
}

func TestPartsThatCannotBeTold(t *testing.T) {
	for _, part := range []any{
		"\xff", []string{"ok", "\xfe"}, struct{ S string }{"\xff"}, map[string]int{"\xff": 1}, json.RawMessage("\"\xff\""),
		make(chan int), math.NaN(), math.Inf(1), json.RawMessage("{"), json.RawMessage("1 2"), func() {},
	} {
		_, err := idOf("fine", part)
		var e *idempotency.KeyError
		require.ErrorAs(t, err, &e, "%T %v", part, part)
		require.Equal(t, 1, e.Part)
		require.NotErrorIs(t, err, idempotency.ErrMissingKey)
	}
}

// An id is what is stored: another one after an upgrade would run everything
// again.
func TestIDsDoNotChange(t *testing.T) {
	id, err := idempotency.NewMemory(nil).ID("charge/v1", idempotency.Key{"ada", 42, 1.5, true, map[string]any{"b": nil, "a": "x"}})
	require.NoError(t, err)
	require.Equal(t, "charge/v1#fc840b8392248e39a3293a323834d11260dee1e6805e248a3aa3d8e9a74decc0", id)
	require.Regexp(t, `^charge/v1#[0-9a-f]{64}$`, id)
}

func TestOperationNames(t *testing.T) {
	store := idempotency.NewMemory(nil)
	for _, name := range []string{"", strings.Repeat("x", 1025)} {
		_, err := store.ID(name, idempotency.Key{1})
		require.Error(t, err)
		require.Panics(t, func() { idempotency.Wrap(store, name, byCustomer, fail(t)) })
	}
}

// FuzzCanonical holds the canonical form of JSON documents to an obvious
// definition: it is the same for the same document and for what encoding/json
// makes of it, it is JSON, and it has the same numbers.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"A":[2,{"z":null,"b":"\n\u0000é"}]}`, `-0.00120e+5`, `"\ud834\udd1e\"\\"`, `[true,false,[],{}]`, `1e400`, `123456789012345678901234567890`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		canonical, err := idempotency.AppendDocument(nil, []byte(document))
		if err != nil {
			return
		}
		require.True(t, json.Valid([]byte(document)))
		again, err := idempotency.AppendDocument(nil, canonical)
		require.NoError(t, err)
		require.Equal(t, string(canonical), string(again), "it is its own canonical form")

		var tree any
		d := json.NewDecoder(strings.NewReader(document))
		d.UseNumber()
		require.NoError(t, d.Decode(&tree))
		other, err := json.MarshalIndent(tree, " ", "\t")
		require.NoError(t, err)
		same, err := idempotency.AppendDocument(nil, other)
		require.NoError(t, err)
		require.Equal(t, string(canonical), string(same))

		want, ok := new(big.Rat).SetString(document)
		if number, is := tree.(json.Number); is && ok && len(number) < 20 && !strings.ContainsAny(string(number), "eE") {
			got, ok := new(big.Rat).SetString(string(canonical))
			require.True(t, ok)
			require.Zero(t, want.Cmp(got), "%s and %s", document, canonical)
		}
	})
}

func ExampleKey() {
	store := idempotency.NewMemory(nil)
	one, _ := store.ID("charge/v1", idempotency.Key{"ada", json.RawMessage(`{"b":1.0,"a":2}`)})
	two, _ := store.ID("charge/v1", idempotency.Key{"ada", map[string]int{"a": 2, "b": 1}})
	fmt.Println(one == two)
	_, err := store.ID("charge/v1", idempotency.Key{"ada", idempotency.NonEmpty("")})
	fmt.Println(err)
	// Output:
	// true
	// idempotency: charge/v1: part 1 of the key: it is missing
}
