package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"

	"github.com/go-thaw/thaw/examples/gigs/store"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// setup returns a store on an empty table, and the fake below it. Its clock goes
// a second further with each reading.
func setup(t *testing.T) (*store.Store, *dynamotest.Fake) {
	t.Helper()
	fake := dynamotest.New(nil)
	now := start
	s, err := store.New(fake.Client(), "gigs", &store.Options{
		CursorKey: []byte("0123456789abcdef"),
		Now:       func() time.Time { now = now.Add(time.Second); return now },
	})
	require.NoError(t, err)
	_, err = fake.Client().CreateTable(t.Context(), s.Schema())
	require.NoError(t, err)
	return s, fake
}

func TestAnAddressRegistersOnce(t *testing.T) {
	s, _ := setup(t)
	require.NoError(t, s.CreateUser(t.Context(), &store.User{ID: "u-1", Email: "Ada#1@example.com", Name: "Ada"}))
	err := s.CreateUser(t.Context(), &store.User{ID: "u-2", Email: "ada#1@example.com", Name: "Eve"})
	require.ErrorIs(t, err, dynamo.ErrExists)

	u, err := s.User(t.Context(), "u-1")
	require.NoError(t, err)
	require.Equal(t, "Ada", u.Name)
	_, err = s.User(t.Context(), "u-2")
	require.ErrorIs(t, err, dynamo.ErrNotFound, "neither of the two writes happened")
}

func TestAChangedGigIsNotOverwritten(t *testing.T) {
	s, _ := setup(t)
	require.NoError(t, s.CreateGig(t.Context(), &store.Gig{ID: "g-1", Title: "Piano"}))
	mine, err := s.Gig(t.Context(), "g-1")
	require.NoError(t, err)
	theirs := mine

	theirs.Pay = 2
	require.NoError(t, s.PutGig(t.Context(), &theirs))
	mine.Pay = 1
	require.ErrorIs(t, s.PutGig(t.Context(), &mine), dynamo.ErrConflict)
}

func TestGigsAreListedByStatusInOrder(t *testing.T) {
	s, _ := setup(t)
	for _, id := range []string{"c", "a", "b", "d", "e"} {
		require.NoError(t, s.CreateGig(t.Context(), &store.Gig{ID: id, Title: id}))
	}
	closed, err := s.Gig(t.Context(), "b")
	require.NoError(t, err)
	closed.Status = store.Closed
	require.NoError(t, s.PutGig(t.Context(), &closed))

	var ids []string
	cursor, pages := "", 0
	for {
		gigs, next, err := s.Gigs(t.Context(), store.Open, 3, cursor)
		require.NoError(t, err)
		for _, g := range gigs {
			ids = append(ids, g.ID)
		}
		pages++
		if cursor = next; cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"c", "a", "d", "e"}, ids)
	require.Equal(t, 2, pages)

	_, first, err := s.Gigs(t.Context(), store.Open, 3, "")
	require.NoError(t, err)
	_, _, err = s.Gigs(t.Context(), store.Closed, 3, first)
	require.ErrorIs(t, err, dynamo.ErrBadCursor, "a cursor belongs to its listing")
}

func TestApply(t *testing.T) {
	s, _ := setup(t)
	require.NoError(t, s.CreateGig(t.Context(), &store.Gig{ID: "g-1", Title: "Piano"}))
	apply := func(gig, user string) error {
		return s.Apply(t.Context(), &store.Application{Gig: gig, User: user})
	}
	require.NoError(t, apply("g-1", "u-2"))
	require.NoError(t, apply("g-1", "u-1"))
	require.ErrorIs(t, apply("g-1", "u-1"), dynamo.ErrExists)
	require.ErrorIs(t, apply("g-2", "u-1"), dynamo.ErrNotFound)

	g, err := s.Gig(t.Context(), "g-1")
	require.NoError(t, err)
	require.EqualValues(t, 2, g.Applications)
	g.Status = store.Closed
	require.NoError(t, s.PutGig(t.Context(), &g))
	require.ErrorIs(t, apply("g-1", "u-3"), store.ErrClosed)

	var users []string
	for a, err := range s.Applications(t.Context(), "g-1") {
		require.NoError(t, err)
		users = append(users, a.User)
	}
	require.Equal(t, []string{"u-1", "u-2"}, users)
}

func TestRepeatedFollowUpsChangeNothing(t *testing.T) {
	s, _ := setup(t)
	for range 2 {
		require.NoError(t, s.CreateProfile(t.Context(), "u-1", "Ada"))
		require.NoError(t, s.CreatePreferences(t.Context(), "u-1"))
		require.NoError(t, s.CountRegistration(t.Context(), "event-1", start))
	}
	require.NoError(t, s.CountRegistration(t.Context(), "event-2", start))

	n, err := s.Registrations(t.Context(), start)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	p, err := s.Profile(t.Context(), "u-1")
	require.NoError(t, err)
	require.Equal(t, "Ada", p.Name)
}

func TestReadingAGigCostsOneRequest(t *testing.T) {
	s, fake := setup(t)
	require.NoError(t, s.CreateGig(t.Context(), &store.Gig{ID: "g-1", Title: "Piano"}))
	_, err := s.Gig(t.Context(), "g-1")
	require.NoError(t, err)
	require.Len(t, fake.Calls("GetItem"), 1)
	require.Len(t, fake.Calls("PutItem"), 1)
}
