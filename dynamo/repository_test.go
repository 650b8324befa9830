package dynamo_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// A gig has a version and a time to live.
type gig struct {
	ID      string    `dynamodbav:"id" dynamo:"partition"`
	Title   string    `dynamodbav:"title"`
	Status  string    `dynamodbav:"status,omitempty"`
	Bids    int       `dynamodbav:"bids,omitempty"`
	Version int64     `dynamodbav:"version" dynamo:"version"`
	Expires time.Time `dynamodbav:"expires,unixtime" dynamo:"ttl"`
}

// A note has neither.
type note struct {
	ID   string `dynamodbav:"id" dynamo:"partition"`
	Text string `dynamodbav:"text"`
}

// setup returns a repository of T on a table of its own.
func setup[T any](t *testing.T, options *dynamo.Options) (*dynamotest.Fake, *dynamo.Repository[T]) {
	t.Helper()
	fake := dynamotest.New(nil)
	r, err := dynamo.New[T](fake.Client(), "things", options)
	require.NoError(t, err)
	require.NoError(t, dynamo.CreateTables(t.Context(), fake.Client(), r))
	return fake, r
}

func TestCreateAndGet(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	g := gig{ID: "g-1", Title: "Bass", Expires: time.Now().Add(time.Hour).Truncate(time.Second)}
	require.NoError(t, gigs.Create(t.Context(), &g))
	require.EqualValues(t, 1, g.Version)

	got, err := gigs.Get(t.Context(), dynamo.Key{"g-1"}, dynamo.Consistent())
	require.NoError(t, err)
	require.True(t, g.Expires.Equal(got.Expires))
	got.Expires = g.Expires
	require.Equal(t, g, got)

	_, err = gigs.Get(t.Context(), dynamo.Key{"g-2"})
	require.ErrorIs(t, err, dynamo.ErrNotFound)
	require.EqualError(t, err, "dynamo: get things g-2: item not found")
}

func TestCreateFindsTheItemThere(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	require.NoError(t, gigs.Create(t.Context(), &gig{ID: "g-1", Title: "Bass"}))

	g := gig{ID: "g-1", Title: "Drums"}
	err := gigs.Create(t.Context(), &g)
	require.ErrorIs(t, err, dynamo.ErrExists)
	require.EqualError(t, err, "dynamo: create things g-1: item exists")
	require.Zero(t, g.Version, "a failed write leaves the struct alone")
	current, ok := dynamo.Current[gig](err)
	require.True(t, ok)
	require.Equal(t, "Bass", current.Title)
}

func TestPutChecksTheVersion(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	mine := gig{ID: "g-1", Title: "Bass"}
	require.NoError(t, gigs.Put(t.Context(), &mine), "version 0 is for an item that does not exist")
	theirs := mine
	theirs.Title = "Drums"
	require.NoError(t, gigs.Put(t.Context(), &theirs))
	require.EqualValues(t, 2, theirs.Version)

	mine.Title = "Guitar"
	err := gigs.Put(t.Context(), &mine)
	require.ErrorIs(t, err, dynamo.ErrConflict)
	require.EqualValues(t, 1, mine.Version)
	current, ok := dynamo.Current[gig](err)
	require.True(t, ok)
	require.Equal(t, theirs, current)

	err = gigs.Put(t.Context(), &gig{ID: "g-1"})
	require.ErrorIs(t, err, dynamo.ErrConflict, "version 0, but the item exists")

	require.NoError(t, gigs.Delete(t.Context(), dynamo.Key{"g-1"}))
	err = gigs.Put(t.Context(), &theirs)
	require.ErrorIs(t, err, dynamo.ErrConflict, "version 2, but the item is gone")
	_, ok = dynamo.Current[gig](err)
	require.False(t, ok)
}

// A table may be older than its type's version field.
func TestAnItemWithoutAVersionGetsOneByUpdate(t *testing.T) {
	fake, gigs := setup[gig](t, nil)
	_, err := fake.Client().PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String("things"), Item: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "g"}},
	})
	require.NoError(t, err)
	g, err := gigs.Get(t.Context(), dynamo.Key{"g"})
	require.NoError(t, err)
	require.ErrorIs(t, gigs.Put(t.Context(), &g), dynamo.ErrConflict)
	g, err = gigs.Update(t.Context(), dynamo.Key{"g"}, expression.Set(expression.Name("title"), expression.Value("Bass")))
	require.NoError(t, err)
	require.EqualValues(t, 1, g.Version)
	require.NoError(t, gigs.Put(t.Context(), &g))
}

