package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

type paging struct {
	Limit *int `query:"limit"`
}

type everything struct {
	paging
	Shop    string        `path:"shop"`
	Number  uint8         `path:"number"`
	Term    string        `query:"q,required"`
	Tags    []string      `query:"tag"`
	Ratio   float64       `query:"ratio"`
	Since   time.Time     `query:"since"`
	Wait    time.Duration `query:"wait"`
	Exact   bool          `query:"exact"`
	Match   string        `header:"If-Match"`
	Forward []string      `header:"X-Forward"`
	Title   string        `json:"title"`
	Price   int32         `json:"price"`
	Open    bool          `json:"open"`
	Rating  float32       `json:"rating"`
	Due     time.Time     `json:"due"`
	Note    *string       `json:"note"`
	Items   []item        `json:"items"`
	Plain   string
	Skipped string `json:"-"`
	Raw     json.RawMessage
}

type item struct {
	Name  string `json:"name"`
	Count uint   `json:"count"`
}

// serve sends a request through a ServeMux to JSON(fn).
func serve[In, Out any](
	fn func(context.Context, In) (Out, error), method, target, headers, body string,
) *http.Response {
	mux := http.NewServeMux()
	mux.Handle(method+" /shops/{shop}/{number}", httpapi.JSON(fn))
	mux.Handle(method+" /", httpapi.JSON(fn))
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for line := range strings.Lines(headers) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w.Result()
}

const fullBody = `{"title":"T","price":-5,"open":true,"rating":1.5,"due":"2026-11-24T10:00:00Z","note":"n",
	"items":[{"name":"a","count":1}],"Plain":"p","Raw":{"x":[1]}}`

func TestJSONFillsEveryField(t *testing.T) {
	var got everything
	response := serve(func(_ context.Context, in everything) (struct{}, error) {
		got = in
		return struct{}{}, nil
	}, "POST", "/shops/caf%C3%A9/7?q=a&tag=b&tag=c&ratio=0.5&since=2026-01-02T03:04:05Z&wait=1m&exact=true&limit=3",
		"If-Match: \"1\"\nX-Forward: a\nX-Forward: b\nContent-Type: application/json; charset=utf-8", fullBody)
	require.Equal(t, http.StatusNoContent, response.StatusCode)
	limit, note := 3, "n"
	require.Equal(t, everything{
		paging: paging{&limit}, Shop: "café", Number: 7, Term: "a", Tags: []string{"b", "c"}, Ratio: 0.5,
		Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Wait: time.Minute, Exact: true,
		Match: `"1"`, Forward: []string{"a", "b"}, Title: "T", Price: -5, Open: true, Rating: 1.5,
		Due: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), Note: &note, Items: []item{{"a", 1}}, Plain: "p",
		Raw: json.RawMessage(`{"x":[1]}`),
	}, got)
}

func TestJSONNamesEveryWrongField(t *testing.T) {
	response := serve(func(context.Context, everything) (struct{}, error) {
		t.Error("fn was called")
		return struct{}{}, nil
	}, "POST", "/shops/s/300?ratio=NaN&since=today&wait=1&exact=yes&limit=x&limit=2&tag=",
		"Content-Type: application/json",
		`{"title":1,"title":"again","price":1.5,"open":null,"rating":1e99,"due":"soon","items":[{"name":"a","size":1}],
		"Skipped":"x","shop":"other","note":{},"PLAIN":"p"}`)
	got := problem(t, response)
	require.Equal(t, http.StatusBadRequest, got.Status)
	require.Equal(t, []httpapi.FieldError{
		{In: "path", Field: "number", Detail: "is out of range"},
		{In: "query", Field: "q", Detail: "is missing"},
		{In: "query", Field: "ratio", Detail: "must be a number"},
		{In: "query", Field: "since", Detail: "is malformed"},
		{In: "query", Field: "wait", Detail: "must be a duration such as 1m30s"},
		{In: "query", Field: "exact", Detail: "must be true or false"},
		{In: "query", Field: "limit", Detail: "must be given once"},
		{In: "body", Field: "title", Detail: "must be a string"},
		{In: "body", Field: "title", Detail: "must be given once"},
		{In: "body", Field: "price", Detail: "must be a whole number"},
		{In: "body", Field: "rating", Detail: "is out of range"},
		{In: "body", Field: "due", Detail: "is malformed"},
		{In: "body", Field: "items.0.size", Detail: "is unknown"},
		{In: "body", Field: "Skipped", Detail: "is unknown"},
		{In: "body", Field: "shop", Detail: "is unknown"},
		{In: "body", Field: "note", Detail: "must be a string"},
		{In: "body", Field: "PLAIN", Detail: "is unknown"},
	}, got.Errors)
}

