package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// The parts of a request in a FieldError.
const (
	inBody   = "body"
	inPath   = "path"
	inQuery  = "query"
	inHeader = "header"
)

// A binder fills values of one type from requests. It is made once per handler,
// so that a request does not look at tags.
type binder struct {
	pointer bool // the type is a pointer to the struct
	params  []param
	body    map[string]*bodyField
	whole   bool // the body is decoded as one value
}

// A param is a field that comes from the path, the query or the header.
type param struct {
	in, name string
	required bool
	index    []int
	set      setter
	list     bool
}

// A bodyField is a field that is a member of the body.
type bodyField struct {
	index []int
	typ   reflect.Type
	fast  setter // for the text of a string, boolean or number; nil if there is none
}

// newBinder returns a binder for t. It panics when a tag asks for what cannot
// be done.
func newBinder(t reflect.Type) *binder {
	b := &binder{}
	s := t
	if t.Kind() == reflect.Pointer {
		b.pointer, s = true, t.Elem()
	}
	unmarshals := reflect.PointerTo(s).Implements(unmarshalerType)
	if s.Kind() != reflect.Struct {
		b.whole, b.pointer = true, false
		return b
	}
	b.walk(s, nil, !unmarshals)
	b.whole = unmarshals
	return b
}

var unmarshalerType = reflect.TypeFor[json.Unmarshaler]()

// walk collects the fields of t, first its own and then those of embedded
// structs, so that the outer one wins as it does in Go.
func (b *binder) walk(t reflect.Type, prefix []int, body bool) {
	var embedded []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		f.Index = append(append([]int(nil), prefix...), i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag == "" {
			embedded = append(embedded, f)
		} else if f.IsExported() {
			b.field(t, f, body)
		}
	}
	for _, f := range embedded {
		b.walk(f.Type, f.Index, body)
	}
}

// field adds one field of t.
func (b *binder) field(t reflect.Type, f reflect.StructField, body bool) {
	for _, in := range [...]string{inPath, inQuery, inHeader} {
		if tag, ok := f.Tag.Lookup(in); ok {
			b.param(t, f, in, tag)
			return
		}
	}
	tag := f.Tag.Get("json")
	if !body || tag == "-" {
		return
	}
	name, options, _ := strings.Cut(tag, ",")
	if strings.Contains(options, "string") {
		panic(fmt.Sprintf("httpapi: JSON: %s.%s: the json option string is not supported", t, f.Name))
	}
	if name == "" {
		name = f.Name
	}
	if b.body == nil {
		b.body = make(map[string]*bodyField)
	}
	if b.body[name] == nil {
		b.body[name] = &bodyField{index: f.Index, typ: f.Type, fast: jsonSetter(f.Type)}
	}
}

// param adds a field that comes from in.
func (b *binder) param(t reflect.Type, f reflect.StructField, in, tag string) {
	name, option, _ := strings.Cut(tag, ",")
	p := param{in: in, name: name, required: in == inPath || option == "required", index: f.Index}
	typ := f.Type
	if p.set = textSetter(typ); p.set == nil && typ.Kind() == reflect.Slice && in != inPath {
		p.list, p.set = true, textSetter(typ.Elem())
	}
	if name == "" || option != "" && option != "required" || p.set == nil {
		panic(fmt.Sprintf("httpapi: JSON: %s.%s: cannot fill a %s from `%s:%q`", t, f.Name, typ, in, tag))
	}
	b.params = append(b.params, p)
}

// bind fills v from r. Every wrong field is in the error.
func (b *binder) bind(r *http.Request, v reflect.Value) error {
	if b.pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	wrong := b.bindParams(r, v)
	if b.whole || b.body != nil {
		text, err := readJSON(r)
		if err != nil {
			return err
		}
		if b.whole {
			err = bindWhole(text, v)
		} else {
			wrong, err = b.bindBody(text, v, wrong)
		}
		if err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return &Problem{Status: http.StatusBadRequest, Detail: detailOf(wrong), Errors: wrong}
	}
	return nil
}

// bindParams fills the fields that do not come from the body.
func (b *binder) bindParams(r *http.Request, v reflect.Value) (wrong []FieldError) {
	var query url.Values
	for i := range b.params {
		p := &b.params[i]
		var values []string
		switch p.in {
		case inPath:
			if value := r.PathValue(p.name); value != "" {
				values = []string{value}
			}
		case inQuery:
			if query == nil {
				query = r.URL.Query()
			}
			values = query[p.name]
		case inHeader:
			values = r.Header.Values(p.name)
		}
		if detail := p.fill(v.FieldByIndex(p.index), values); detail != "" {
			wrong = append(wrong, FieldError{In: p.in, Field: p.name, Detail: detail})
		}
	}
	return wrong
}

