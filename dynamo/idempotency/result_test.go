package idempotency_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/idempotency"
)

// noise is text that does not compress.
func noise(n int) string {
	bytes := make([]byte, n)
	for i := range bytes {
		bytes[i] = byte(rand.Uint32())
	}
	return base64.RawStdEncoding.EncodeToString(bytes)
}

// twice calls an operation that returns out, and then repeats it in another
// process.
func twice(t *testing.T, out string, o *idempotency.Options) (string, error) {
	t.Helper()
	fake, store := newStore(t, o)
	runs := 0
	wrap := func(s *idempotency.Store) func(context.Context, charge) (string, error) {
		return idempotency.Wrap(s, "report/v1", byCustomer, func(context.Context, charge) (string, error) { runs++; return out, nil })
	}
	got, err := wrap(store)(t.Context(), charge{"ada", 1})
	require.NoError(t, err)
	require.Equal(t, out, got, "the first caller gets the result")
	got, err = wrap(storeOn(t, fake, o))(t.Context(), charge{"ada", 1})
	require.Equal(t, 1, runs)
	return got, err
}

func TestResultsUpToTheLimitOfAnItem(t *testing.T) {
	for _, n := range []int{0, 1, 100_000, 409_000 - 100, 400*1024 - 650, 400*1024 - 580, 400 * 1024} {
		out := strings.Repeat("x", n)
		got, err := twice(t, out, nil)
		require.NoError(t, err, n)
		require.Equal(t, out, got)
	}
}

func TestLargeResultsAreCompressed(t *testing.T) {
	out := strings.Repeat("a long list of the same ", 100_000)
	got, err := twice(t, out, nil)
	require.NoError(t, err)
	require.Equal(t, out, got)
}

func TestResultsThatDoNotFitAreOffloaded(t *testing.T) {
	out := noise(1 << 20)
	stored := make(map[string][]byte)
	o := &idempotency.Options{Offload: &idempotency.Offload{
		Put: func(_ context.Context, id string, result []byte) (string, error) {
			stored["s3://"+id] = result
			return "s3://" + id, nil
		},
		Get: func(_ context.Context, reference string) ([]byte, error) { return stored[reference], nil },
	}}
	got, err := twice(t, out, o)
	require.NoError(t, err)
	require.Equal(t, out, got)
	require.Len(t, stored, 1)

	got, err = twice(t, strings.Repeat("x", 1<<20), o)
	require.NoError(t, err)
	require.Len(t, got, 1<<20)
	require.Len(t, stored, 1, "what fits when it is compressed stays in the item")

	gone := errors.New("bucket is gone")
	o.Offload.Get = func(context.Context, string) ([]byte, error) { return nil, gone }
	_, err = twice(t, out, o)
	require.ErrorIs(t, err, gone)
	require.NotErrorIs(t, err, idempotency.ErrNoResult, "it may come back")
}

func TestEffectIsNotRepeatedWithoutAResult(t *testing.T) {
	var seen observed
	_, err := twice(t, noise(450<<10), &idempotency.Options{Observe: seen.observe})
	require.ErrorIs(t, err, idempotency.ErrNoResult)
	require.Equal(t, []idempotency.Outcome{idempotency.ExecutedNoResult, idempotency.ReplayedNoResult}, seen.outcomes())
	require.ErrorContains(t, seen.all[0].Err, "too large")

	for _, offload := range []idempotency.Offload{
		{Put: func(context.Context, string, []byte) (string, error) { return "", errors.New("no") }},
		{Put: func(context.Context, string, []byte) (string, error) { return "", nil }},
		{Put: func(context.Context, string, []byte) (string, error) { return strings.Repeat("x", 1025), nil }},
	} {
		offload.Get = func(context.Context, string) ([]byte, error) { return nil, errors.New("not reached") }
		_, err := twice(t, noise(450<<10), &idempotency.Options{Offload: &offload})
		require.ErrorIs(t, err, idempotency.ErrNoResult)
	}
}

func TestResultsThatCannotBeEncodedOrDecoded(t *testing.T) {
	store := idempotency.NewMemory(nil)
	runs := 0
	key := func(s string) idempotency.Key { return idempotency.Key{s} }
	nan := idempotency.Wrap(store, "nan/v1", key, func(context.Context, string) (float64, error) { runs++; return math.NaN(), nil })
	got, err := nan(t.Context(), "k")
	require.NoError(t, err)
	require.True(t, math.IsNaN(got))
	_, err = nan(t.Context(), "k")
	require.ErrorIs(t, err, idempotency.ErrNoResult)

	text := idempotency.Wrap(store, "text/v1", key, func(context.Context, string) ([]string, error) { runs++; return []string{"a\xff"}, nil })
	_, err = text(t.Context(), "k")
	require.NoError(t, err)
	_, err = text(t.Context(), "k")
	require.ErrorIs(t, err, idempotency.ErrNoResult, "not another text in its place")

	document := idempotency.Wrap(store, "raw/v1", key, func(context.Context, string) (json.RawMessage, error) { runs++; return json.RawMessage("{"), nil })
	_, err = document(t.Context(), "k")
	require.NoError(t, err)
	_, err = document(t.Context(), "k")
	require.ErrorIs(t, err, idempotency.ErrNoResult)

	before := idempotency.Wrap(store, "size/v1", key, func(context.Context, string) (string, error) { runs++; return "large", nil })
	_, err = before(t.Context(), "k")
	require.NoError(t, err)
	after := idempotency.Wrap(store, "size/v1", key, func(context.Context, string) (int, error) { runs++; return 1, nil })
	_, err = after(t.Context(), "k")
	require.ErrorIs(t, err, idempotency.ErrNoResult)
	require.ErrorContains(t, err, "new version")

	type custom struct{ A int }
	boxed := idempotency.Wrap(store, "any/v1", key, func(context.Context, string) (any, error) { runs++; return custom{1}, nil })
	first, err := boxed(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, custom{1}, first)
	_, err = boxed(t.Context(), "k")
	require.ErrorIs(t, err, idempotency.ErrNoResult, "not a map in its place")

	stringer := idempotency.Wrap(store, "stringer/v1", key, func(context.Context, string) (fmt.Stringer, error) { runs++; return nil, nil })
	for range 2 {
		s, err := stringer(t.Context(), "k")
		require.NoError(t, err)
		require.Nil(t, s)
	}
	require.Equal(t, 6, runs)
}