// net/url drops such parameters: one that is required would seem to be missing, and
// one that is not would be ignored.
func TestJSONNamesMalformedParameters(t *testing.T) {
	type in struct {
		Term string `query:"q,required"`
		City string `query:"city"`
		Sort string `query:"sort"`
	}
	response := serve(func(context.Context, in) (struct{}, error) {
		t.Error("fn was called")
		return struct{}{}, nil
	}, "GET", "/?%71=%zz&sort=up&city=a;b&%gg=1&other=%", "", "")
	require.Equal(t, []httpapi.FieldError{
		{In: "query", Field: "q", Detail: `is malformed: invalid URL escape "%zz"`},
		{In: "query", Field: "city", Detail: "is malformed: invalid semicolon separator in query"},
	}, problem(t, response).Errors)
}

// deep has a field of each form that a body can have.
type deep struct {
	Tree    *node             `json:"tree"`
	List    []int8            `json:"list"`
	Map     map[string]string `json:"map"`
	Nested  map[kind][]item   `json:"nested"`
	Bytes   []byte            `json:"bytes"`
	Any     any               `json:"any"`
	Array   [2]int            `json:"array"`
	Text    time.Time         `json:"text"`
	Quoted  quotedNumber      `json:"quoted"`
	Pointer []*float64        `json:"pointer"`
	Number  json.Number       `json:"number"`
	embedded
}

type (
	kind string
	node struct {
		Name string          `json:"name"`
		Next *node           `json:"next"`
		List []node          `json:"list"`
		Map  map[string]node `json:"map"`
	}
	// encoding/json alone knows its option.
	quotedNumber struct {
		N int `json:"n,string"`
	}
	embedded struct {
		Embedded bool `json:"embedded"`
		hidden   bool
	}
)

const fullDeep = `{"tree":{"name":"a","next":{"name":"b"},"list":[{"name":"c"},{}],"map":{"x":{"name":"d"}}},
	"list":[1,-2],"map":{"a":"b"},"nested":{"k":[{"name":"i","count":1}]},"bytes":"AQI=","any":{"a":[1]},"array":[1,2],
	"text":"2026-11-24T10:00:00Z","quoted":{"n":"7"},"pointer":[1.5,null],"number":12,"embedded":true}`

func TestJSONFillsEveryForm(t *testing.T) {
	var got, want deep
	response := serve(func(_ context.Context, in deep) (struct{}, error) {
		got = in
		return struct{}{}, nil
	}, "POST", "/", "", fullDeep)
	require.Equal(t, http.StatusNoContent, response.StatusCode)
	require.NoError(t, json.Unmarshal([]byte(fullDeep), &want))
	require.Equal(t, want, got)
	require.False(t, got.hidden)
}

func TestJSONNamesEveryWrongFieldAtEveryDepth(t *testing.T) {
	got := problem(t, serve(func(context.Context, deep) (int, error) { return 0, nil }, "POST", "/", "",
		`{"tree":{"name":1,"other":2,"next":{"name":"x","name":"y","NAME":"z"},"list":[{"name":1},5,{"x":1}]},
		"list":[1,300,"a",null],"map":{"a":1,"b":"c","b":"d"},"nested":{"k":[{"count":-1},{"name":[]}]},"bytes":"?",
		"array":{},"quoted":{"n":1},"pointer":["x"],"embedded":"yes","hidden":true,"":1}`))
	require.Equal(t, http.StatusBadRequest, got.Status)
	wrong := make([]string, len(got.Errors))
	for i, e := range got.Errors {
		wrong[i] = e.Field + " " + e.Detail
	}
	require.Equal(t, []string{
		"tree.name must be a string", "tree.other is unknown", "tree.next.name must be given once",
		"tree.next.NAME is unknown", "tree.list.0.name must be a string", "tree.list.1 must be an object",
		"tree.list.2.x is unknown",
		"list.1 is out of range", "list.2 must be a whole number",
		"map.a must be a string", "map.b must be given once",
		"nested.k.0.count must be a whole number that is not negative", "nested.k.1.name must be a string",
		"bytes is malformed", "array must be a list", "quoted is malformed", "pointer.0 must be a number",
		"embedded must be true or false", "hidden is unknown", " is unknown",
	}, wrong)
}

