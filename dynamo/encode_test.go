package dynamo_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
)

type color string

func (color) String() string { return "a color" }

type inner struct {
	Name  string    `dynamodbav:"name"`
	Depth *int      `dynamodbav:"depth,omitempty"`
	At    time.Time `dynamodbav:"at"`
	Extra string    `dynamodbav:"-"`
	None  *inner2   `dynamodbav:"none"`
}

type inner2 struct{ Value uint16 }

// Base is embedded.
type Base struct {
	ID    string `dynamodbav:"id"`
	Count uint32 `dynamodbav:"count,omitempty"`
}

// A plain struct has everything that repositories encode by themselves.
type plain struct {
	Base
	Text     string
	Kind     color
	Flag     bool    `dynamodbav:",omitempty"`
	Int      int     `dynamodbav:"int,omitempty"`
	Small    int8    `dynamodbav:"small"`
	Large    uint64  `dynamodbav:"large"`
	Fraction float64 `dynamodbav:"fraction,omitempty"`
	Single   float32
	At       time.Time  `dynamodbav:"at,omitempty"`
	Until    time.Time  `dynamodbav:"until,unixtime"`
	Maybe    *string    `dynamodbav:"maybe"`
	Perhaps  *string    `dynamodbav:"perhaps,omitempty"`
	Later    *time.Time `dynamodbav:"later"`
	Bytes    []byte     `dynamodbav:"bytes"`
	NoBytes  []byte     `dynamodbav:"nobytes,omitempty"`
	Words    []string   `dynamodbav:"words"`
	NoWords  []string   `dynamodbav:"nowords,omitempty"`
	Numbers  []int
	Colors   []color
	Inners   []inner
	Pointers []*inner
	Labels   map[string]string `dynamodbav:"labels"`
	NoLabels map[string]string `dynamodbav:"nolabels,omitempty"`
	Counts   map[string]uint8
	Deep     map[string]map[string][]inner
	Inner    inner
	hidden   string
}

// Whatever a repository encodes by itself must be what attributevalue makes of
// it: that is what its users have in their tables.
func TestEncodingIsThatOfAttributevalue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		p := plain{hidden: "not stored"}
		fill(random, reflect.ValueOf(&p).Elem())
		requireSame(t, &p)
	}
	requireSame(t, new(plain))
	requireSame(t, &plain{Words: []string{}, Bytes: []byte{}, Labels: map[string]string{}, Fraction: math.Copysign(0, -1)})
}

func requireSame[T any](t *testing.T, v *T) {
	t.Helper()
	want, err := attributevalue.Marshal(v)
	require.NoError(t, err)
	got, planned, err := dynamo.Encode(v)
	require.NoError(t, err)
	require.True(t, planned)
	require.Equal(t, want, got)
	item := got.(*types.AttributeValueMemberM).Value
	size, exact := dynamo.EncodedSize(v), dynamo.ItemSize(item)
	require.GreaterOrEqual(t, size, exact, "an item larger than it is taken for is not measured")
	require.LessOrEqual(t, size, exact+100, "what is left out counts with its name")
}

// fill sets v to something random, which is empty every third time.
func fill(r *rand.Rand, v reflect.Value) {
	n := r.IntN(3)
	switch {
	case !v.CanSet():
	case v.Type() == reflect.TypeFor[time.Time]():
		at := time.Unix(r.Int64N(4e9)*int64(n), r.Int64N(1e9)).In(time.FixedZone("", r.IntN(1e5)-5e4))
		v.Set(reflect.ValueOf(at))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	case v.CanInt():
		v.SetInt(r.Int64() * int64(n))
	case v.CanUint():
		v.SetUint(r.Uint64() * uint64(n))
	case v.CanFloat():
		v.SetFloat(r.NormFloat64() * float64(n))
	case v.Kind() == reflect.String:
		v.SetString(strings.Repeat("é\x00", n))
	case v.Kind() == reflect.Bool:
		v.SetBool(n > 0)
	case n > 0:
		fillReference(r, v, n)
	}
}

