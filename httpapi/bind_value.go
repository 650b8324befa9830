package httpapi

import (
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// A setter sets a value from a text and says what is wrong with the text, if
// anything.
type setter func(v reflect.Value, text string) (wrong string)

var (
	durationType        = reflect.TypeFor[time.Duration]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// textSetter returns the setter of t for a path, query or header, nil when
// there is none.
func textSetter(t reflect.Type) setter {
	switch {
	case reflect.PointerTo(t).Implements(textUnmarshalerType):
		return setText
	case t == durationType:
		return setDuration
	case t.Kind() == reflect.Pointer:
		return pointerSetter(t.Elem())
	}
	return basicSetter(t)
}

// basicSetter returns the setter of t by its kind.
func basicSetter(t reflect.Type) setter {
	switch t.Kind() {
	case reflect.String:
		return setString
	case reflect.Bool:
		return setBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return setInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return setUint
	case reflect.Float32, reflect.Float64:
		return setFloat
	default:
		return nil
	}
}

// pointerSetter returns a setter for pointers to t.
func pointerSetter(t reflect.Type) setter {
	set := textSetter(t)
	if set == nil || t.Kind() == reflect.Pointer {
		return nil
	}
	return func(v reflect.Value, text string) string {
		p := reflect.New(t)
		if wrong := set(p.Elem(), text); wrong != "" {
			return wrong
		}
		v.Set(p)
		return ""
	}
}

func setText(v reflect.Value, text string) string {
	u, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	if !ok {
		return "cannot be set"
	}
	if err := u.UnmarshalText([]byte(text)); err != nil {
		return "is malformed"
	}
	return ""
}

func setDuration(v reflect.Value, text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return "must be a duration such as 1m30s"
	}
	v.SetInt(int64(d))
	return ""
}

func setString(v reflect.Value, text string) string {
	v.SetString(text)
	return ""
}

func setBool(v reflect.Value, text string) string {
	if text != "true" && text != "false" {
		return "must be true or false"
	}
	v.SetBool(text == "true")
	return ""
}

func setInt(v reflect.Value, text string) string {
	n, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if err != nil {
		return wrongNumber(err, v.Type())
	}
	v.SetInt(n)
	return ""
}

func setUint(v reflect.Value, text string) string {
	n, err := strconv.ParseUint(text, 10, v.Type().Bits())
	if err != nil {
		return wrongNumber(err, v.Type())
	}
	v.SetUint(n)
	return ""
}

func setFloat(v reflect.Value, text string) string {
	f, err := strconv.ParseFloat(text, v.Type().Bits())
	if err != nil {
		return wrongNumber(err, v.Type())
	}
	if f-f != 0 { // NaN and the infinities, which JSON cannot say either
		return "must be " + nameOf(v.Type())
	}
	v.SetFloat(f)
	return ""
}

func wrongNumber(err error, t reflect.Type) string {
	if errors.Is(err, strconv.ErrRange) {
		return "is out of range"
	}
	return "must be " + nameOf(t)
}

// kindOf returns the kind of JSON value that a type with a setter is.
func kindOf(t reflect.Type) jsonscan.Kind {
	switch t.Kind() {
	case reflect.String:
		return jsonscan.String
	case reflect.Bool:
		return jsonscan.Bool
	default:
		return jsonscan.Number
	}
}

// nameOf says in words what JSON value t takes.
func nameOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return nameOf(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number that is not negative"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "of another type"
	}
}

// decodeStrict decodes text with encoding/json and refuses unknown members. It
// names the field inside of text that is wrong, if it can be told.
func decodeStrict(text string, to any) (field, wrong string) {
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return explain(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", "has more than one value"
	}
	return "", ""
}

// explain puts an error of encoding/json into words for the client.
func explain(err error) (field, wrong string) {
	var (
		mistyped *json.UnmarshalTypeError
		syntax   *json.SyntaxError
	)
	switch {
	case errors.As(err, &mistyped) && strings.HasPrefix(mistyped.Value, "number "):
		return mistyped.Field, "is out of range or not " + nameOf(mistyped.Type)
	case errors.As(err, &mistyped):
		return mistyped.Field, "must be " + nameOf(mistyped.Type)
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "", "is not JSON"
	}
	// encoding/json has no type for this one.
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if name, err := strconv.Unquote(name); err == nil {
			return name, "is unknown"
		}
	}
	return "", "is malformed"
}
