package wire_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

func TestMemberIsTheLastOfItsName(t *testing.T) {
	root, ok := wire.Parse([]byte(`{"a":1,"b":null,"a":"x\u00e9\ud83d\ude00\n"}`))
	require.True(t, ok)
	require.Equal(t, "xé😀\n", root.Member("a").Text)
	require.Nil(t, root.Member("b"), "null is absent")
	require.Nil(t, root.Member("c"))
}

func TestDepthIsBounded(t *testing.T) {
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	_, ok := wire.Parse(deep(4000))
	require.True(t, ok)
	_, ok = wire.Parse(deep(5000))
	require.False(t, ok)
	_, ok = wire.Parse([]byte(strings.Repeat("[", 1<<20)))
	require.False(t, ok)
}

func TestShape(t *testing.T) {
	shape := &wire.Shape{Type: wire.Struct, Class: "Top", Members: []wire.Member{
		{Name: "s", Shape: &wire.Shape{Type: wire.Text}},
		{Name: "i", Shape: &wire.Shape{Type: wire.Int}},
		{Name: "f", Shape: &wire.Shape{Type: wire.Flag}},
		{Name: "l", Shape: &wire.Shape{Type: wire.List, Elem: &wire.Shape{Type: wire.Struct, Class: "Elem"}}},
		{Name: "m", Shape: &wire.Shape{Type: wire.Map, Class: "V", Elem: &wire.Shape{Type: wire.Text}}},
	}}
	for in, want := range map[string]string{
		`{"s":"x","i":1,"f":"yes","l":[{}],"m":{"a":"b"},"z":[]}`: "",
		`{"s":null,"m":null}`: "",
		`{"s":1.5}`:           "DECIMAL_VALUE cannot be converted to String",
		`{"s":[]}`:            "Unrecognized collection type class java.lang.String",
		`{"s":{}}`:            "Start of structure or map found where not expected",
		`{"i":"1"}`:           "STRING_VALUE cannot be converted to Integer",
		`{"i":true}`:          "TRUE_VALUE cannot be converted to Integer",
		`{"f":"maybe"}`:       "Unexpected token received from parser",
		`{"f":0}`:             "NUMBER_VALUE cannot be converted to Boolean",
		`{"l":{}}`:            "Start of structure or map found where not expected",
		`{"l":1}`:             "Unexpected field type",
		`{"l":[1]}`:           "Unexpected value type in payload",
		`{"l":[[]]}`:          "Unrecognized collection type class Elem",
		`{"m":[]}`:            "Unrecognized collection type java.util.Map<java.lang.String, V>",
		`{"m":"x"}`:           "Unexpected field type",
	} {
		root, ok := wire.Parse([]byte(in))
		require.True(t, ok, in)
		err := shape.Check(&root)
		if want == "" {
			require.NoError(t, err, in)
			continue
		}
		require.EqualError(t, err, "SerializationException: "+want, in)
	}
}

// Documents that need little, more than the reader has, and more than it keeps,
// right ones and wrong ones in between.
func TestAReaderReadsOneDocumentAfterTheOther(t *testing.T) {
	var reader wire.Reader
	wide := func(n int) string { return "[" + strings.Repeat(`{"k":["v",{"S":"x"}]},`, n) + "1]" }
	for _, in := range []string{`{"a":{"S":"x"}}`, wide(40), `{"a":`, wide(41), `{}`, wide(2000), `[{"S":"x"},`, wide(3), `"s"`} {
		got, ok := reader.Parse([]byte(in))
		want, wantOK := wire.Parse([]byte(in))
		require.Equal(t, wantOK, ok, in)
		if ok {
			require.Equal(t, want, *got)
		}
	}
}

// FuzzParse compares the parser with encoding/json: the same documents are
// JSON, and written back they mean the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e3,true,false,null,"\u0041\ud834\udd1e\\"]}`, `"\ud800"`, `[01]`, `{"a":}`, ` {} `, `"a` + "\n" + `"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		root, ok := wire.Parse(document)
		if utf8.Valid(document) && len(document) < 4000 {
			require.Equal(t, json.Valid(document), ok)
		}
		if !ok {
			return
		}
		var want, got any
		require.NoError(t, json.Unmarshal(document, &want))
		require.NoError(t, json.Unmarshal(root.AppendSorted(nil), &got))
		require.Equal(t, want, got)
	})
}