// fill sets field from values and says what is wrong with them.
func (p *param) fill(field reflect.Value, values []string) (wrong string) {
	switch {
	case len(values) == 0 && p.required:
		return "is missing"
	case len(values) == 0:
		return ""
	case p.list:
		list := reflect.MakeSlice(field.Type(), len(values), len(values))
		for i, value := range values {
			if wrong = p.set(list.Index(i), value); wrong != "" {
				return wrong
			}
		}
		field.Set(list)
		return ""
	case len(values) > 1 && p.in == inQuery:
		return "must be given once"
	}
	return p.set(field, values[0])
}

// readJSON returns the body of r, which must be JSON and within the limit.
func readJSON(r *http.Request) (string, error) {
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		return "", &Problem{Status: http.StatusBadRequest, Detail: "the request has no body"}
	}
	if ct := r.Header.Get("Content-Type"); ct != "" && !isJSON(ct) {
		return "", &Problem{Status: http.StatusUnsupportedMediaType, Detail: "the body must be JSON"}
	}
	body := io.Reader(r.Body)
	if _, limited := r.Body.(*limitedBody); !limited {
		if r.ContentLength > MaxJSONBody {
			return "", &http.MaxBytesError{Limit: MaxJSONBody}
		}
		body = http.MaxBytesReader(nil, r.Body, MaxJSONBody)
	}
	// With room to see the end without growing. Into
	// a strings.Builder, io.Copy would take a buffer of 32 KB for it.
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(min(r.ContentLength, MaxLambdaResponse)) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(body); err != nil {
		return "", fmt.Errorf("httpapi: read body: %w", err)
	}
	return b.String(), nil
}

// isJSON tells whether a content type is application/json or one built on it.
func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// bindWhole decodes text into v.
func bindWhole(text string, v reflect.Value) error {
	if field, detail := decodeStrict(text, v.Addr().Interface()); detail != "" {
		p := &Problem{Status: http.StatusBadRequest, Detail: "the body " + detail}
		if field != "" {
			p.Detail = "wrong fields: " + field
			p.Errors = []FieldError{{In: inBody, Field: field, Detail: detail}}
		}
		return p
	}
	return nil
}

// bindBody fills the fields that are members of the body.
func (b *binder) bindBody(text string, v reflect.Value, wrong []FieldError) ([]FieldError, error) {
	s := jsonscan.New(text)
	if kind := s.Kind(); kind != jsonscan.Object && kind != jsonscan.Invalid {
		return nil, &Problem{Status: http.StatusBadRequest, Detail: "the body must be a JSON object"}
	}
	seen := make(map[*bodyField]bool, len(b.body))
	for s.Object(); s.Member(); {
		key := s.Key()
		f := b.body[key]
		var field, detail string
		switch {
		case f == nil:
			s.Skip()
			field, detail = key, "is unknown"
		case seen[f]:
			s.Skip()
			field, detail = key, "must be given once"
		default:
			seen[f] = true
			field, detail = f.fill(v.FieldByIndex(f.index), &s, key)
		}
		if detail != "" {
			wrong = append(wrong, FieldError{In: inBody, Field: field, Detail: detail})
		}
	}
	if err := s.End(); err != nil {
		return nil, &Problem{Status: http.StatusBadRequest, Detail: "the body is not JSON: " + err.Error()}
	}
	return wrong, nil
}

// fill sets field from the next value of s. It names the field that is wrong,
// which may be inside of key, and says why.
func (f *bodyField) fill(field reflect.Value, s *jsonscan.Scanner, key string) (wrong, detail string) {
	kind := s.Kind()
	if f.fast != nil && kind != jsonscan.Null {
		if kind != kindOf(f.typ) {
			s.Skip()
			return key, "must be " + nameOf(f.typ)
		}
		if kind == jsonscan.String {
			return key, f.fast(field, s.String())
		}
		return key, f.fast(field, s.Skip())
	}
	raw := s.Skip()
	if s.Err() != nil {
		return "", ""
	}
	inner, detail := decodeStrict(raw, field.Addr().Interface())
	if inner != "" {
		key += "." + inner
	}
	return key, detail
}
