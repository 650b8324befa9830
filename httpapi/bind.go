package httpapi

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// The parts of a request in a FieldError.
const (
	inBody   = "body"
	inPath   = "path"
	inQuery  = "query"
	inHeader = "header"
)

// statusMalformed is the status of a request that cannot be decoded.
const statusMalformed = http.StatusBadRequest

// A binder fills values of one type from requests. It is made once per handler,
// so that a request does not look at tags.
type binder struct {
	pointer bool // the type is a pointer to the struct
	params  []param
	body    *bodyType // nil when the body is left alone
}

// A param is a field that comes from the path, the query or the header.
type param struct {
	in, name string
	required bool
	index    []int
	set      setter
	list     bool
}

// newBinder returns a binder for t. It panics when a tag asks for what cannot
// be done.
func newBinder(t reflect.Type) *binder {
	b, all := &binder{}, make(bodyTypes)
	s := t
	if t.Kind() == reflect.Pointer {
		s = t.Elem()
	}
	if s.Kind() != reflect.Struct {
		b.body = all.of(t)
		return b
	}
	b.pointer = s != t
	fields := make(map[string]*bodyField)
	for f := range fieldsOf(s) {
		switch in, tag := tagOf(f); {
		case in != "" && f.IsExported():
			b.param(s, f, in, tag)
		case f.Anonymous && f.Tag == "" && f.Type.Kind() == reflect.Pointer:
			panic(fmt.Sprintf("httpapi: JSON: %s.%s: cannot fill an embedded pointer", s, f.Name))
		case !all.add(fields, f):
			panic(fmt.Sprintf("httpapi: JSON: %s.%s: the json option string is not supported", s, f.Name))
		}
	}
	switch {
	case reflect.PointerTo(s).Implements(unmarshalerType):
		b.body = all.of(s)
	case len(fields) > 0:
		b.body = &bodyType{typ: s, form: formStruct, fields: fields}
	}
	return b
}

// tagOf returns where a field comes from, if its tag says so, and the tag.
func tagOf(f reflect.StructField) (in, tag string) {
	for _, in := range [...]string{inPath, inQuery, inHeader} {
		if tag, ok := f.Tag.Lookup(in); ok {
			return in, tag
		}
	}
	return "", ""
}

// fieldsOf walks the fields of t, first its own and then those of embedded
// structs, so that the outer one of two with the same name comes first.
func fieldsOf(t reflect.Type) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) { walkFields(t, nil, yield) }
}

func walkFields(t reflect.Type, prefix []int, yield func(reflect.StructField) bool) bool {
	var embedded []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		f.Index = append(slices.Clip(prefix), i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag == "" {
			embedded = append(embedded, f)
		} else if !yield(f) {
			return false
		}
	}
	for _, f := range embedded {
		if !walkFields(f.Type, f.Index, yield) {
			return false
		}
	}
	return true
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
	if b.body != nil {
		text, err := readJSON(r)
		if err == nil {
			wrong, err = bindBody(b.body, text, v, wrong)
		}
		if err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return &Problem{Status: statusMalformed, Detail: detailOf(wrong), Errors: wrong}
	}
	return nil
}

// bindParams fills the fields that do not come from the body.
func (b *binder) bindParams(r *http.Request, v reflect.Value) (wrong []FieldError) {
	var query url.Values
	var malformed map[string]string
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
				query, malformed = parseQuery(r.URL.RawQuery)
			}
			if detail, ok := malformed[p.name]; ok {
				wrong = append(wrong, FieldError{In: p.in, Field: p.name, Detail: detail})
				continue
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

// parseQuery returns the parameters of a query, and by name what is wrong with those
// that net/url drops.
func parseQuery(raw string) (query url.Values, malformed map[string]string) {
	query, err := url.ParseQuery(raw)
	if err == nil {
		return query, nil
	}
	malformed = make(map[string]string)
	for pair := range strings.SplitSeq(raw, "&") {
		if _, err := url.ParseQuery(pair); err != nil {
			escaped, _, _ := strings.Cut(pair, "=")
			name, _ := url.QueryUnescape(escaped) // a name that is malformed is nobody's
			malformed[name] = "is malformed: " + err.Error()
		}
	}
	return query, malformed
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
		return "", &Problem{Status: statusMalformed, Detail: "the request has no body"}
	}
	if ct := r.Header.Get("Content-Type"); ct != "" && !isJSON(ct) {
		return "", &Problem{Status: http.StatusUnsupportedMediaType, Detail: "the body must be JSON in UTF-8"}
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
	if !utf8.Valid(b.Bytes()) {
		return "", &Problem{Status: statusMalformed, Detail: "the body is not UTF-8"}
	}
	return b.String(), nil
}

// isJSON tells whether a content type is application/json or one built on it.
// JSON is UTF-8 (RFC 8259, section 8.1), so that there is no other charset.
func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, parameters, err := mime.ParseMediaType(contentType)
	if charset, ok := parameters["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return false
	}
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
