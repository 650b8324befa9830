package dynamotest

import (
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxRequest is how many bytes of a request DynamoDB reads.
const maxRequest = 16 << 20

// unknownPage answers what is no request of the protocol.
const unknownPage = "<UnknownOperationException/>\n"

// serve answers what comes in over HTTP as DynamoDB's endpoint does: a page that
// tells it is healthy to GET, and not found to anything that is not JSON
// (https://github.com/architect/dynalite/blob/main/test/connection.js, whose authors
// ran it against DynamoDB).
func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/":
		writePage(w, http.StatusOK, "healthy: dynamodb."+Region+".amazonaws.com ")
	case r.ContentLength > maxRequest:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	case r.Method != http.MethodPost || !isJSON(r.Header.Get("Content-Type")):
		writePage(w, http.StatusNotFound, unknownPage)
	default:
		f.server.ServeHTTP(w, r)
	}
}

func writePage(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(text))), 10))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// isJSON tells that a content type is one of the two that DynamoDB reads. None at
// all will do, for tests that make their requests by hand.
func isJSON(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	switch strings.TrimSpace(kind) {
	case "", "application/json", "application/x-amz-json-1.0":
		return true
	}
	return false
}
