package idempotency

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// A codec stores results of type Out.
type codec[Out any] struct {
	boxed bool // Out is an interface: what it holds is stored with its type
	raw   bool // Out is JSON, which is stored as it is
}

func newCodec[Out any]() codec[Out] {
	t := reflect.TypeFor[Out]()
	return codec[Out]{boxed: t.Kind() == reflect.Interface, raw: t == reflect.TypeFor[json.RawMessage]()}
}

// errChanged is why a result is not kept that a repeat would not get as it was.
var errChanged = errors.New("the result has text that is not valid UTF-8: use []byte")

func (c codec[Out]) encode(out Out) ([]byte, error) {
	text, err := c.marshal(out)
	if err != nil || !bytes.Contains(text, replacement) {
		return text, err
	}
	// JSON has replaced something, or that is how the result was written.
	back, err := c.decode(text)
	if err != nil {
		return nil, err
	}
	if again, err := c.marshal(back); err != nil || !bytes.Equal(text, again) {
		return nil, errors.Join(errChanged, err)
	}
	return text, nil
}

func (c codec[Out]) marshal(out Out) ([]byte, error) {
	switch {
	case c.boxed:
		return encodeBox(out)
	case c.raw:
		return encodeRaw(any(out).(json.RawMessage))
	}
	return json.Marshal(out)
}

func (c codec[Out]) decode(text []byte) (Out, error) {
	var out Out
	switch {
	case c.raw && len(text) == 0:
		return out, nil
	case c.raw:
		return any(json.RawMessage(bytes.Clone(text))).(Out), nil
	case !c.boxed:
		err := json.Unmarshal(text, &out)
		return out, err
	}
	v, err := decodeBox(text)
	if err != nil || v == nil {
		return out, err
	}
	out, ok := v.(Out)
	if !ok {
		return out, fmt.Errorf("the stored value is a %T", v)
	}
	return out, nil
}

// encodeRaw leaves a document as it is, where encoding/json would write it anew.
// Nil, which is no document, is nothing.
func encodeRaw(document json.RawMessage) ([]byte, error) {
	if document != nil && !json.Valid(document) {
		return nil, errors.New("the result is not a JSON document")
	}
	return bytes.Clone(document), nil
}

// A box is a value of an interface type. JSON alone would make every number in
// it a float64.
type box struct {
	Type  string          `json:"type,omitempty"`
	Value json.RawMessage `json:"value"`
}

// boxable are the types whose name says all.
var boxable = func() map[string]reflect.Type {
	types := make(map[string]reflect.Type)
	for _, v := range []any{
		false, "", 0, int8(0), int16(0), int32(0), int64(0), uint(0), uint8(0), uint16(0), uint32(0), uint64(0),
		float32(0), float64(0), []byte(nil), []string(nil), []int(nil), map[string]string(nil), struct{}{},
		time.Time{}, time.Duration(0), json.RawMessage(nil),
	} {
		types[reflect.TypeOf(v).String()] = reflect.TypeOf(v)
	}
	return types
}()

var errBox = errors.New("the value in an interface is of a type that cannot be restored: return a concrete type")

func encodeBox(v any) ([]byte, error) {
	value, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	b := box{Value: value}
	if v != nil && boxable[reflect.TypeOf(v).String()] == reflect.TypeOf(v) {
		b.Type = reflect.TypeOf(v).String()
	}
	text, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	if b.Type != "" {
		return text, nil
	}
	// Anything else is kept if it comes back as it was, such as a map[string]any
	// of what JSON has.
	back, err := decodeBox(text)
	if err != nil || !reflect.DeepEqual(v, back) {
		return nil, fmt.Errorf("%w, not %T", errBox, v)
	}
	return text, nil
}

func decodeBox(text []byte) (any, error) {
	var b box
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, err
	}
	if b.Type == "" {
		var v any
		err := json.NewDecoder(bytes.NewReader(b.Value)).Decode(&v)
		return v, err
	}
	t := boxable[b.Type]
	if t == nil {
		return nil, fmt.Errorf("type %s is not known", b.Type)
	}
	v := reflect.New(t)
	err := json.Unmarshal(b.Value, v.Interface())
	return v.Elem().Interface(), err
}
