package httpapi

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// A bodyType decodes JSON into values of one Go type. Unlike encoding/json it
// goes on after a value that does not fit, so that one answer can name all of
// them, refuses members that are unknown or given twice, and takes the case of
// names seriously. What it has no form for is left to encoding/json.
type bodyType struct {
	typ    reflect.Type
	form   bodyForm
	set    setter                // of a scalar
	elem   *bodyType             // of a pointer, list or map
	fields map[string]*bodyField // of a struct
}

// A bodyForm is how a type is decoded.
type bodyForm uint8

const (
	formOther bodyForm = iota // by encoding/json
	formScalar
	formPointer
	formList
	formMap
	formStruct
)

// A bodyField is a field that is a member of an object.
type bodyField struct {
	index  []int
	number int // of the field among those of its struct
	value  *bodyType
}

// bodyTypes has the types made so far, for types that contain themselves.
type bodyTypes map[reflect.Type]*bodyType

var unmarshalerType = reflect.TypeFor[json.Unmarshaler]()

// of returns the decoder of t.
func (all bodyTypes) of(t reflect.Type) *bodyType {
	if known := all[t]; known != nil {
		return known
	}
	b := &bodyType{typ: t}
	all[t] = b
	p := reflect.PointerTo(t)
	if p.Implements(unmarshalerType) || p.Implements(textUnmarshalerType) || t == reflect.TypeFor[json.Number]() {
		return b
	}
	if b.set = basicSetter(t); b.set != nil {
		b.form = formScalar
		return b
	}
	switch t.Kind() {
	case reflect.Pointer:
		b.form, b.elem = formPointer, all.of(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 { // which is base64
			b.form, b.elem = formList, all.of(t.Elem())
		}
	case reflect.Map:
		key := t.Key()
		if key.Kind() == reflect.String && !reflect.PointerTo(key).Implements(textUnmarshalerType) {
			b.form, b.elem = formMap, all.of(t.Elem())
		}
	case reflect.Struct:
		if b.fields = all.fields(t); b.fields != nil {
			b.form = formStruct
		}
	}
	return b
}

// fields returns the fields of t, nil when it has one that only encoding/json
// knows how to fill.
func (all bodyTypes) fields(t reflect.Type) map[string]*bodyField {
	fields := make(map[string]*bodyField)
	for f := range fieldsOf(t) {
		if f.Anonymous && f.Tag.Get("json") == "" && f.Type.Kind() == reflect.Pointer {
			return nil
		}
		if !all.add(fields, f) {
			return nil
		}
	}
	return fields
}

// add adds f to fields, unless it is not decoded or another one has its name. It
// returns false when f has the option string.
func (all bodyTypes) add(fields map[string]*bodyField, f reflect.StructField) bool {
	tag := f.Tag.Get("json")
	if tag == "-" || !f.IsExported() {
		return true
	}
	name, options, _ := strings.Cut(tag, ",")
	if strings.Contains(options, "string") {
		return false
	}
	if name == "" {
		name = f.Name
	}
	if fields[name] == nil {
		fields[name] = &bodyField{index: f.Index, number: len(fields), value: all.of(f.Type)}
	}
	return true
}

// A bodyPath is the place of a value in the body, nil for all of it. It becomes
// text only when something is wrong there.
type bodyPath struct {
	parent *bodyPath
	name   string
	index  int // of an element, -1 for a member
}

// String returns the names and numbers on the way, joined by dots.
func (p *bodyPath) String() string {
	name := p.name
	if p.index >= 0 {
		name = strconv.Itoa(p.index)
	}
	if p.parent == nil {
		return name
	}
	return p.parent.String() + "." + name
}

// A bodyReader reads one body.
type bodyReader struct {
	jsonscan.Scanner
	wrong []FieldError
	whole string // what is wrong with the body itself
}

// What an answer says about wrong fields is bounded, so that a request cannot
// make an answer that is too large to be sent.
const (
	maxFieldErrors = 100
	maxFieldName   = 200
)

func (r *bodyReader) complain(at *bodyPath, detail string) {
	switch {
	case at == nil:
		r.whole = detail
	case len(r.wrong) < maxFieldErrors:
		name := at.String()
		if len(name) > maxFieldName {
			name = strings.ToValidUTF8(name[:maxFieldName], "") + "…"
		}
		r.wrong = append(r.wrong, FieldError{In: inBody, Field: name, Detail: detail})
	}
}

// read reads the next value into v.
func (r *bodyReader) read(b *bodyType, v reflect.Value, at *bodyPath) {
	kind := r.Kind()
	switch {
	case kind == jsonscan.Invalid:
		r.Skip() // to the error
	case b.form == formOther:
		r.readOther(v, at)
	case kind == jsonscan.Null:
		r.Null()
		if b.form != formScalar && b.form != formStruct {
			v.SetZero()
		}
	case b.form == formPointer:
		if v.IsNil() {
			v.Set(reflect.New(b.elem.typ))
		}
		r.read(b.elem, v.Elem(), at)
	case kind != b.kind():
		r.Skip()
		r.complain(at, "must be "+nameOf(b.typ))
	default:
		r.readForm(b, v, at)
	}
}

// kind returns the kind of JSON value that b takes.
func (b *bodyType) kind() jsonscan.Kind {
	switch b.form {
	case formList:
		return jsonscan.Array
	case formMap, formStruct:
		return jsonscan.Object
	default:
		return kindOf(b.typ)
	}
}

// readForm reads a value of the kind that b takes.
func (r *bodyReader) readForm(b *bodyType, v reflect.Value, at *bodyPath) {
	switch b.form {
	case formStruct:
		r.readStruct(b, v, at)
	case formList:
		r.readList(b, v, at)
	case formMap:
		r.readMap(b, v, at)
	default:
		var text string
		if r.Kind() == jsonscan.String {
			text = r.String()
		} else {
			text = r.Skip()
		}
		if r.Err() == nil {
			if detail := b.set(v, text); detail != "" {
				r.complain(at, detail)
			}
		}
	}
}

func (r *bodyReader) readStruct(b *bodyType, v reflect.Value, at *bodyPath) {
	seen := make([]bool, len(b.fields))
	for r.Object(); r.Member(); {
		key := r.Key()
		f := b.fields[key]
		switch here := (bodyPath{parent: at, name: key, index: -1}); {
		case f == nil:
			r.Skip()
			r.complain(&here, "is unknown")
		case seen[f.number]:
			r.Skip()
			r.complain(&here, "must be given once")
		default:
			seen[f.number] = true
			r.read(f.value, v.FieldByIndex(f.index), &here)
		}
	}
}

func (r *bodyReader) readList(b *bodyType, v reflect.Value, at *bodyPath) {
	v.Set(reflect.MakeSlice(b.typ, 0, 0))
	for r.Array(); r.Element(); {
		n := v.Len()
		v.Grow(1)
		v.SetLen(n + 1)
		r.read(b.elem, v.Index(n), &bodyPath{parent: at, index: n})
	}
}

func (r *bodyReader) readMap(b *bodyType, v reflect.Value, at *bodyPath) {
	v.Set(reflect.MakeMap(b.typ))
	for r.Object(); r.Member(); {
		key := reflect.ValueOf(r.Key()).Convert(b.typ.Key())
		here := bodyPath{parent: at, name: r.Key(), index: -1}
		if v.MapIndex(key).IsValid() {
			r.Skip()
			r.complain(&here, "must be given once")
			continue
		}
		value := reflect.New(b.elem.typ).Elem()
		r.read(b.elem, value, &here)
		v.SetMapIndex(key, value)
	}
}

// readOther lets encoding/json decode a value.
func (r *bodyReader) readOther(v reflect.Value, at *bodyPath) {
	text := r.Skip()
	if r.Err() != nil {
		return
	}
	if inner, detail := decodeStrict(text, v.Addr().Interface()); detail != "" {
		if inner != "" {
			at = &bodyPath{parent: at, name: inner, index: -1}
		}
		r.complain(at, detail)
	}
}

// bindBody reads text into v, adding to what is wrong already.
func bindBody(b *bodyType, text string, v reflect.Value, wrong []FieldError) ([]FieldError, error) {
	r := bodyReader{Scanner: jsonscan.New(text), wrong: wrong}
	if b.form == formStruct && r.Null() {
		r.whole = "must be an object"
	} else {
		r.read(b, v, nil)
	}
	if err := r.End(); err != nil {
		return nil, &Problem{Status: statusMalformed, Detail: "the body is not JSON: " + err.Error()}
	}
	if r.whole != "" {
		return nil, &Problem{Status: statusMalformed, Detail: "the body " + r.whole}
	}
	return r.wrong, nil
}