func TestPutWithCondition(t *testing.T) {
	_, notes := setup[note](t, nil)
	require.NoError(t, notes.Put(t.Context(), &note{ID: "a", Text: "old"}))
	old := expression.Name("text").Equal(expression.Value("old"))

	var before note
	require.NoError(t, notes.Put(t.Context(), &note{ID: "a", Text: "new"}, dynamo.If(old), dynamo.Old(&before)))
	require.Equal(t, note{"a", "old"}, before)

	err := notes.Put(t.Context(), &note{ID: "a", Text: "newer"}, dynamo.If(old))
	require.ErrorIs(t, err, dynamo.ErrCondition)
	var condition *dynamo.ConditionError
	require.ErrorAs(t, err, &condition)
	require.False(t, condition.AnswerLost)
	require.Equal(t, &types.AttributeValueMemberS{Value: "new"}, condition.Item["text"])
}

func TestConditionsAndVersionsTogether(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	g := gig{ID: "g-1", Status: "open"}
	require.NoError(t, gigs.Create(t.Context(), &g))
	open := dynamo.If(expression.Name("status").Equal(expression.Value("open")))
	noBids := dynamo.If(expression.Name("bids").AttributeNotExists())

	g.Bids = 1
	require.NoError(t, gigs.Put(t.Context(), &g, open, noBids))
	err := gigs.Put(t.Context(), &g, open, noBids)
	require.ErrorIs(t, err, dynamo.ErrCondition, "the version is right, the condition is not")
	require.EqualValues(t, 2, g.Version)
}

func TestUpdate(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	g := gig{ID: "g-1", Title: "Bass"}
	require.NoError(t, gigs.Create(t.Context(), &g))
	bid := expression.Add(expression.Name("bids"), expression.Value(1))

	got, err := gigs.Update(t.Context(), dynamo.Key{"g-1"}, bid)
	require.NoError(t, err)
	require.Equal(t, gig{ID: "g-1", Title: "Bass", Bids: 1, Version: 2}, got)
	got, err = gigs.Update(t.Context(), dynamo.Key{"g-1"}, bid, dynamo.IfVersion(got.Version))
	require.NoError(t, err, "the caller's builder is as it was")
	require.Equal(t, 2, got.Bids)
	require.EqualValues(t, 3, got.Version)

	_, err = gigs.Update(t.Context(), dynamo.Key{"g-1"}, bid, dynamo.IfVersion(2))
	require.ErrorIs(t, err, dynamo.ErrConflict)
	current, ok := dynamo.Current[gig](err)
	require.True(t, ok)
	require.EqualValues(t, 3, current.Version)

	closed := dynamo.If(expression.Name("status").Equal(expression.Value("closed")))
	_, err = gigs.Update(t.Context(), dynamo.Key{"g-1"}, bid, closed)
	require.ErrorIs(t, err, dynamo.ErrCondition)

	_, err = gigs.Update(t.Context(), dynamo.Key{"g-2"}, bid)
	require.ErrorIs(t, err, dynamo.ErrNotFound)
	_, err = gigs.Update(t.Context(), dynamo.Key{"g-2"}, bid, dynamo.IfVersion(1))
	require.ErrorIs(t, err, dynamo.ErrNotFound)
}

func TestUpdateRefusesWhatTheRepositoryWrites(t *testing.T) {
	fake, gigs := setup[gig](t, nil)
	fake.ResetCalls()
	for _, name := range []string{"id", "version"} {
		_, err := gigs.Update(t.Context(), dynamo.Key{"g-1"}, expression.Set(expression.Name(name), expression.Value("x")))
		require.Error(t, err)
	}
	var old gig
	_, err := gigs.Update(t.Context(), dynamo.Key{"g-1"}, expression.Remove(expression.Name("title")), dynamo.Old(&old))
	require.Error(t, err)
	require.Empty(t, fake.Calls())
}

func TestDelete(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	g := gig{ID: "g-1", Title: "Bass"}
	require.NoError(t, gigs.Create(t.Context(), &g))

	require.ErrorIs(t, gigs.Delete(t.Context(), dynamo.Key{"g-1"}, dynamo.IfVersion(7)), dynamo.ErrConflict)
	var old gig
	require.NoError(t, gigs.Delete(t.Context(), dynamo.Key{"g-1"}, dynamo.IfVersion(g.Version), dynamo.Old(&old)))
	require.Equal(t, g, old)
	require.NoError(t, gigs.Delete(t.Context(), dynamo.Key{"g-1"}), "there is nothing to delete, and that is fine")
	require.ErrorIs(t, gigs.Delete(t.Context(), dynamo.Key{"g-1"}, dynamo.IfVersion(1)), dynamo.ErrNotFound)
}

