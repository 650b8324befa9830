package queuetest

import (
	"net/http"
	"strings"

	"github.com/go-thaw/thaw/queue/queuetest/internal/query"
)

// The prefixes of X-Amz-Target. SNS has none on the wire, where it speaks the
// query protocol.
const (
	queueTarget = "AmazonSQS."
	topicTarget = "AmazonSNS."
)

// route tells the two services apart: SQS speaks JSON and SNS forms.
func (f *Fake) route() http.Handler {
	topicOperations := f.topicOperations()
	ofTopics := func(operation string) bool { return topicOperations[operation] != nil }
	topics := &query.Handler{Inner: f.server, Space: "http://sns.amazonaws.com/doc/2010-03-31/", Target: topicTarget, Knows: ofTopics}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if query.Is(r) {
			topics.ServeHTTP(w, r)
			return
		}
		name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), queueTarget)
		if !ok || ofTopics(name) {
			r = r.Clone(r.Context())
			r.Header.Del("X-Amz-Target") // no operation of SQS
		}
		f.server.ServeHTTP(w, r)
	})
}
