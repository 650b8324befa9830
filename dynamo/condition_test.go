package dynamo_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
)

// A condition that is kept is built once, and every use joins it with other
// names and values: none of them may show in another.
func TestIfMayBeKept(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	open := dynamo.If(expression.Name("status").Equal(expression.Value("open")))
	few := dynamo.If(expression.Name("bids").LessThan(expression.Value(3)))

	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			g := gig{ID: strconv.Itoa(i), Title: "Bass", Status: "open", Bids: i}
			if err := gigs.Create(t.Context(), &g); err != nil {
				t.Error(err)
			}
			for range 3 { // at versions 1, 2 and 3
				if err := gigs.Put(t.Context(), &g, open); err != nil {
					t.Error(err)
				}
			}
			err := gigs.Put(t.Context(), &g, open, few)
			if fails := i == 0 || i >= 3; fails != (err != nil) { // no bids are not stored
				t.Errorf("%d bids, put if there are less than 3: %v", i, err)
			}
			if err := gigs.Delete(t.Context(), dynamo.Key{g.ID}, open, dynamo.IfVersion(g.Version)); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()

	closed := gig{ID: "closed", Status: "closed"}
	require.NoError(t, gigs.Create(t.Context(), &closed))
	require.ErrorIs(t, gigs.Put(t.Context(), &closed, open), dynamo.ErrCondition)
	require.ErrorIs(t, gigs.Delete(t.Context(), dynamo.Key{"closed"}, open), dynamo.ErrCondition)
}

func TestIfRefusesWhatTheBuilderRefuses(t *testing.T) {
	fake, notes := setup[note](t, nil)
	bad := dynamo.If(expression.Name("").Equal(expression.Value(1)))
	fake.ResetCalls()
	for range 2 {
		var invalid expression.UnsetParameterError
		require.ErrorAs(t, notes.Put(t.Context(), &note{ID: "a"}, bad), &invalid)
	}
	require.Empty(t, fake.Calls())
}

// The limit holds to the byte, whether the size is known from encoding or has
// to be measured.
func TestTheLimitOfAnItemIsExact(t *testing.T) {
	_, notes := setup[note](t, nil)
	const others = len("id") + len("a") + len("text")
	for text, want := range map[int]error{
		400<<10 - others:     nil,
		400<<10 - others + 1: dynamo.ErrTooLarge,
	} {
		require.ErrorIs(t, notes.Put(t.Context(), &note{ID: "a", Text: strings.Repeat("x", text)}), want)
	}
}
