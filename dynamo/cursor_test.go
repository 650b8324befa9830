package dynamo_test

import (
	"encoding/base64"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

var keys = [][]byte{[]byte("first key, 16 bytes"), []byte("second key, 16 bytes")}

// cursorOf returns the cursor after the first item of q.
func cursorOf(t testing.TB, posts *dynamo.Repository[post], q dynamo.Query) string {
	t.Helper()
	q.Limit = 1
	page, err := posts.Page(t.Context(), q, "")
	require.NoError(t, err)
	require.NotEmpty(t, page.Next)
	return page.Next
}

func TestCursorsAreBoundToTheirQuery(t *testing.T) {
	_, posts := blog(t, 4, nil)
	cursor := cursorOf(t, posts, inBlog)
	other := map[string]func(*dynamo.Query){
		"partition":  func(q *dynamo.Query) { q.Partition = dynamo.Key{"c"} },
		"sort":       func(q *dynamo.Query) { q.Sort = dynamo.AtLeast(0) },
		"filter":     func(q *dynamo.Query) { q.Filter = even },
		"descending": func(q *dynamo.Query) { q.Descending = true },
		"index":      func(q *dynamo.Query) { q.Index, q.Partition = "by-tag", dynamo.Key{"even"} },
	}
	for name, change := range other {
		t.Run(name, func(t *testing.T) {
			q := inBlog
			change(&q)
			_, err := posts.Page(t.Context(), q, cursor)
			require.ErrorIs(t, err, dynamo.ErrBadCursor)
		})
	}
	same := inBlog
	same.Limit, same.Consistent, same.Project = 2, true, []string{"seq"}
	page, err := posts.Page(t.Context(), same, cursor)
	require.NoError(t, err, "these change how it is read, not what")
	require.Equal(t, []int{1, 2}, seqs(t, page.Items))

	filtered := inBlog
	filtered.Filter = expression.Name("tag").Equal(expression.Value("even"))
	cursor = cursorOf(t, posts, filtered)
	filtered.Project = []string{"seq", "tag"}
	_, err = posts.Page(t.Context(), filtered, cursor)
	require.NoError(t, err)
	filtered.Filter = expression.Name("tag").Equal(expression.Value("odd"))
	_, err = posts.Page(t.Context(), filtered, cursor)
	require.ErrorIs(t, err, dynamo.ErrBadCursor)
}

func TestCursorsAreBoundToTheirTable(t *testing.T) {
	fake, posts := blog(t, 2, nil)
	cursor := cursorOf(t, posts, inBlog)
	others, err := dynamo.New[post](fake.Client(), "others", nil)
	require.NoError(t, err)
	_, err = others.Page(t.Context(), inBlog, cursor)
	require.ErrorIs(t, err, dynamo.ErrBadCursor)
}

// Two types share an index and all of its partition.
func TestCursorsAreBoundToTheirRepository(t *testing.T) {
	fake := dynamotest.New(nil)
	in := func(kind string) *dynamo.Repository[user] {
		r, err := dynamo.New[user](fake.Client(), "platform", &dynamo.Options{
			Partition: kind + "#{id}", Sort: kind,
			Indexes: []dynamo.Index{{Name: "gsi1", Partition: "ALL", Sort: kind + "#{id}"}},
		})
		require.NoError(t, err)
		return r
	}
	songs, bands := in("SONG"), in("BAND")
	require.NoError(t, dynamo.CreateTables(t.Context(), fake.Client(), songs, bands))
	for i := range 5 {
		require.NoError(t, songs.Put(t.Context(), &user{ID: strconv.Itoa(i)}))
		require.NoError(t, bands.Put(t.Context(), &user{ID: strconv.Itoa(i)}))
	}
	q := dynamo.Query{Index: "gsi1", Limit: 2}
	page, err := songs.Page(t.Context(), q, "")
	require.NoError(t, err)
	_, err = bands.Page(t.Context(), q, page.Next)
	require.ErrorIs(t, err, dynamo.ErrBadCursor)
	page, err = songs.Page(t.Context(), q, page.Next)
	require.NoError(t, err)
	require.Equal(t, []user{{ID: "2"}, {ID: "3"}}, page.Items)
	require.Len(t, collect(t, bands.Query(t.Context(), dynamo.Query{Index: "gsi1"})), 5)
	require.Len(t, collect(t, bands.Scan(t.Context(), dynamo.Scan{Index: "gsi1"})), 5)
}

func TestSignedCursors(t *testing.T) {
	fake, posts := blog(t, 3, &dynamo.Options{CursorKeys: keys[:1]})
	with := func(keys ...[]byte) *dynamo.Repository[post] {
		r, err := dynamo.New[post](fake.Client(), "things", &dynamo.Options{CursorKeys: keys})
		require.NoError(t, err)
		return r
	}
	signed := cursorOf(t, posts, inBlog)
	_, err := with(keys[1], keys[0]).Page(t.Context(), inBlog, signed)
	require.NoError(t, err, "while keys are changed the old one still counts")
	_, err = with(keys[1]).Page(t.Context(), inBlog, signed)
	require.ErrorIs(t, err, dynamo.ErrBadCursor)
	_, err = with().Page(t.Context(), inBlog, signed)
	require.ErrorIs(t, err, dynamo.ErrBadCursor)
	_, err = posts.Page(t.Context(), inBlog, cursorOf(t, with(), inBlog))
	require.ErrorIs(t, err, dynamo.ErrBadCursor, "an unsigned cursor")
}

func TestEveryChangeOfACursorIsNoticed(t *testing.T) {
	for name, options := range map[string]*dynamo.Options{"unsigned": nil, "signed": {CursorKeys: keys}} {
		t.Run(name, func(t *testing.T) {
			fake, posts := blog(t, 3, options)
			cursor, err := base64.RawURLEncoding.DecodeString(cursorOf(t, posts, inBlog))
			require.NoError(t, err)
			fake.ResetCalls()
			for i := range cursor {
				for bit := range 8 {
					changed := append([]byte(nil), cursor...)
					changed[i] ^= 1 << bit
					_, err := posts.Page(t.Context(), inBlog, base64.RawURLEncoding.EncodeToString(changed))
					require.ErrorIs(t, err, dynamo.ErrBadCursor)
				}
				_, err := posts.Page(t.Context(), inBlog, base64.RawURLEncoding.EncodeToString(cursor[:i]))
				if i > 0 { // the empty cursor is the beginning
					require.ErrorIs(t, err, dynamo.ErrBadCursor)
				}
			}
			require.Len(t, fake.Calls(), 1, "only the empty one was sent")
		})
	}
}

// FuzzCursor: whatever comes in, it is the cursor that was made, the beginning,
// or ErrBadCursor; nothing else is sent, and nothing panics.
func FuzzCursor(f *testing.F) {
	fake := dynamotest.New(nil)
	posts, err := dynamo.New[post](fake.Client(), "things", nil)
	require.NoError(f, err)
	require.NoError(f, dynamo.CreateTables(f.Context(), fake.Client(), posts))
	for i := range 3 {
		require.NoError(f, posts.Put(f.Context(), &post{Blog: "b", Seq: i}))
	}
	cursor := cursorOf(f, posts, inBlog)
	for _, seed := range []string{"", "a", "AQ", cursor, cursor[1:], cursor + "A", cursor + "\n", "\r" + cursor} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, err := posts.Page(t.Context(), inBlog, s)
		if s == "" || s == cursor {
			require.NoError(t, err)
			return
		}
		require.ErrorIs(t, err, dynamo.ErrBadCursor)
	})
}

