// Package claimcheck keeps message bodies that are too large for SQS in S3 and
// sends a pointer in their place.
//
//	store, err := claimcheck.New(s3.NewFromConfig(cfg), "bodies", nil)
//	s, err := queue.NewSender[Report](client, url, &queue.SenderOptions{Offload: store.Offload})
//	p := queue.NewProcessor(handle, &queue.Options{Fetch: store.Fetch})
//
// The pointer, and the attribute that goes with it, are those of AWS's Extended
// Client Libraries for SQS and SNS, so that either end may be in another
// language:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-managing-large-messages.html.
//
// # Semantics and limits
//
// An object is named for the SHA-256 of its body. So content-based deduplication
// of a FIFO queue works, and a body that is sent twice is stored once. Objects
// are never deleted here, because a message can arrive twice and two messages may
// share a body: give the bucket a lifecycle rule that expires them later than
// the messages, those in the dead-letter queue included. Storing a body again
// starts its age anew.
//
// # Cost
//
// One PutObject for each body that is sent and one GetObject for each delivery.
// The functions need s3:PutObject and s3:GetObject, and s3:ListBucket to tell an
// object that is gone from one that they may not read.
package claimcheck

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/go-thaw/thaw/queue"
)

// API is the part of S3 that a [Store] calls. *s3.Client implements it.
type API interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// DefaultMaxBytes is the largest body unless told otherwise.
const DefaultMaxBytes = 32 << 20

var (
	// ErrPointer is the failure of a message whose pointer is malformed or leads
	// to a place that [Options.Accept] does not allow.
	ErrPointer = errors.New("claimcheck: unusable pointer")
	// ErrGone is the failure of a message whose body is not in S3 any more.
	ErrGone = errors.New("claimcheck: the body is gone")
	// ErrTooLarge is the failure of a body over [Options.MaxBytes].
	ErrTooLarge = errors.New("claimcheck: the body is too large")
)

// Options configure a [Store]. The zero value, or nil, is ready to use.
type Options struct {
	// Prefix begins the key of every object: "orders/". Default none.
	Prefix string
	// MaxBytes is the largest body that is stored or fetched, which is held in
	// memory as a whole. Default [DefaultMaxBytes].
	MaxBytes int
	// Accept tells whether Fetch may read what a pointer leads to. Whoever may
	// send to the queue chooses the pointer. Default: objects of the store's own
	// bucket whose key begins with Prefix.
	Accept func(bucket, key string) bool
}

// A Store keeps bodies in one bucket. It is safe for concurrent use.
type Store struct {
	client  API
	bucket  string
	options Options
}

// New returns a store that keeps bodies in bucket. Nil options mean the
// defaults.
func New(client API, bucket string, options *Options) (*Store, error) {
	s := &Store{client: client, bucket: bucket}
	if options != nil {
		s.options = *options
	}
	switch {
	case client == nil:
		return nil, errors.New("claimcheck: New: the client is nil")
	case bucket == "":
		return nil, errors.New("claimcheck: New: the bucket's name is empty")
	case s.options.MaxBytes < 0:
		return nil, fmt.Errorf("claimcheck: Options.MaxBytes: must be at least 1, got %d", s.options.MaxBytes)
	}
	if s.options.MaxBytes == 0 {
		s.options.MaxBytes = DefaultMaxBytes
	}
	if s.options.Accept == nil {
		s.options.Accept = func(bucket, key string) bool {
			return bucket == s.bucket && strings.HasPrefix(key, s.options.Prefix)
		}
	}
	return s, nil
}

// Offload stores body and returns the pointer to it, for
// [queue.SenderOptions.Offload].
func (s *Store) Offload(ctx context.Context, body []byte) (claim []byte, err error) {
	if len(body) > s.options.MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(body), s.options.MaxBytes)
	}
	sum := sha256.Sum256(body)
	p := pointer{Bucket: s.bucket, Key: s.options.Prefix + hex.EncodeToString(sum[:])}
	_, err = s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket:        aws.String(p.Bucket),
		Key:           aws.String(p.Key),
		Body:          bytes.NewReader(body),
		ContentLength: aws.Int64(int64(len(body))),
	})
	if err != nil {
		return nil, fmt.Errorf("claimcheck: put %s: %w", p, err)
	}
	return p.encode()
}

// Fetch returns the body that a pointer leads to, and any other body as it is,
// for [queue.Options.Fetch]. A pointer that leads nowhere is permanent
// ([queue.Permanent]): [ErrPointer], [ErrGone], [ErrTooLarge]. Any other error of
// S3 may pass.
func (s *Store) Fetch(ctx context.Context, body []byte) ([]byte, error) {
	p, ok, err := decode(body)
	switch {
	case err != nil:
		return nil, queue.Permanent(err)
	case !ok:
		return body, nil
	case !s.options.Accept(p.Bucket, p.Key):
		return nil, queue.Permanent(fmt.Errorf("%w: %s is not accepted", ErrPointer, p))
	}
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(p.Bucket), Key: aws.String(p.Key)})
	if err != nil {
		return nil, p.failed(err)
	}
	defer out.Body.Close()
	fetched, err := io.ReadAll(io.LimitReader(out.Body, int64(s.options.MaxBytes)+1))
	if err != nil {
		return nil, p.failed(err)
	}
	if len(fetched) > s.options.MaxBytes {
		return nil, queue.Permanent(fmt.Errorf("%w: %s has over %d bytes", ErrTooLarge, p, s.options.MaxBytes))
	}
	return fetched, nil
}

// The names that begin a pointer: that of the class in AWS's libraries, and the
// one that it had before.
const (
	pointerName = "software.amazon.payloadoffloading.PayloadS3Pointer"
	formerName  = "com.amazon.sqs.javamessaging.MessageS3Pointer"
)

// A pointer is the place of an object.
type pointer struct {
	Bucket string `json:"s3BucketName"`
	Key    string `json:"s3Key"`
}

func (p pointer) String() string { return "s3://" + p.Bucket + "/" + p.Key }

func (p pointer) encode() ([]byte, error) { return json.Marshal([]any{pointerName, p}) }

// failed adds the place to err, which is permanent when nothing is there.
func (p pointer) failed(err error) error {
	var missing *types.NoSuchKey
	if errors.As(err, &missing) {
		return queue.Permanent(fmt.Errorf("%w: %s: %w", ErrGone, p, err))
	}
	return fmt.Errorf("claimcheck: get %s: %w", p, err)
}

// decode tells whether body is a pointer, and to what.
func decode(body []byte) (p pointer, ok bool, err error) {
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		return p, false, nil
	}
	var parts []json.RawMessage
	_ = json.Unmarshal(body, &parts) // what is no JSON array is no pointer
	if len(parts) == 0 || !slices.Contains([]string{`"` + pointerName + `"`, `"` + formerName + `"`}, string(parts[0])) {
		return p, false, nil
	}
	if len(parts) != 2 {
		return p, false, fmt.Errorf("%w: it has %d parts, not 2", ErrPointer, len(parts))
	}
	if err := json.Unmarshal(parts[1], &p); err != nil {
		return p, false, fmt.Errorf("%w: %w", ErrPointer, err)
	}
	if p.Bucket == "" || p.Key == "" {
		return p, false, fmt.Errorf("%w: the bucket or the key is missing", ErrPointer)
	}
	return p, true, nil
}