// A request must not be able to make an answer that is too large to be sent.
func TestJSONBoundsWhatItSaysOfWrongFields(t *testing.T) {
	body := "{" + strings.Repeat(`"`+strings.Repeat("é", 300)+`":1,`, 1000) + `"title":"a"}`
	got := problem(t, serve(func(context.Context, titled) (int, error) { return 0, nil }, "POST", "/", "", body))
	require.Len(t, got.Errors, 100)
	require.Equal(t, strings.Repeat("é", 100)+"…", got.Errors[99].Field)
}

type titled struct {
	Title string `json:"title"`
	Count int    `json:"count"`
}

func (in titled) Validate() error {
	var errs []error
	if in.Title == "" {
		errs = append(errs, &httpapi.FieldError{Field: "title", Detail: "must not be empty"})
	}
	if in.Count < 0 {
		errs = append(errs, fmt.Errorf("wrapped: %w", &httpapi.FieldError{Field: "count", Detail: "must not be negative"}))
	}
	if in.Count == 99 {
		return errors.New("not this number")
	}
	if in.Count == 98 {
		return httpapi.Error(http.StatusConflict, "taken")
	}
	return errors.Join(errs...)
}

func TestJSONValidates(t *testing.T) {
	for body, want := range map[string]httpapi.Problem{
		`{"title":"","count":-1}`: {
			Status: 422, Title: "Unprocessable Entity", Detail: "wrong fields: title, count",
			Errors: []httpapi.FieldError{
				{In: "body", Field: "title", Detail: "must not be empty"},
				{In: "body", Field: "count", Detail: "must not be negative"},
			},
		},
		`{"count":99}`: {Status: 422, Title: "Unprocessable Entity", Detail: "not this number"},
		`{"count":98}`: {Status: 409, Title: "Conflict", Detail: "taken"},
	} {
		response := serve(func(_ context.Context, in titled) (titled, error) { return in, nil }, "PUT", "/", "", body)
		require.Equal(t, want, problem(t, response))
	}
}

func TestJSONRefusesBodies(t *testing.T) {
	for name, tc := range map[string]struct {
		headers, body string
		status        int
		detail        string
	}{
		"none":         {"", ``, 400, "the request has no body"},
		"form":         {"Content-Type: application/x-www-form-urlencoded", `{}`, 415, "the body must be JSON in UTF-8"},
		"list":         {"", `[1]`, 400, "the body must be an object"},
		"not JSON":     {"", `{"title":`, 400, "the body is not JSON: expected a value at byte 9"},
		"not an end":   {"", `{} x`, 400, "the body is not JSON: unexpected text after the value at byte 3"},
		"only a blank": {"", ` `, 400, "the body is not JSON: expected a value at byte 1"},
		"null":         {"", `null`, 400, "the body must be an object"},
		"Latin-1":      {"Content-Type: application/json; charset=iso-8859-1", `{}`, 415, "the body must be JSON in UTF-8"},
		"not UTF-8":    {"", "{\"title\":\"caf\xe9\"}", 400, "the body is not UTF-8"},
		"too large":    {"", strings.Repeat(" ", httpapi.MaxJSONBody) + "{}", 413, "the body is larger than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			response := serve(func(_ context.Context, in titled) (titled, error) { return in, nil },
				"PUT", "/", tc.headers, tc.body)
			got := problem(t, response)
			require.Equal(t, tc.status, got.Status)
			require.Equal(t, tc.detail, got.Detail)
		})
	}
}

func TestJSONOfAnotherType(t *testing.T) {
	sum := func(_ context.Context, in []item) (int, error) { return len(in), nil }
	response := serve(sum, "POST", "/", "", `[{"name":"a"},{"name":"b"}]`)
	require.Equal(t, "2\n", read(t, response).Body)

	got := problem(t, serve(sum, "POST", "/", "", `[{"name":1}]`))
	require.Equal(t, []httpapi.FieldError{{In: "body", Field: "0.name", Detail: "must be a string"}}, got.Errors)
	got = problem(t, serve(sum, "POST", "/", "", `[] []`))
	require.Equal(t, "the body is not JSON: unexpected text after the value at byte 3", got.Detail)
	got = problem(t, serve(sum, "POST", "/", "", `{}`))
	require.Equal(t, "the body must be a list", got.Detail)

	pointer := func(_ context.Context, in *titled) (string, error) { return in.Title, nil }
	require.Equal(t, "\"<a>\"\n", read(t, serve(pointer, "POST", "/", "", `{"title":"<a>"}`)).Body)
}