func TestOptionsThatDoNotApply(t *testing.T) {
	fake, notes := setup[note](t, nil)
	fake.ResetCalls()
	require.Error(t, notes.Put(t.Context(), &note{ID: "a"}, dynamo.IfVersion(1)))
	require.Error(t, notes.Delete(t.Context(), dynamo.Key{"a"}, dynamo.IfVersion(1)), "no version field")
	_, gigs := setup[gig](t, nil)
	require.Error(t, gigs.Delete(t.Context(), dynamo.Key{"a"}, dynamo.IfVersion(-1)))
	require.Error(t, notes.Put(t.Context(), nil))
	require.Empty(t, fake.Calls())
}

func TestKeysAreCheckedBeforeSending(t *testing.T) {
	fake, notes := setup[note](t, nil)
	fake.ResetCalls()
	for name, key := range map[string]dynamo.Key{
		"none": nil, "two": {"a", "b"}, "empty": {""}, "number": {1}, "nil": {nil}, "long": {strings.Repeat("x", 2049)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := notes.Get(t.Context(), key)
			require.ErrorIs(t, err, dynamo.ErrInvalidKey)
			require.ErrorIs(t, notes.Delete(t.Context(), key), dynamo.ErrInvalidKey)
		})
	}
	require.ErrorIs(t, notes.Put(t.Context(), &note{}), dynamo.ErrInvalidKey)
	require.ErrorIs(t, notes.Put(t.Context(), &note{ID: "a", Text: strings.Repeat("x", 400<<10)}), dynamo.ErrTooLarge)
	require.Empty(t, fake.Calls())
}

func TestAKeyThatIsNoNumberIsNotSent(t *testing.T) {
	type reading struct {
		Sensor string  `dynamodbav:"sensor" dynamo:"partition"`
		Value  float64 `dynamodbav:"value" dynamo:"sort"`
	}
	fake, readings := setup[reading](t, nil)
	fake.ResetCalls()
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		require.ErrorIs(t, readings.Put(t.Context(), &reading{"s", value}), dynamo.ErrInvalidKey)
		_, err := readings.Get(t.Context(), dynamo.Key{"s", value})
		require.ErrorIs(t, err, dynamo.ErrInvalidKey)
		for _, err := range readings.Query(t.Context(), dynamo.Query{Partition: dynamo.Key{"s"}, Sort: dynamo.AtLeast(value)}) {
			require.ErrorIs(t, err, dynamo.ErrInvalidKey)
		}
	}
	require.Empty(t, fake.Calls())
	for _, value := range []float64{0, -1.5, 1e-100, 1e100} {
		require.NoError(t, readings.Put(t.Context(), &reading{"s", value}))
	}
}

func TestAnItemOfExactly400KBIsStored(t *testing.T) {
	_, notes := setup[note](t, nil)
	n := note{ID: "a", Text: strings.Repeat("x", 400<<10-len("id")-len("a")-len("text"))}
	require.NoError(t, notes.Put(t.Context(), &n))
	n.Text += "x"
	require.ErrorIs(t, notes.Put(t.Context(), &n), dynamo.ErrTooLarge)
}

func TestOldNeedsAPlace(t *testing.T) {
	fake, notes := setup[note](t, nil)
	fake.ResetCalls()
	require.ErrorContains(t, notes.Put(t.Context(), &note{ID: "a"}, dynamo.Old[note](nil)), "Old: the item is nil")
	require.ErrorContains(t, notes.Delete(t.Context(), dynamo.Key{"a"}, dynamo.Old[note](nil)), "Old: the item is nil")
	require.Empty(t, fake.Calls())
}

// What tells whether an item has expired is read with every projection.
func TestExpiredItemsAreAbsentInProjections(t *testing.T) {
	fake, gigs := setup[gig](t, nil)
	require.NoError(t, gigs.Create(t.Context(), &gig{ID: "g", Title: "Bass", Expires: time.Now().Add(-time.Hour)}))
	title := dynamo.Project("title")
	_, err := gigs.Get(t.Context(), dynamo.Key{"g"}, title)
	require.ErrorIs(t, err, dynamo.ErrNotFound)
	many, err := gigs.GetMany(t.Context(), []dynamo.Key{{"g"}}, title)
	require.NoError(t, err)
	require.Equal(t, []*gig{nil}, many)
	var g gig
	require.ErrorIs(t, dynamo.TransactGet(t.Context(), fake.Client(), gigs.GetOp(dynamo.Key{"g"}, &g, title)), dynamo.ErrNotFound)
	require.Empty(t, collect(t, gigs.Scan(t.Context(), dynamo.Scan{Project: []string{"title"}})))
	require.Empty(t, collect(t, gigs.Query(t.Context(), dynamo.Query{Partition: dynamo.Key{"g"}, Project: []string{"title"}})))
	require.ErrorIs(t, dynamo.Transact(t.Context(), fake.Client(), gigs.CheckOp(dynamo.Key{"g"})), dynamo.ErrNotFound)
}

