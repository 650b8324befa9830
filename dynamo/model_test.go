package dynamo_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
)

// A model is what a repository of gigs should be: a map.
type model map[string]gig

func (m model) put(g *gig, create bool) error {
	old, ok := m[g.ID]
	switch {
	case create && ok:
		return dynamo.ErrExists
	case create:
		g.Version = 0
	case old.Version != g.Version:
		return dynamo.ErrConflict
	}
	g.Version++
	m[g.ID] = *g
	return nil
}

func (m model) bid(id string, version int64) error {
	g, ok := m[id]
	switch {
	case !ok:
		return dynamo.ErrNotFound
	case version > 0 && version != g.Version:
		return dynamo.ErrConflict
	}
	g.Bids++
	g.Version++
	m[id] = g
	return nil
}

// Random operations do to the repository what they do to a map.
func TestRepositoryIsAMap(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	m := model{}
	r := rand.New(rand.NewPCG(1, 2))
	ctx := t.Context()
	for i := range 2000 {
		id := strconv.Itoa(r.IntN(5))
		version := int64(r.IntN(4))
		var want, got error
		switch r.IntN(5) {
		case 0:
			mine, theirs := gig{ID: id, Bids: i, Version: version}, gig{ID: id, Bids: i, Version: version}
			want, got = m.put(&mine, true), gigs.Create(ctx, &theirs)
			require.Equal(t, mine, theirs)
		case 1:
			if g, ok := m[id]; ok && r.IntN(2) == 0 {
				version = g.Version
			}
			mine, theirs := gig{ID: id, Bids: i, Version: version}, gig{ID: id, Bids: i, Version: version}
			want, got = m.put(&mine, false), gigs.Put(ctx, &theirs)
			require.Equal(t, mine, theirs)
		case 2:
			var options []dynamo.WriteOption
			if version > 0 {
				options = append(options, dynamo.IfVersion(version))
			}
			want = m.bid(id, version)
			_, got = gigs.Update(ctx, dynamo.Key{id}, addBid, options...)
		case 3:
			delete(m, id)
			got = gigs.Delete(ctx, dynamo.Key{id})
		case 4:
			var g gig
			g, got = gigs.Get(ctx, dynamo.Key{id})
			require.Equal(t, m[id], g)
			if _, ok := m[id]; !ok {
				want = dynamo.ErrNotFound
			}
		}
		require.True(t, errors.Is(got, want), "operation %d: want %v, got %v", i, want, got)
	}
}

// Overlapping invocations share a repository.
func TestRepositoryIsSafeForConcurrentUse(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	require.NoError(t, gigs.Create(t.Context(), &gig{ID: "g"}))
	var workers sync.WaitGroup
	const each = 50
	for w := range 8 {
		workers.Go(func() {
			mine := gig{ID: "g-" + strconv.Itoa(w)}
			for range each {
				_, err := gigs.Update(t.Context(), dynamo.Key{"g"}, addBid, dynamo.If(expression.Name("version").GreaterThan(expression.Value(0))))
				if err != nil || gigs.Put(t.Context(), &mine) != nil {
					t.Error("a write failed:", err)
				}
			}
		})
	}
	workers.Wait()
	got, err := gigs.Get(t.Context(), dynamo.Key{"g"})
	require.NoError(t, err)
	require.Equal(t, 8*each, got.Bids)
}

// FuzzTemplateKeys: two items share a key only if their fields are the same,
// and no repository takes another one's item for its own.
func FuzzTemplateKeys(f *testing.F) {
	for _, seed := range [][4]string{{"a", "b", "a", "b"}, {"a#OFFER", "b", "a", "OFFER#b"}, {"", "b", "a", ""}, {"a", "PROFILE", "a", "BID"}} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, owner1, id1, owner2, id2 string) {
		if slices.ContainsFunc([]string{owner1, id1, owner2, id2}, func(s string) bool {
			return strings.ToValidUTF8(s, "") != s || len(s) > 500
		}) {
			return
		}
		p := newPlatform(t)
		err1 := p.offers.Create(t.Context(), &offer{Owner: owner1, ID: id1})
		err2 := p.offers.Create(t.Context(), &offer{Owner: owner2, ID: id2})
		if errors.Is(err1, dynamo.ErrInvalidKey) || errors.Is(err2, dynamo.ErrInvalidKey) {
			return
		}
		require.NoError(t, err1)
		require.Equal(t, owner1 == owner2 && id1 == id2, errors.Is(err2, dynamo.ErrExists))
		require.Empty(t, collect(t, p.users.Scan(t.Context(), dynamo.Scan{})))
		require.Empty(t, collect(t, p.bids.Scan(t.Context(), dynamo.Scan{})))
		require.Empty(t, collect(t, p.bids.Query(t.Context(), dynamo.Query{Partition: dynamo.Key{owner1}})))
		require.Len(t, collect(t, p.offers.Query(t.Context(), dynamo.Query{Partition: dynamo.Key{owner1}, Sort: dynamo.Equal(id1)})), 1)
	})
}
