package dynamo_test

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// A post has keys that are fields, also in an index.
type post struct {
	Blog  string `dynamodbav:"blog" dynamo:"partition,by-tag:sort"`
	Seq   int    `dynamodbav:"seq" dynamo:"sort"`
	Tag   string `dynamodbav:"tag" dynamo:"by-tag:partition"`
	Until int64  `dynamodbav:"until" dynamo:"ttl"`
}

// blog returns a repository with posts 0 to n-1 in blog "b", the even ones with
// the tag "even".
func blog(t *testing.T, n int, options *dynamo.Options) (*dynamotest.Fake, *dynamo.Repository[post]) {
	t.Helper()
	fake, posts := setup[post](t, options)
	for i := range n {
		p := post{Blog: "b", Seq: i}
		if i%2 == 0 {
			p.Tag = "even"
		}
		require.NoError(t, posts.Put(t.Context(), &p))
	}
	fake.ResetCalls()
	return fake, posts
}

var inBlog = dynamo.Query{Partition: dynamo.Key{"b"}}

func collect[T any](t *testing.T, items iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range items {
		require.NoError(t, err)
		all = append(all, item)
	}
	return all
}

func seqs(t *testing.T, posts []post) []int {
	t.Helper()
	var all []int
	for _, p := range posts {
		all = append(all, p.Seq)
	}
	return all
}

func TestQuery(t *testing.T) {
	_, posts := blog(t, 10, nil)
	tests := map[string]struct {
		change func(*dynamo.Query)
		want   []int
	}{
		"all":            {func(*dynamo.Query) {}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		"descending":     {func(q *dynamo.Query) { q.Descending = true }, []int{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
		"limit":          {func(q *dynamo.Query) { q.Limit = 3 }, []int{0, 1, 2}},
		"equal":          {func(q *dynamo.Query) { q.Sort = dynamo.Equal(4) }, []int{4}},
		"between":        {func(q *dynamo.Query) { q.Sort = dynamo.Between(dynamo.Key{3}, dynamo.Key{5}) }, []int{3, 4, 5}},
		"at least":       {func(q *dynamo.Query) { q.Sort = dynamo.AtLeast(8) }, []int{8, 9}},
		"greater":        {func(q *dynamo.Query) { q.Sort = dynamo.GreaterThan(8) }, []int{9}},
		"at most":        {func(q *dynamo.Query) { q.Sort = dynamo.AtMost(1) }, []int{0, 1}},
		"less":           {func(q *dynamo.Query) { q.Sort = dynamo.LessThan(1) }, []int{0}},
		"consistent":     {func(q *dynamo.Query) { q.Consistent, q.Limit = true, 1 }, []int{0}},
		"filter":         {func(q *dynamo.Query) { q.Filter = even }, []int{0, 2, 4, 6, 8}},
		"filter + limit": {func(q *dynamo.Query) { q.Filter, q.Limit = even, 4 }, []int{0, 2, 4, 6}},
		"project":        {func(q *dynamo.Query) { q.Project, q.Limit = []string{"seq"}, 2 }, []int{0, 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			q := inBlog
			test.change(&q)
			require.Equal(t, test.want, seqs(t, collect(t, posts.Query(t.Context(), q))))
		})
	}
}

var even = expression.Name("tag").Equal(expression.Value("even"))

func TestQueryOfAnIndex(t *testing.T) {
	_, posts := blog(t, 4, nil)
	found := collect(t, posts.Query(t.Context(), dynamo.Query{Index: "by-tag", Partition: dynamo.Key{"even"}, Sort: dynamo.BeginsWith("b")}))
	require.ElementsMatch(t, []int{0, 2}, seqs(t, found), "an empty tag keeps the others out of the index")
}

func TestQueryRefusesMistakes(t *testing.T) {
	fake, posts := blog(t, 0, nil)
	tests := map[string]dynamo.Query{
		"no partition":        {},
		"wrong type":          {Partition: dynamo.Key{1}},
		"unknown index":       {Partition: dynamo.Key{"b"}, Index: "nope"},
		"consistent index":    {Partition: dynamo.Key{"b"}, Index: "by-tag", Consistent: true},
		"negative limit":      {Partition: dynamo.Key{"b"}, Limit: -1},
		"two sort values":     {Partition: dynamo.Key{"b"}, Sort: dynamo.Equal(1, 2)},
		"half an interval":    {Partition: dynamo.Key{"b"}, Sort: dynamo.Between(dynamo.Key{1}, nil)},
		"beginning of number": {Partition: dynamo.Key{"b"}, Sort: dynamo.BeginsWith("1")},
	}
	for name, q := range tests {
		t.Run(name, func(t *testing.T) {
			for _, err := range posts.Query(t.Context(), q) {
				require.Error(t, err)
			}
			_, err := posts.Page(t.Context(), q, "")
			require.Error(t, err)
		})
	}
	require.Empty(t, fake.Calls())
}

func TestQueryEndsWhenTheLoopDoes(t *testing.T) {
	fake, posts := blog(t, 5, nil)
	for p, err := range posts.Query(t.Context(), inBlog) {
		require.NoError(t, err)
		if p.Seq == 2 {
			break
		}
	}
	require.Len(t, fake.Calls("Query"), 1)
}

func TestListsLeaveOutWhatExpired(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	_, posts := blog(t, 3, &dynamo.Options{Now: func() time.Time { return now }})
	require.NoError(t, posts.Put(t.Context(), &post{Blog: "b", Seq: 1, Until: now.Unix() + 1}))
	now = now.Add(time.Second)
	require.Equal(t, []int{0, 2}, seqs(t, collect(t, posts.Query(t.Context(), inBlog))))
	require.Len(t, collect(t, posts.Scan(t.Context(), dynamo.Scan{})), 2)
	project := inBlog
	project.Project = []string{"seq"}
	require.Equal(t, []int{0, 2}, seqs(t, collect(t, posts.Query(t.Context(), project))), "the time is read even if nobody asked for it")
}

func TestScan(t *testing.T) {
	_, posts := blog(t, 50, nil)
	for _, segments := range []int{0, 1, 4} {
		t.Run(fmt.Sprint(segments), func(t *testing.T) {
			require.Len(t, collect(t, posts.Scan(t.Context(), dynamo.Scan{Segments: segments})), 50)
			require.Len(t, collect(t, posts.Scan(t.Context(), dynamo.Scan{Segments: segments, Filter: even})), 25)
			require.Len(t, collect(t, posts.Scan(t.Context(), dynamo.Scan{Segments: segments, Index: "by-tag"})), 25)
			for range posts.Scan(t.Context(), dynamo.Scan{Segments: segments}) {
				break // its goroutines end here
			}
		})
	}
	for _, scan := range []dynamo.Scan{{Segments: -1}, {Index: "nope"}, {Index: "by-tag", Consistent: true}} {
		for _, err := range posts.Scan(t.Context(), scan) {
			require.Error(t, err)
		}
	}
}

// The bubble does not end before its goroutines have.
func TestParallelScanLeavesNothingBehind(t *testing.T) {
	ends := map[string]func(cancel func(), item note, err error) (more bool){
		"break":   func(func(), note, error) bool { return false },
		"panic":   func(func(), note, error) bool { panic("out") },
		"context": func(cancel func(), _ note, _ error) bool { synctest.Wait(); cancel(); return true },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, notes := setup[note](t, nil)
				for i := range 20 { // several pages to each segment
					require.NoError(t, notes.Put(t.Context(), &note{ID: fmt.Sprint(i), Text: strings.Repeat("x", 300_000)}))
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var last error
				func() {
					defer func() { _ = recover() }()
					for item, err := range notes.Scan(ctx, dynamo.Scan{Segments: 3}) {
						last = err
						if !end(cancel, item, err) {
							break
						}
					}
				}()
				require.ErrorIs(t, last, ctx.Err())
			})
		})
	}
}