func TestExpiredItemsAreAbsent(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	_, gigs := setup[gig](t, &dynamo.Options{Now: func() time.Time { return now }})
	g := gig{ID: "g-1", Title: "Bass", Expires: now.Add(time.Minute)}
	require.NoError(t, gigs.Create(t.Context(), &g))
	require.ErrorIs(t, gigs.Create(t.Context(), &gig{ID: "g-1"}), dynamo.ErrExists)

	now = g.Expires
	bid := expression.Add(expression.Name("bids"), expression.Value(1))
	_, err := gigs.Get(t.Context(), dynamo.Key{"g-1"})
	require.ErrorIs(t, err, dynamo.ErrNotFound)
	_, err = gigs.Update(t.Context(), dynamo.Key{"g-1"}, bid)
	require.ErrorIs(t, err, dynamo.ErrNotFound)
	_, err = gigs.Update(t.Context(), dynamo.Key{"g-1"}, bid, dynamo.IfVersion(1))
	require.ErrorIs(t, err, dynamo.ErrNotFound)
	require.NoError(t, gigs.Create(t.Context(), &gig{ID: "g-1", Title: "Drums"}), "it can be created anew")

	got, err := gigs.Get(t.Context(), dynamo.Key{"g-1"})
	require.NoError(t, err)
	require.Equal(t, gig{ID: "g-1", Title: "Drums", Version: 1}, got, "a zero time is not stored and never over")
}

func TestProjection(t *testing.T) {
	_, gigs := setup[gig](t, nil)
	require.NoError(t, gigs.Create(t.Context(), &gig{ID: "g-1", Title: "Bass", Status: "open", Expires: time.Unix(4e9, 0)}))
	got, err := gigs.Get(t.Context(), dynamo.Key{"g-1"}, dynamo.Project("title", "expires"))
	require.NoError(t, err)
	require.Equal(t, "Bass", got.Title)
	require.Equal(t, "g-1", got.ID, "the key comes along")
	require.Empty(t, got.Status)

	got, err = gigs.Get(t.Context(), dynamo.Key{"g-1"}, dynamo.Project("bids"))
	require.NoError(t, err, "the item has no such attribute, but it is there")
	require.Equal(t, "g-1", got.ID)
}

func TestNumericKeysAndConversion(t *testing.T) {
	type reading struct {
		Device int64     `dynamodbav:"device" dynamo:"partition"`
		At     time.Time `dynamodbav:"at,unixtime" dynamo:"sort"`
		Value  float64   `dynamodbav:"value"`
	}
	_, readings := setup[reading](t, nil)
	at := time.Unix(1_700_000_000, 0)
	require.NoError(t, readings.Put(t.Context(), &reading{7, at, 1.5}))
	got, err := readings.Get(t.Context(), dynamo.Key{7, at})
	require.NoError(t, err)
	require.Equal(t, 1.5, got.Value)
	_, err = readings.Get(t.Context(), dynamo.Key{uint64(1 << 63), at})
	require.ErrorIs(t, err, dynamo.ErrInvalidKey)
}

func TestContextErrorsAreFound(t *testing.T) {
	_, notes := setup[note](t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := notes.Get(ctx, dynamo.Key{"a"})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, notes.Put(ctx, &note{ID: "a"}), context.Canceled)
}

func TestIsThrottled(t *testing.T) {
	fake := dynamotest.New(nil)
	client := fake.Client(func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
	notes, err := dynamo.New[note](client, "notes", nil)
	require.NoError(t, err)
	require.NoError(t, dynamo.CreateTables(t.Context(), client, notes))
	fake.Throttle("GetItem", 1)
	_, err = notes.Get(t.Context(), dynamo.Key{"a"})
	require.True(t, dynamo.IsThrottled(err))
	_, err = notes.Get(t.Context(), dynamo.Key{"a"})
	require.False(t, dynamo.IsThrottled(err))
}

func TestCapacityHook(t *testing.T) {
	var used []dynamo.Capacity
	hook := func(_ context.Context, c dynamo.Capacity) { used = append(used, c) }
	_, notes := setup[note](t, &dynamo.Options{OnCapacity: hook})
	require.NoError(t, notes.Put(t.Context(), &note{ID: "a", Text: strings.Repeat("x", 1500)}))
	_, err := notes.Get(t.Context(), dynamo.Key{"a"}, dynamo.Consistent())
	require.NoError(t, err)
	require.Equal(t, []dynamo.Capacity{
		{Op: "PutItem", Table: "things", Units: 2},
		{Op: "GetItem", Table: "things", Units: 1},
	}, used)
}