// fillReference points v to n random elements.
func fillReference(r *rand.Rand, v reflect.Value, n int) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(r, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for i := range n {
			element := reflect.New(v.Type().Elem()).Elem()
			fill(r, element)
			v.SetMapIndex(reflect.ValueOf("key "+strconv.Itoa(i)), element)
		}
	}
}

// valuer and pointer encode themselves.
type (
	valuer  struct{ V int }
	pointer struct{ V int }
)

func (valuer) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return &types.AttributeValueMemberS{Value: "value"}, nil
}

func (*pointer) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return &types.AttributeValueMemberS{Value: "pointer"}, nil
}

type myTime time.Time

type node struct {
	Name string
	Next []node
}

type twins struct {
	Base
	Other int `dynamodbav:"id"`
}

// These are left to attributevalue, each for a rule of its own.
func TestRareTypesAreLeftToAttributevalue(t *testing.T) {
	three := 3
	pointerToIt, nothing := &three, []string(nil)
	for name, encoded := range map[string]func() (types.AttributeValue, types.AttributeValue, bool){
		"marshaler":          both(&struct{ F valuer }{valuer{1}}),
		"pointer marshaler":  both(&struct{ F pointer }{pointer{1}}),
		"list of marshalers": both(&struct{ F []pointer }{[]pointer{{1}}}),
		"seconds":            both(&struct{ F attributevalue.UnixTime }{attributevalue.UnixTime(time.Unix(5, 0))}),
		"interface":          both(&struct{ F any }{3}),
		"array":              both(&struct{ F [2]int }{[2]int{1, 2}}),
		"json number":        both(&struct{ F json.Number }{"12"}),
		"number":             both(&struct{ F attributevalue.Number }{"12"}),
		"sets of bytes":      both(&struct{ F [][]byte }{[][]byte{{1}}}),
		"defined time":       both(&struct{ F myTime }{myTime(time.Unix(5, 0))}),
		"pointer to pointer": both(&struct{ F **int }{&pointerToIt}),
		"pointer to no list": both(&struct{ F *[]string }{&nothing}),
		"integers as keys":   both(&struct{ F map[int]string }{map[int]string{1: "a"}}),
		"defined keys":       both(&struct{ F map[color]string }{map[color]string{"red": "a"}}),
		"set": both(&struct {
			F []string `dynamodbav:",stringset"`
		}{[]string{"a"}}),
		"number as text": both(&struct {
			F int `dynamodbav:",string"`
		}{1}),
		"null for empty": both(&struct {
			F string `dynamodbav:",nullempty"`
		}{}),
		"channel":              both(&struct{ F chan int }{make(chan int)}),
		"a type within itself": both(&node{"a", []node{{"b", nil}}}),
		"one name twice":       both(&twins{Base{ID: "a"}, 1}),
		"embedded pointer":     both(&struct{ *Base }{&Base{ID: "a"}}),
		"no embedded pointer":  both(&struct{ *Base }{}),
	} {
		t.Run(name, func(t *testing.T) {
			want, got, planned := encoded()
			require.Equal(t, want, got)
			require.False(t, planned)
		})
	}
}

func both[T any](v *T) func() (want, got types.AttributeValue, planned bool) {
	return func() (want, got types.AttributeValue, planned bool) {
		want, err := attributevalue.Marshal(v)
		if err != nil {
			panic(err)
		}
		got, planned, err = dynamo.Encode(v)
		if err != nil {
			panic(err)
		}
		return want, got, planned
	}
}

func TestEncodingRefusesWhatAttributevalueRefuses(t *testing.T) {
	v := &struct{ F map[string]int }{map[string]int{"": 1}}
	_, want := attributevalue.Marshal(v)
	_, planned, err := dynamo.Encode(v)
	require.True(t, planned)
	require.Equal(t, want, err)
}
