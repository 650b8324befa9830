package value_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

func decode(t *testing.T, document string) value.Value {
	t.Helper()
	root, ok := wire.Parse([]byte(document))
	require.True(t, ok)
	v, err := value.Decode(&root, value.Current)
	require.NoError(t, err)
	require.NoError(t, v.Check(value.Current))
	return v
}

func TestSizes(t *testing.T) {
	for in, want := range map[string]int{
		`{"S":"héllo"}`:                     6,
		`{"B":"aGVsbG8="}`:                  5,
		`{"N":"-42"}`:                       3,
		`{"BOOL":true}`:                     1,
		`{"NULL":true}`:                     1,
		`{"SS":["a","bc"]}`:                 3,
		`{"NS":["1","100"]}`:                4,
		`{"L":[]}`:                          3,
		`{"L":[{"S":"ab"},{"N":"1"}]}`:      3 + 2 + 2 + 2,
		`{"M":{"key":{"S":"ab"}}}`:          3 + 1 + 3 + 2,
		`{"M":{"m":{"M":{"x":{"N":"1"}}}}}`: 3 + 1 + 1 + (3 + 1 + 1 + 2),
	} {
		require.Equal(t, want, decode(t, in).Size(), in)
	}
}

func TestEqualAndSets(t *testing.T) {
	require.True(t, decode(t, `{"NS":["3","1.0","2"]}`).Equal(decode(t, `{"NS":["2","3.00","1"]}`)))
	require.True(t, decode(t, `{"M":{"a":{"N":"1"},"b":{"L":[]}}}`).Equal(decode(t, `{"M":{"b":{"L":[]},"a":{"N":"1.0"}}}`)))
	require.False(t, decode(t, `{"L":[]}`).Equal(decode(t, `{"L":[{"S":""}]}`)))
	require.False(t, decode(t, `{"S":"1"}`).Equal(decode(t, `{"N":"1"}`)))
	require.Equal(t, `{"NS":["-1","2","10"]}`, string(decode(t, `{"NS":["10","2","-1"]}`).AppendJSON(nil)))
}

func TestKeysOrderAsValuesDo(t *testing.T) {
	texts := []string{"", "\x00", "\x00\x00", "\x00a", "\x01", "a", "a\x00", "a\x00b", "a\x01", "aa", "b", "é", "\xFF", "\xFF\xFF"}
	for i, a := range texts {
		for j, b := range texts {
			ka, kb := value.Binary(a).AppendKey(nil), value.Binary(b).AppendKey(nil)
			require.Equal(t, strings.Compare(a, b), bytes.Compare(ka, kb), "%q %q", a, b)
			require.False(t, i != j && bytes.HasPrefix(ka, kb), "%q %q", a, b)
			require.Equal(t, strings.HasPrefix(a, b), bytes.HasPrefix(ka, value.Binary(b).AppendPrefix(nil)), "%q %q", a, b)
		}
	}
}

func TestItemsAreNeverChanged(t *testing.T) {
	item := decode(t, `{"M":{"a":{"N":"1"},"c":{"N":"3"}}}`).Map()
	before := string(item.AppendJSON(nil))
	require.Equal(t, `{"a":{"N":"1"},"b":{"S":"x"},"c":{"N":"3"}}`, string(item.With("b", value.String("x")).AppendJSON(nil)))
	require.Equal(t, `{"a":{"S":"x"},"c":{"N":"3"}}`, string(item.With("a", value.String("x")).AppendJSON(nil)))
	require.Equal(t, `{"c":{"N":"3"}}`, string(item.Without("a").AppendJSON(nil)))
	require.Equal(t, before, string(item.AppendJSON(nil)))
}

func TestCompactIsTheSame(t *testing.T) {
	item := decode(t, `{"M":{"a":{"S":"x"},"b":{"L":[{"N":"1"},{"M":{"k":{"SS":["p","q"]},"e":{"M":{}}}},{"NULL":true}]},"c":{"B":"AAE="},"d":{"L":[]}}}`).Map()
	require.Equal(t, string(item.AppendJSON(nil)), string(item.Compact().AppendJSON(nil)))
	require.True(t, item.Equal(item.Compact()))
}

func TestAttributesAreSortedAndTheLastOfANameCounts(t *testing.T) {
	var document strings.Builder
	want := map[string]string{}
	document.WriteString(`{"M":{`)
	for i := range 100 { // more than are sorted on the stack
		name := strconv.Itoa(i * 37 % 70)
		want[name] = strconv.Itoa(i)
		fmt.Fprintf(&document, `%q:{"N":"%d"},`, name, i)
	}
	document.WriteString(`"end":{"N":"100"}}}`)
	want["end"] = "100"
	item := decode(t, document.String()).Map()
	got := map[string]string{}
	for _, a := range item {
		got[a.Name] = a.Value.Text()
	}
	require.Equal(t, want, got)
	require.True(t, slices.IsSortedFunc(item, func(a, b value.Attribute) int { return strings.Compare(a.Name, b.Name) }))
}

// FuzzDecode reads any document as an item: the answer is an item that reads
// back as itself, or one of DynamoDB's errors.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"a":{"S":"x"},"b":{"N":"1.50"},"c":{"B":"aGVsbG8="},"d":{"BOOL":"yes"},"e":{"NULL":true}}`,
		`{"a":{"SS":["b","a"]},"b":{"L":[{"M":{"x":{"NS":["2","1"]}}}]}}`,
		`{"a":{"S":1}}`, `{"a":{}}`, `{"a":{"S":"x","N":"1"}}`, `{"a":{"B":"?"}}`, `{"a":{"SS":[]}}`, `{"a":[]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		root, ok := wire.Parse(document)
		if !ok || root.Kind != wire.Object {
			return
		}
		for _, layer := range []value.Layer{value.Current, value.Older} {
			item, err := value.DecodeItem(&root, layer)
			if err == nil {
				err = item.Check(layer)
			}
			if err != nil {
				var refused *refusal.Error
				require.ErrorAs(t, err, &refused)
				continue
			}
			again, ok := wire.Parse(item.AppendJSON(nil))
			require.True(t, ok)
			same, err := value.DecodeItem(&again, layer)
			require.NoError(t, err)
			require.True(t, item.Equal(same))
			require.Equal(t, item.Size(), same.Size())
			require.True(t, item.Equal(item.Compact()))
		}
	})
}

// Null stands for "not there" as a member of a document, but not within a set.
func TestNullInASetIsRefused(t *testing.T) {
	for _, in := range []string{`{"SS":["a",null]}`, `{"NS":[null]}`, `{"BS":["YQ==",null]}`} {
		root, ok := wire.Parse([]byte(in))
		require.True(t, ok)
		_, err := value.Decode(&root, value.Current)
		e, ok := refusal.As(err)
		require.True(t, ok, in)
		require.Equal(t, refusal.SerializationCode, e.Code, in)
	}
}
