package query

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/internal/awsfake"
)

// A Handler answers requests in the query protocol by passing them on as JSON.
type Handler struct {
	// Inner answers requests in AWS's JSON protocol.
	Inner http.Handler
	// Space is the XML name space of the answers.
	Space string
	// Target is the prefix of X-Amz-Target: "AmazonSNS.".
	Target string
	// Knows tells whether there is such an operation.
	Knows func(operation string) bool
}

// Is tells whether r speaks the query protocol.
func Is(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/x-www-form-urlencoded"
}

// maxBody is the most of a request that is read: ten messages of 1 MiB, of which
// a form may write every byte as three.
const maxBody = 32 << 20

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	form, formErr := url.ParseQuery(string(body))
	if err != nil || formErr != nil || len(body) > maxBody {
		h.refuse(w, "MalformedQueryString", "The query string contains a syntax error.")
		return
	}
	operation := form.Get("Action")
	if operation == "" {
		h.refuse(w, "MissingAction", "The request is missing an action.")
		return
	}
	if !h.Knows(operation) {
		h.refuse(w, "InvalidAction", "The fake does not know this operation.")
		return
	}
	input, err := document(form)
	if err != nil {
		h.refuse(w, "MalformedQueryString", err.Error())
		return
	}
	h.pass(w, r, operation, input)
}

// pass hands the request on and translates the answer. A connection that the
// inner handler cut is cut here.
func (h *Handler) pass(w http.ResponseWriter, r *http.Request, operation string, input []byte) {
	inner, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "http://"+r.Host, bytes.NewReader(input))
	if err != nil {
		h.refuse(w, "InvalidClientTokenId", "The host of the request cannot be read.")
		return
	}
	inner.Header.Set("X-Amz-Target", h.Target+operation)
	answer, err := awsfake.NewTransport(h.Inner).RoundTrip(inner)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	output, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	var b bytes.Buffer
	requestID := answer.Header.Get("X-Amzn-Requestid")
	if answer.StatusCode >= http.StatusMultipleChoices {
		h.translateError(&b, answer.StatusCode, requestID, output)
	} else if err := writeResult(&b, h.Space, operation, requestID, output); err != nil {
		panic(err) // our own answers are JSON objects
	}
	write(w, answer.StatusCode, requestID, b.Bytes())
}

func (h *Handler) translateError(b *bytes.Buffer, status int, requestID string, output []byte) {
	var e struct {
		Code    string `json:"__type"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(output, &e) // what cannot be read stays empty
	fault := "Sender"
	if status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	code := e.Code[strings.LastIndexByte(e.Code, '#')+1:] // without JSON's name space
	writeError(b, h.Space, requestID, fault, code, e.Message)
}

func (h *Handler) refuse(w http.ResponseWriter, code, message string) {
	var b bytes.Buffer
	writeError(&b, h.Space, "", "Sender", code, message)
	write(w, http.StatusBadRequest, "", b.Bytes())
}

func write(w http.ResponseWriter, status int, requestID string, body []byte) {
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Amzn-Requestid", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone cannot be told
}
