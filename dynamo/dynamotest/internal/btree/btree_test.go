package btree_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/btree"
)

// TestTreeIsAMap compares the tree with a map under random writes, clones and
// walks. The key range is small enough for deletes to hit and large enough for
// three levels.
func TestTreeIsAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var tree btree.Tree[int]
	model := map[string]int{}
	var oldTree btree.Tree[int]
	oldModel := map[string]int{}
	for i := range 60_000 {
		key := fmt.Sprint(random.IntN(9000))
		// Growing and shrinking phases alternate.
		if random.IntN(10) < 3+4*(i/15_000%2) {
			_, want := model[key]
			require.Equal(t, want, tree.Delete(key))
			delete(model, key)
		} else {
			tree.Set(key, i)
			model[key] = i
		}
		require.Equal(t, len(model), tree.Len())
		if i%6000 == 0 {
			compare(t, model, &tree, key)
			compare(t, oldModel, &oldTree, key)
			oldTree, oldModel = tree.Clone(), maps.Clone(model)
		}
	}
	for key := range model {
		require.True(t, tree.Delete(key))
	}
	require.Zero(t, tree.Len())
	compare(t, map[string]int{}, &tree, "5")
	compare(t, oldModel, &oldTree, "5")
}

// compare walks the tree up and down from key.
func compare(t *testing.T, model map[string]int, tree *btree.Tree[int], key string) {
	t.Helper()
	var up, down []string
	for k, v := range tree.From(key) {
		require.Equal(t, model[k], v)
		up = append(up, k)
	}
	for k := range tree.Before(key) {
		down = append(down, k)
	}
	slices.Reverse(down)
	require.Equal(t, slices.Sorted(maps.Keys(model)), append(down, up...))
	for k, want := range model {
		got, ok := tree.Get(k)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
}

func TestWalksStopEarly(t *testing.T) {
	var tree btree.Tree[int]
	for i := range 1000 {
		tree.Set(fmt.Sprintf("%03d", i), i)
	}
	for k := range tree.From("500") {
		require.Equal(t, "500", k)
		break
	}
	for k := range tree.Before("500") {
		require.Equal(t, "499", k)
		break
	}
}