func TestJSONAnswers(t *testing.T) {
	type none struct{}
	for name, tc := range map[string]struct {
		response *http.Response
		want     answer
	}{
		"value": {
			serve(func(context.Context, none) (item, error) { return item{"a", 1}, nil }, "GET", "/", "", ""),
			answer{200, http.Header{"Content-Type": {"application/json"}}, []string{}, `{"name":"a","count":1}` + "\n"},
		},
		"created": {
			serve(func(context.Context, none) (httpapi.Response[item], error) {
				return httpapi.Response[item]{Status: 201, Header: http.Header{"location": {"/a"}}, Body: item{Name: "a"}}, nil
			}, "GET", "/", "", ""),
			answer{201, http.Header{"Content-Type": {"application/json"}, "Location": {"/a"}}, []string{},
				`{"name":"a","count":0}` + "\n"},
		},
		"own type": {
			serve(func(context.Context, none) (accepted, error) { return accepted{"x"}, nil }, "GET", "/", "", ""),
			answer{202, http.Header{"Content-Type": {"application/json"}, "Etag": {`"x"`}}, []string{}, `{"id":"x"}` + "\n"},
		},
		"nothing": {
			serve(func(context.Context, none) (struct{}, error) { return struct{}{}, nil }, "GET", "/", "", ""),
			answer{204, http.Header{}, []string{}, ""},
		},
		"nil": {
			serve(func(context.Context, none) (*item, error) { return nil, nil }, "GET", "/", "", ""),
			answer{204, http.Header{}, []string{}, ""},
		},
		"empty list": {
			serve(func(context.Context, none) ([]item, error) { return []item{}, nil }, "GET", "/", "", ""),
			answer{200, http.Header{"Content-Type": {"application/json"}}, []string{}, "[]\n"},
		},
	} {
		require.Equal(t, tc.want, read(t, tc.response), name)
	}
}

type accepted struct {
	ID string `json:"id"`
}

func (accepted) StatusCode() int               { return http.StatusAccepted }
func (a accepted) ResponseHeader() http.Header { return http.Header{"Etag": {`"` + a.ID + `"`}} }

// A codedError has a status of its own.
type codedError int

func (e codedError) Error() string   { return "coded" }
func (e codedError) StatusCode() int { return int(e) }