// FuzzForgedCursor: a cursor that is sealed rightly over anything at all leads
// into its query's partition, or is bad.
func FuzzForgedCursor(f *testing.F) {
	fake := dynamotest.New(nil)
	posts, err := dynamo.New[post](fake.Client(), "things", nil)
	require.NoError(f, err)
	require.NoError(f, dynamo.CreateTables(f.Context(), fake.Client(), posts))
	for i := range 3 {
		require.NoError(f, posts.Put(f.Context(), &post{Blog: "b", Seq: i, Tag: "t"}))
		require.NoError(f, posts.Put(f.Context(), &post{Blog: "c", Seq: i, Tag: "u"}))
	}
	for _, seed := range []string{"", "\x01b\x011", "\x01c\x011", "\x01b\x01x", "\x01b\x021e", "\x01b\x011\x01t", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, values []byte, index bool) {
		q := dynamo.Query{Partition: dynamo.Key{"b"}, Sort: dynamo.AtMost(1)}
		if index {
			q = dynamo.Query{Index: "by-tag", Partition: dynamo.Key{"t"}}
		}
		cursor, err := dynamo.Forge(posts, q, values)
		require.NoError(t, err)
		page, err := posts.Page(t.Context(), q, cursor)
		if err != nil {
			require.ErrorIs(t, err, dynamo.ErrBadCursor)
		}
		for _, p := range page.Items {
			require.Equal(t, "b", p.Blog)
		}
	})
}
