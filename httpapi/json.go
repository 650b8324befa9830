package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
)

// MaxJSONBody is the largest body, in bytes, that [JSON] reads when no
// [LimitBody] around it says otherwise.
const MaxJSONBody = 1 << 20

// JSON returns a handler that decodes a request into an In, calls fn and encodes
// the Out.
//
// # Request
//
// In is a struct. Its fields say by their tags where they come from:
//
//	type SearchInput struct {
//		Shop  string   `path:"shop"`                  // r.PathValue("shop")
//		Term  string   `query:"q,required"`           // ?q=…
//		Tags  []string `query:"tag"`                  // ?tag=a&tag=b
//		Limit *int     `query:"limit"`                // nil without it
//		Match string   `header:"If-Match"`
//		Note  string   `json:"note"`                  // a member of the JSON body
//	}
//
// Fields from path, query and header are strings, booleans, numbers,
// time.Duration, an encoding.TextUnmarshaler (such as time.Time), a pointer to
// one of these, or, but for the path, a slice of them. A path field is always
// required. A query parameter that is not a slice may be given once only.
//
// All other exported fields are members of the body, which is a JSON object;
// their names are those of encoding/json, and case matters. Members that In
// does not have are refused, at every depth, and so is a member given twice. An
// In without such fields leaves the body alone; an In that is not a struct, or
// implements json.Unmarshaler, is the whole body. A type that decodes itself, an
// array, an interface and a struct with the json option string are left to
// encoding/json. A body with a content type other than JSON is answered 415, a
// body over the limit 413, one that is missing or not UTF-8 400.
//
// Fields that cannot be decoded are all listed in one answer, 400, up to 100 of
// the body. When there are none and In, or *In, has a method Validate() error, it
// is called; its error is answered 422, see [FieldError], unless it says
// otherwise.
//
// # Response
//
// The answer is 200 and the JSON of Out. Out changes that with a method
// StatusCode() int, with a method ResponseHeader() http.Header, or by being a
// [Response]. An Out of type struct{}, and a nil pointer, is 204. An error is
// answered by [WriteError].
//
// JSON panics when In has a field that it cannot fill. fn and the handler are
// called concurrently.
func JSON[In, Out any](fn func(context.Context, In) (Out, error)) http.Handler {
	b := newBinder(reflect.TypeFor[In]())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := b.bind(r, reflect.ValueOf(&in).Elem()); err != nil {
			WriteError(w, r, err)
			return
		}
		if err := validate(&in); err != nil {
			WriteError(w, r, err)
			return
		}
		out, err := fn(r.Context(), in)
		if err != nil {
			WriteError(w, r, err)
			return
		}
		writeOutput(w, r, out)
	})
}

// A Response is an Out of [JSON] with a status and headers.
//
//	return httpapi.Response[Gig]{
//		Status: http.StatusCreated,
//		Header: http.Header{"Location": {"/gigs/" + g.ID}},
//		Body:   g,
//	}, nil
type Response[T any] struct {
	// Status is the HTTP status; 0 means 200.
	Status int
	// Header is added to the answer; its Content-Type replaces
	// application/json.
	Header http.Header
	// Body is encoded as JSON, unless Status allows no body.
	Body T
}

// parts lets JSON see any Response without knowing its T.
func (r Response[T]) parts() (int, http.Header, any) { return r.Status, r.Header, r.Body }

// validate calls the Validate method of in, if it has one.
func validate[In any](in *In) error {
	v, ok := any(in).(interface{ Validate() error })
	if !ok {
		v, ok = any(*in).(interface{ Validate() error })
	}
	if !ok {
		return nil
	}
	err := v.Validate()
	if err == nil {
		return nil
	}
	var coded interface{ StatusCode() int }
	if errors.As(err, &coded) {
		return err
	}
	return &Problem{Status: http.StatusUnprocessableEntity, Detail: err.Error()}
}

// writeOutput answers with out.
func writeOutput(w http.ResponseWriter, r *http.Request, out any) {
	status, header, body := outputParts(out)
	o := &output{ResponseWriter: w, status: status}
	w.Header().Set("Content-Type", "application/json")
	for key, values := range header {
		w.Header()[http.CanonicalHeaderKey(key)] = values
	}
	if !bodyAllowed(status) {
		w.Header().Del("Content-Type")
		w.WriteHeader(status)
		return
	}
	// Encode writes at once and only when all of out could be encoded.
	e := json.NewEncoder(o)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil && !o.wrote {
		WriteError(w, r, err)
	}
}

// outputParts takes out apart.
func outputParts(out any) (status int, header http.Header, body any) {
	status, body = http.StatusOK, out
	if p, ok := out.(interface {
		parts() (int, http.Header, any)
	}); ok {
		if status, header, body = p.parts(); status == 0 {
			status = http.StatusOK
		}
		return status, header, body
	}
	if v := reflect.ValueOf(out); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() || v.Type() == noneType {
		return http.StatusNoContent, nil, nil
	}
	if c, ok := out.(interface{ StatusCode() int }); ok {
		status = c.StatusCode()
	}
	if h, ok := out.(interface{ ResponseHeader() http.Header }); ok {
		header = h.ResponseHeader()
	}
	return status, header, body
}

// noneType is the Out without a body.
var noneType = reflect.TypeFor[struct{}]()

// An output sends its status with the first bytes.
type output struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (o *output) Write(p []byte) (int, error) {
	if !o.wrote {
		o.wrote = true
		o.WriteHeader(o.status)
	}
	return o.ResponseWriter.Write(p)
}