func TestParallelScanReportsItsError(t *testing.T) {
	fake, posts := blog(t, 20, nil)
	fake.Inject("Scan", dynamotest.Fault{Times: 100, Error: &dynamotest.Error{Code: "AccessDeniedException"}})
	errs := 0
	for _, err := range posts.Scan(t.Context(), dynamo.Scan{Segments: 4}) {
		require.Error(t, err)
		errs++
	}
	require.Equal(t, 1, errs)
}

func TestSequencesEndWithTheirError(t *testing.T) {
	fake, posts := blog(t, 5, nil)
	_, err := fake.Client().PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String("things"),
		Item: map[string]types.AttributeValue{ // which is no post
			"blog": &types.AttributeValueMemberS{Value: "b"}, "seq": &types.AttributeValueMemberN{Value: "2"},
			"until": &types.AttributeValueMemberS{Value: "soon"},
		},
	})
	require.NoError(t, err)
	for name, sequence := range map[string]iter.Seq2[post, error]{
		"query":         posts.Query(t.Context(), inBlog),
		"scan":          posts.Scan(t.Context(), dynamo.Scan{}),
		"parallel scan": posts.Scan(t.Context(), dynamo.Scan{Segments: 3}),
	} {
		t.Run(name, func(t *testing.T) {
			var items int
			var failure error
			for p, err := range sequence {
				require.NoError(t, failure, "nothing follows the error")
				if failure = err; err != nil {
					require.Zero(t, p)
					continue
				}
				items++
			}
			require.ErrorContains(t, failure, "unmarshal")
			require.Equal(t, 2, items)
		})
	}
}

func TestPages(t *testing.T) {
	_, posts := blog(t, 10, nil)
	for _, size := range []int{1, 3, 5, 9, 10, 11} {
		for _, filtered := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d %t", size, filtered), func(t *testing.T) {
				q := inBlog
				q.Limit = size
				want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
				if filtered {
					q.Filter, want = even, []int{0, 2, 4, 6, 8}
				}
				require.Equal(t, want, allPages(t, posts, q, size))
			})
		}
	}
}

// allPages walks the pages of q; all but the last must be full and not empty.
func allPages(t *testing.T, posts *dynamo.Repository[post], q dynamo.Query, size int) []int {
	t.Helper()
	var all []int
	cursor := ""
	for {
		page, err := posts.Page(t.Context(), q, cursor)
		require.NoError(t, err)
		require.NotEmpty(t, page.Items)
		all = append(all, seqs(t, page.Items)...)
		if page.Next == "" {
			return all
		}
		require.Len(t, page.Items, size)
		require.Equal(t, url.QueryEscape(page.Next), page.Next, "safe in a URL")
		cursor = page.Next
	}
}

func TestPagesOfAnIndex(t *testing.T) {
	_, posts := blog(t, 10, nil)
	q := dynamo.Query{Index: "by-tag", Partition: dynamo.Key{"even"}, Limit: 2, Project: []string{"seq"}}
	require.ElementsMatch(t, []int{0, 2, 4, 6, 8}, allPages(t, posts, q, 2))
}

func TestACursorOutlivesItsItem(t *testing.T) {
	_, posts := blog(t, 5, nil)
	q := inBlog
	q.Limit = 2
	page, err := posts.Page(t.Context(), q, "")
	require.NoError(t, err)
	require.NoError(t, posts.Delete(t.Context(), dynamo.Key{"b", 1}))
	page, err = posts.Page(t.Context(), q, page.Next)
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, seqs(t, page.Items))
}