func TestErrorsBecomeProblems(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want httpapi.Problem
	}{
		"Error": {httpapi.Error(404, "no such gig"), httpapi.Problem{Status: 404, Title: "Not Found", Detail: "no such gig"}},
		"wrapped": {
			fmt.Errorf("dynamo: table secret: %w", httpapi.Error(404, "no such gig")),
			httpapi.Problem{Status: 404, Title: "Not Found", Detail: "no such gig"},
		},
		"Problem": {
			&httpapi.Problem{Type: "https://a.example/out", Title: "Out of stock", Status: 409, Instance: "/a"},
			httpapi.Problem{Type: "https://a.example/out", Title: "Out of stock", Status: 409, Instance: "/a"},
		},
		"not an error status": {httpapi.Error(200, "x"), httpapi.Problem{Status: 500, Title: "Internal Server Error", Detail: "x"}},
		"coded 4xx": {
			fmt.Errorf("secret: %w", codedError(409)),
			httpapi.Problem{Status: 409, Title: "Conflict", Detail: "coded"},
		},
		"coded 5xx": {codedError(503), httpapi.Problem{Status: 503, Title: "Service Unavailable"}},
		"any other": {errors.New("secret"), httpapi.Problem{Status: 500, Title: "Internal Server Error"}},
		"deadline":  {fmt.Errorf("x: %w", context.DeadlineExceeded), httpapi.Problem{Status: 503, Title: "Service Unavailable"}},
		"cancelled": {context.Canceled, httpapi.Problem{Status: 503, Title: "Service Unavailable"}},
		"field error": {
			&httpapi.FieldError{In: "query", Field: "q", Detail: "is odd"},
			httpapi.Problem{Status: 422, Title: "Unprocessable Entity", Detail: "wrong fields: q",
				Errors: []httpapi.FieldError{{In: "query", Field: "q", Detail: "is odd"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			response := serve(func(context.Context, struct{}) (int, error) { return 0, tc.err }, "GET", "/", "", "")
			require.Equal(t, tc.want, problem(t, response))
		})
	}
}

func TestErrorsLeaveNothingOfTheSuccess(t *testing.T) {
	w := httptest.NewRecorder()
	for _, name := range []string{"Content-Encoding", "Content-Length", "ETag", "Last-Modified", "X-Kept"} {
		w.Header().Set(name, "1")
	}
	httpapi.WriteError(w, httptest.NewRequest("GET", "/", nil), httpapi.Error(404, ""))
	require.Equal(t, http.Header{"Content-Type": {"application/problem+json"}, "X-Kept": {"1"}}, w.Result().Header)
}

func TestOutThatCannotBeEncoded(t *testing.T) {
	response := serve(func(context.Context, struct{}) (func(), error) { return func() {}, nil }, "GET", "/", "", "")
	require.Equal(t, http.StatusInternalServerError, problem(t, response).Status)
}

func TestJSONPanicsAtFieldsItCannotFill(t *testing.T) {
	type channel struct {
		C chan int `query:"c"`
	}
	type pathList struct {
		P []string `path:"p"`
	}
	type option struct {
		Q string `query:"q,optional"`
	}
	type nameless struct {
		Q string `query:""`
	}
	type quoted struct {
		N int `json:"n,string"`
	}
	require.PanicsWithValue(t, "httpapi: JSON: httpapi_test.channel.C: cannot fill a chan int from `query:\"c\"`",
		func() { httpapi.JSON(func(context.Context, channel) (int, error) { return 0, nil }) })
	require.Panics(t, func() { httpapi.JSON(func(context.Context, pathList) (int, error) { return 0, nil }) })
	require.Panics(t, func() { httpapi.JSON(func(context.Context, option) (int, error) { return 0, nil }) })
	require.Panics(t, func() { httpapi.JSON(func(context.Context, nameless) (int, error) { return 0, nil }) })
	require.PanicsWithValue(t, "httpapi: JSON: httpapi_test.quoted.N: the json option string is not supported",
		func() { httpapi.JSON(func(context.Context, quoted) (int, error) { return 0, nil }) })
	type embedded struct {
		*item
	}
	require.PanicsWithValue(t, "httpapi: JSON: httpapi_test.embedded.item: cannot fill an embedded pointer",
		func() { httpapi.JSON(func(context.Context, embedded) (int, error) { return 0, nil }) })
}

// FuzzJSONBody holds the field-wise decoding against encoding/json.
func FuzzJSONBody(f *testing.F) {
	for _, seed := range []string{
		`{"title":"a","count":1}`, `{"count":1.0}`, `{"count":1e2}`, `{"title":null}`, `{"other":1}`, `{`, `{}`,
		`{"title":"\ud83d\ude00\u00e9"}`, `{"count":9223372036854775808}`, `{"count":-0}`, `{"TITLE":"x"}`, `null`,
	} {
		f.Add(seed)
	}
	f.Add(fullDeep)
	f.Add(`{"tree":{"next":null,"list":[],"map":{}},"list":[1,2],"bytes":"AQI=","any":[1,{"a":null}],"array":[1,2,3]}`)
	f.Add(`{"map":{"a":"1m"},"embedded":true,"quoted":{"n":"1"},"text":"2026-11-24T10:00:00Z","pointer":[null,1]}`)
	f.Fuzz(func(t *testing.T, body string) {
		type plain struct {
			Title string `json:"title"`
			Count int    `json:"count"`
			deep
		}
		var got plain
		response := serve(func(_ context.Context, in plain) (struct{}, error) {
			got = in
			return struct{}{}, nil
		}, "POST", "/", "", body)
		if response.StatusCode != http.StatusNoContent {
			return
		}
		// What is taken, encoding/json takes too, with the same result.
		var want plain
		d := json.NewDecoder(strings.NewReader(body))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&want), body)
		require.Equal(t, want, got, body)
	})
}

// JSON answers at once, so that behind an integration that streams an error is
// still a problem with its status.
func TestJSONBehindAStream(t *testing.T) {
	a := httpapi.New(httpapi.JSON(func(_ context.Context, in titled) (string, error) {
		if in.Title == "none" {
			return "", httpapi.Error(http.StatusNotFound, "no such title")
		}
		return strings.Repeat(in.Title, 10_000), nil
	}), nil)
	for _, source := range []httpapi.Source{httpapi.SourceREST, httpapi.SourceFunctionURL} {
		client := httpapitest.NewStreaming(source, a, nil).Client()
		response, err := client.Post("https://a.example/", "application/json", strings.NewReader(`{"title":"x"}`))
		require.NoError(t, err)
		require.Equal(t, `"`+strings.Repeat("x", 10_000)+"\"\n", read(t, response).Body)
		response, err = client.Post("https://a.example/", "application/json", strings.NewReader(`{"title":"none"}`))
		require.NoError(t, err)
		require.Equal(t, "no such title", problem(t, response).Detail)
	}
}
