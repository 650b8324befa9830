// Package memory is a bucket in memory, for tests and local runs.
package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Bucket keeps objects. As an [http.Handler] it takes what is put to its URLs and
// serves what is published. It is safe for concurrent use.
type Bucket struct {
	// URL is where the handler is reached.
	URL string
	// Created is told of each object that a client has put; nil if nobody is.
	Created func(ctx context.Context, key string, size int) error

	mu      sync.Mutex
	objects map[string][]byte
}

// PresignPut returns a URL of the handler.
func (b *Bucket) PresignPut(_ context.Context, key, contentType string, size int64, _ time.Duration) (string, http.Header, error) {
	header := http.Header{"Content-Type": {contentType}, "If-None-Match": {"*"}}
	return fmt.Sprintf("%s/bucket/%s?size=%d", b.URL, key, size), header, nil
}

// Get reads an object.
func (b *Bucket) Get(_ context.Context, key string) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	object, ok := b.objects[key]
	if !ok {
		return nil, fmt.Errorf("get %s: there is no such object", key)
	}
	return io.NopCloser(bytes.NewReader(object)), nil
}

// Publish copies an object.
func (b *Bucket) Publish(_ context.Context, from, to, _ string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	object, ok := b.objects[from]
	if !ok {
		return fmt.Errorf("copy %s: there is no such object", from)
	}
	b.objects[to] = object
	return nil
}

// Put stores an object that is not there yet.
func (b *Bucket) Put(key string, object []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.objects == nil {
		b.objects = make(map[string][]byte)
	}
	if _, ok := b.objects[key]; ok {
		return errors.New("the object exists")
	}
	b.objects[key] = object
	return nil
}

// ServeHTTP takes PUT /bucket/KEY and serves GET /files/ID.
func (b *Bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		object, err := b.Get(r.Context(), strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer object.Close()
		_, _ = io.Copy(w, object)
		return
	}
	key := strings.TrimPrefix(r.URL.Path, "/bucket/")
	object, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 100<<20))
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	case r.URL.Query().Get("size") != strconv.Itoa(len(object)):
		http.Error(w, "the size is not the one that was signed", http.StatusForbidden)
		return
	}
	if err := b.Put(key, object); err != nil {
		http.Error(w, err.Error(), http.StatusPreconditionFailed)
		return
	}
	if b.Created == nil {
		return
	}
	if err := b.Created(r.Context(), key, len(object)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// ObjectCreated returns the event of S3 for an object.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
func ObjectCreated(key string, size int) []byte {
	return fmt.Appendf(nil, `{"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b103","detail-type":"Object Created",
"source":"aws.s3","account":"123456789012","time":%q,"region":"us-east-1","resources":["arn:aws:s3:::uploads"],
"detail":{"version":"0","bucket":{"name":"uploads"},"object":{"key":%q,"size":%d,"etag":"b1946ac92492d2347c6235b4d2611184",
"sequencer":"00617F08299329D189"},"request-id":"N4N7GDK58NMKJ12R","requester":"123456789012","reason":"PutObject"}}`,
		time.Now().UTC().Format(time.RFC3339), key, size)
}
