package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/httpapi"
)

// What may be uploaded, and for how long a URL to do so is good.
const (
	maxSize   = 20 << 20
	urlLives  = 10 * time.Minute
	incoming  = "incoming/" // keys that clients write
	published = "files/"    // keys that CloudFront serves
)

var types = []string{"image/png", "image/jpeg", "image/gif", "application/pdf"}

// An Upload is a file on its way: waiting for its bytes, then ready or refused.
type Upload struct {
	ID     string `dynamodbav:"id" dynamo:"partition" json:"id"`
	Name   string `dynamodbav:"name" json:"name"`
	Type   string `dynamodbav:"type" json:"type"`
	Size   int64  `dynamodbav:"size" json:"size"`
	Status string `dynamodbav:"status" json:"status"`
	// Reason says why it was refused.
	Reason string `dynamodbav:"reason,omitempty" json:"reason,omitempty"`
	// SHA256 and File are there when it is ready.
	SHA256 string `dynamodbav:"sha256,omitempty" json:"sha256,omitempty"`
	File   string `dynamodbav:"file,omitempty" json:"file,omitempty"`
	// Expires removes an upload that never came, or was refused.
	Expires time.Time `dynamodbav:"expires,unixtime,omitempty" dynamo:"ttl" json:"-"`
}

// The states of an upload.
const (
	waiting = "waiting"
	ready   = "ready"
	refused = "refused"
)

// A Bucket is where the bytes are.
type Bucket interface {
	// PresignPut returns a URL to which size bytes of a type can be put once, and
	// the headers that the request must have.
	PresignPut(ctx context.Context, key, contentType string, size int64, lives time.Duration) (url string, header http.Header, err error)
	// Get reads an object.
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	// Publish copies an object under another key, with its type.
	Publish(ctx context.Context, from, to, contentType string) error
}

// A service takes uploads.
type service struct {
	uploads *dynamo.Repository[Upload]
	bucket  Bucket
	now     func() time.Time
}

// newAPI returns what clients talk to. The bytes do not pass through it: they go
// straight to the bucket, so that a function's payload limit of 6 MB is none.
func (s *service) newAPI() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /uploads", httpapi.JSON(s.create))
	mux.Handle("GET /uploads/{id}", httpapi.JSON(s.read))
	return mux
}

type newUpload struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

func (in newUpload) Validate() error {
	var wrong []error
	if in.Name == "" || len(in.Name) > 200 {
		wrong = append(wrong, &httpapi.FieldError{Field: "name", Detail: "must have 1 to 200 bytes"})
	}
	if !slices.Contains(types, in.Type) {
		wrong = append(wrong, &httpapi.FieldError{Field: "type", Detail: "must be one of " + strings.Join(types, ", ")})
	}
	if in.Size < 1 || in.Size > maxSize {
		wrong = append(wrong, &httpapi.FieldError{Field: "size", Detail: fmt.Sprintf("must be 1 to %d", maxSize)})
	}
	return errors.Join(wrong...)
}

// A ticket says how to send the bytes: PUT them to URL with Header.
type ticket struct {
	Upload
	URL    string      `json:"url"`
	Header http.Header `json:"header"`
}

func (s *service) create(ctx context.Context, in newUpload) (httpapi.Response[ticket], error) {
	var none httpapi.Response[ticket]
	u := Upload{
		ID: rand.Text(), Name: in.Name, Type: in.Type, Size: in.Size, Status: waiting,
		Expires: s.now().Add(24 * time.Hour),
	}
	if err := s.uploads.Create(ctx, &u); err != nil {
		return none, err
	}
	url, header, err := s.bucket.PresignPut(ctx, incoming+u.ID, u.Type, u.Size, urlLives)
	if err != nil {
		return none, err
	}
	return httpapi.Response[ticket]{
		Status: http.StatusCreated,
		Header: http.Header{"Location": {"/uploads/" + u.ID}},
		Body:   ticket{u, url, header},
	}, nil
}

type uploadID struct {
	ID string `path:"id"`
}

func (s *service) read(ctx context.Context, in uploadID) (Upload, error) {
	u, err := s.uploads.Get(ctx, dynamo.Key{in.ID})
	if errors.Is(err, dynamo.ErrNotFound) {
		err = httpapi.Error(http.StatusNotFound, "there is no such upload")
	}
	return u, err
}

// arrived matches the events of S3 for what clients have put. It is the pattern of
// the template's rule.
var arrived = events.MustParsePattern(`{
	"source": ["aws.s3"],
	"detail-type": ["Object Created"],
	"detail": {"object": {"key": [{"prefix": "incoming/"}]}}
}`)

// newRouter returns the handler of those events.
func (s *service) newRouter() *events.Router {
	r := events.NewRouter(nil)
	r.Handle("check", events.MatchPattern(arrived, s.arrived))
	return r
}

// arrived looks at what has come. S3 and EventBridge deliver at least once: only an
// upload that is still waiting changes, so a repetition does its work for nothing
// and changes nothing.
func (s *service) arrived(ctx context.Context, e *events.Envelope) error {
	var detail struct {
		Object struct {
			Key string `json:"key"`
		} `json:"object"`
	}
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		return err
	}
	key := detail.Object.Key
	u, err := s.uploads.Get(ctx, dynamo.Key{strings.TrimPrefix(key, incoming)})
	if errors.Is(err, dynamo.ErrNotFound) || u.Status != waiting {
		return nil // nobody waits for it (any more)
	}
	if err != nil {
		return err
	}
	size, sum, sniffed, err := s.look(ctx, key)
	if err != nil {
		return err
	}
	switch {
	case size != u.Size:
		u.Reason = fmt.Sprintf("it has %d bytes and not %d", size, u.Size)
	case sniffed != u.Type:
		u.Reason = fmt.Sprintf("it is %s and not %s", sniffed, u.Type)
	}
	if u.Reason != "" {
		u.Status = refused
	} else {
		if err := s.bucket.Publish(ctx, key, published+u.ID, u.Type); err != nil {
			return err
		}
		u.Status, u.SHA256, u.File, u.Expires = ready, sum, "/"+published+u.ID, time.Time{}
	}
	err = s.uploads.Put(ctx, &u, dynamo.If(expression.Name("status").Equal(expression.Value(waiting))))
	if errors.Is(err, dynamo.ErrCondition) {
		return nil
	}
	return err
}

// look reads an object once, in constant memory.
func (s *service) look(ctx context.Context, key string) (size int64, sum, sniffed string, err error) {
	body, err := s.bucket.Get(ctx, key)
	if err != nil {
		return 0, "", "", err
	}
	defer body.Close()
	var head bytes.Buffer
	hash := sha256.New()
	if size, err = io.Copy(hash, io.TeeReader(io.LimitReader(body, 512), &head)); err != nil {
		return 0, "", "", err
	}
	rest, err := io.Copy(hash, body)
	return size + rest, hex.EncodeToString(hash.Sum(nil)), http.DetectContentType(head.Bytes()), err
}
