package compare

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// A Document is a JSON object, of the types that encoding/json decodes into.
type Document = map[string]any

// A Request is an operation with its input. Raw is sent in place of In when it
// is not empty.
type Request struct {
	Op  string   `json:"op"`
	In  Document `json:"in,omitempty"`
	Raw string   `json:"raw,omitempty"`
}

// body returns the bytes to send; members are in the order of their names.
func (r Request) body() []byte {
	if r.Raw != "" {
		return []byte(r.Raw)
	}
	return encode(r.In)
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("compare: " + err.Error()) // a Document has only what JSON has
	}
	return bytes.TrimSpace(b.Bytes())
}

// String writes the request on one line.
func (r Request) String() string { return r.Op + " " + string(r.body()) }

// An Answer is what a server made of a request: the status and the decoded
// body.
type Answer struct {
	Status int
	Out    any
}

// String writes the answer on one line.
func (a Answer) String() string { return fmt.Sprintf("%d %s", a.Status, encode(a.Out)) }

// Failed tells whether the answer is an error of the type.
func (a Answer) Failed(kind string) bool {
	out, _ := a.Out.(Document)
	name, _ := out["__type"].(string)
	return strings.HasSuffix(name, "#"+kind)
}

// Text returns the message of an error.
func (a Answer) Text() string {
	out, _ := a.Out.(Document)
	if text, ok := out["message"].(string); ok {
		return text
	}
	text, _ := out["Message"].(string)
	return text
}

// A Server answers requests.
type Server interface {
	Send(Request) (Answer, error)
}

// Handler is a server in the process.
type Handler struct{ http.Handler }

// Send passes the request to the handler.
func (h Handler) Send(r Request) (Answer, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httpRequest("http://127.0.0.1", r.body(), r.Op))
	return decode(w.Code, w.Body.Bytes())
}

// An Endpoint is a server at a URL.
type Endpoint struct {
	URL string
	// Region is what its ARNs name in the place of the fake's region.
	Region string
}

// Send posts the request.
func (e Endpoint) Send(r Request) (Answer, error) {
	theirs := "arn:aws:dynamodb:" + e.Region + ":"
	in := httpRequest(e.URL, bytes.ReplaceAll(r.body(), []byte(ourARN), []byte(theirs)), r.Op)
	in.RequestURI = ""
	res, err := http.DefaultClient.Do(in)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return Answer{}, err
	}
	return decode(res.StatusCode, bytes.ReplaceAll(text, []byte(theirs), []byte(ourARN)))
}

// ourARN is how the fake's ARNs start.
const ourARN = "arn:aws:dynamodb:us-east-1:"

func httpRequest(endpoint string, body []byte, op string) *http.Request {
	in := httptest.NewRequestWithContext(context.Background(), http.MethodPost, endpoint+"/", bytes.NewReader(body))
	target := "DynamoDB_20120810."
	switch op {
	case "ListStreams", "DescribeStream", "GetShardIterator", "GetRecords":
		target = "DynamoDBStreams_20120810."
	}
	in.Header.Set("X-Amz-Target", target+op)
	in.Header.Set("Content-Type", "application/x-amz-json-1.0")
	// The signature is not looked at, but has to be there.
	in.Header.Set("X-Amz-Date", "20260101T000000Z")
	in.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=fake/20260101/us-east-1/dynamodb/aws4_request, "+
		"SignedHeaders=host;x-amz-date;x-amz-target, Signature=00")
	return in
}

func decode(status int, body []byte) (Answer, error) {
	a := Answer{Status: status}
	if err := json.Unmarshal(body, &a.Out); err != nil {
		return Answer{}, fmt.Errorf("compare: answer %d %q: %w", status, body, err)
	}
	return a, nil
}
