package claimcheck_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue"
	"github.com/go-thaw/thaw/queue/claimcheck"
	"github.com/go-thaw/thaw/queue/queuetest"
)

// bucket is S3 in a map.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte // by bucket and key
	err     error
	puts    int
}

func (b *bucket) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return nil, b.err
	}
	b.puts++
	body, err := io.ReadAll(in.Body)
	b.objects[*in.Bucket+"/"+*in.Key] = body
	return &s3.PutObjectOutput{}, err
}

func (b *bucket) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return nil, b.err
	}
	body, ok := b.objects[*in.Bucket+"/"+*in.Key]
	if !ok {
		return nil, &types.NoSuchKey{}
	}
	return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(body))}, nil
}

func newStore(t *testing.T, o claimcheck.Options) (*bucket, *claimcheck.Store) {
	t.Helper()
	b := &bucket{objects: make(map[string][]byte)}
	s, err := claimcheck.New(b, "bodies", &o)
	require.NoError(t, err)
	return b, s
}

const sumOfHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

// The format is that of AWS's libraries: a Java client must read it.
func TestPointerFormat(t *testing.T) {
	b, s := newStore(t, claimcheck.Options{Prefix: "big/"})
	claim, err := s.Offload(t.Context(), []byte("hello"))
	require.NoError(t, err)
	require.Equal(t, `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"bodies","s3Key":"big/`+sumOfHello+`"}]`, string(claim))
	require.Equal(t, map[string][]byte{"bodies/big/" + sumOfHello: []byte("hello")}, b.objects)

	again, err := s.Offload(t.Context(), []byte("hello"))
	require.NoError(t, err)
	require.Equal(t, claim, again, "content-based deduplication sees the same body")
}

func TestFetch(t *testing.T) {
	b, s := newStore(t, claimcheck.Options{MaxBytes: 5})
	b.objects["bodies/k"] = []byte("hello")
	b.objects["bodies/large"] = []byte("hello!")
	b.objects["other/k"] = []byte("secret")
	pointer := func(bucket, key string) string {
		return `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"` + bucket + `","s3Key":"` + key + `"}]`
	}
	for _, c := range []struct {
		name, body, want string
		err              error
	}{
		{"pointer", pointer("bodies", "k"), "hello", nil},
		{"spaces", " " + strings.ReplaceAll(pointer("bodies", "k"), ",", " ,\n "), "hello", nil},
		{"former name", `["com.amazon.sqs.javamessaging.MessageS3Pointer",{"s3BucketName":"bodies","s3Key":"k"}]`, "hello", nil},
		{"no pointer", `{"a":1}`, `{"a":1}`, nil},
		{"a list", `["a",{}]`, `["a",{}]`, nil},
		{"an empty list", `[]`, `[]`, nil},
		{"a list of lists", `[[]]`, `[[]]`, nil},
		{"no JSON", `[`, `[`, nil},
		{"nothing", ``, ``, nil},
		{"other bucket", pointer("other", "k"), "", claimcheck.ErrPointer},
		{"no key", pointer("bodies", ""), "", claimcheck.ErrPointer},
		{"no object", `["software.amazon.payloadoffloading.PayloadS3Pointer",5]`, "", claimcheck.ErrPointer},
		{"one part", `["software.amazon.payloadoffloading.PayloadS3Pointer"]`, "", claimcheck.ErrPointer},
		{"gone", pointer("bodies", "gone"), "", claimcheck.ErrGone},
		{"too large", pointer("bodies", "large"), "", claimcheck.ErrTooLarge},
	} {
		got, err := s.Fetch(t.Context(), []byte(c.body))
		require.Equal(t, c.want, string(got), c.name)
		if c.err == nil {
			require.NoError(t, err, c.name)
			continue
		}
		require.ErrorIs(t, err, c.err, c.name)
		require.True(t, queue.IsPermanent(err), c.name)
	}
	b.err = errors.New("slow down")
	_, err := s.Fetch(t.Context(), []byte(pointer("bodies", "k")))
	require.ErrorIs(t, err, b.err)
	require.False(t, queue.IsPermanent(err), "this may pass")
}

func TestAcceptAndPrefix(t *testing.T) {
	b, s := newStore(t, claimcheck.Options{Prefix: "mine/"})
	b.objects["bodies/theirs/k"] = []byte("x")
	_, err := s.Fetch(t.Context(), []byte(`["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"bodies","s3Key":"theirs/k"}]`))
	require.ErrorIs(t, err, claimcheck.ErrPointer)

	b, s = newStore(t, claimcheck.Options{Accept: func(bucket, key string) bool { return bucket == "other" && key == "k" }})
	b.objects["other/k"] = []byte("x")
	got, err := s.Fetch(t.Context(), []byte(`["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"other","s3Key":"k"}]`))
	require.NoError(t, err)
	require.Equal(t, "x", string(got))
}

func TestNewErrors(t *testing.T) {
	for want, create := range map[string]func() (*claimcheck.Store, error){
		"claimcheck: New: the client is nil":          func() (*claimcheck.Store, error) { return claimcheck.New(nil, "b", nil) },
		"claimcheck: New: the bucket's name is empty": func() (*claimcheck.Store, error) { return claimcheck.New(&bucket{}, "", nil) },
		"claimcheck: Options.MaxBytes: must be at least 1, got -1": func() (*claimcheck.Store, error) {
			return claimcheck.New(&bucket{}, "b", &claimcheck.Options{MaxBytes: -1})
		},
	} {
		_, err := create()
		require.EqualError(t, err, want)
	}
	_, s := newStore(t, claimcheck.Options{MaxBytes: 3})
	_, err := s.Offload(t.Context(), []byte("four"))
	require.ErrorIs(t, err, claimcheck.ErrTooLarge)
}

// From one end to the other: small bodies travel in their message, large ones
// through the bucket, and a bucket that fails loses nothing.
func TestLargeBodyReachesTheHandler(t *testing.T) {
	synctest.Test(t, largeBodyReachesTheHandler) // a slow machine takes no time
}

func largeBodyReachesTheHandler(t *testing.T) {
	b, store := newStore(t, claimcheck.Options{})
	fake := queuetest.New(nil)
	url := fake.CreateQueue("jobs", nil)
	s, err := queue.NewSender[string](fake.Client(), url, &queue.SenderOptions{Offload: store.Offload})
	require.NoError(t, err)
	large := strings.Repeat("x", 1<<20)
	require.NoError(t, s.Send(t.Context(), "small", large, large))
	require.Equal(t, 2, b.puts)
	require.Len(t, b.objects, 1)
	require.Equal(t, map[string]string{"ExtendedPayloadSize": "1048578"}, fake.Messages("jobs")[1].Attributes)
	require.Empty(t, fake.Messages("jobs")[0].Attributes)

	var got []string
	p := queue.NewProcessor(func(_ context.Context, m queue.Message[string]) error {
		got = append(got, m.Body)
		return nil
	}, &queue.Options{Fetch: store.Fetch, Concurrency: 1, Logger: slog.New(slog.DiscardHandler)})
	mapping, err := queuetest.NewMapping(fake, "jobs", p, nil)
	require.NoError(t, err)

	b.err = errors.New("S3 is down")
	_, err = mapping.Poll(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"small"}, got)
	b.err = nil
	fake.Redeliver("jobs")
	_, err = mapping.Drain(t.Context())
	require.NoError(t, err)
	require.True(t, slices.Equal([]string{"small", large, large}, got), "the bodies came back others")
	require.Zero(t, fake.Counts("jobs").Total())
}
