package dynamo_test

import (
	"encoding/json"
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

// Three types in one table; bids lie beside their gigs.
type (
	user struct {
		ID   string `dynamodbav:"id"`
		Name string `dynamodbav:"name"`
	}
	offer struct {
		Owner  string    `dynamodbav:"owner"`
		ID     string    `dynamodbav:"id"`
		City   string    `dynamodbav:"city,omitempty"`
		Posted time.Time `dynamodbav:"posted"`
		Price  int       `dynamodbav:"price"`
	}
	bid struct {
		Owner string `dynamodbav:"owner"`
		Offer string `dynamodbav:"offer"`
		Seq   int    `dynamodbav:"seq"`
	}
)

var offerOptions = dynamo.Options{
	Partition: "USER#{owner}", Sort: "OFFER#{id}",
	Indexes: []dynamo.Index{
		{Name: "gsi1", Partition: "CITY#{city}", Sort: "{posted}#{id}"},
		{Name: "gsi2", Partition: "OFFERS", Sort: "{price:6}"},
	},
}

type platform struct {
	fake   *dynamotest.Fake
	users  *dynamo.Repository[user]
	offers *dynamo.Repository[offer]
	bids   *dynamo.Repository[bid]
}

func newPlatform(t *testing.T) platform {
	t.Helper()
	p := platform{fake: dynamotest.New(nil)}
	client := p.fake.Client()
	var err error
	p.users, err = dynamo.New[user](client, "platform", &dynamo.Options{Partition: "USER#{id}", Sort: "PROFILE"})
	require.NoError(t, err)
	p.offers, err = dynamo.New[offer](client, "platform", &offerOptions)
	require.NoError(t, err)
	p.bids, err = dynamo.New[bid](client, "platform", &dynamo.Options{Partition: "USER#{owner}", Sort: "OFFER#{offer}#BID#{seq:4}"})
	require.NoError(t, err)
	require.NoError(t, dynamo.CreateTables(t.Context(), client, p.users, p.offers, p.bids))
	return p
}

func (p *platform) fill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.users.Create(t.Context(), &user{"u-1", "Ann"}))
	day := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for i, id := range []string{"o-1", "o-2", "o-3"} {
		o := offer{Owner: "u-1", ID: id, City: "Bern", Posted: day.Add(time.Duration(i) * 500 * time.Millisecond), Price: 9 + i}
		require.NoError(t, p.offers.Create(t.Context(), &o))
		for seq := range 2 {
			require.NoError(t, p.bids.Create(t.Context(), &bid{"u-1", id, seq}))
		}
	}
}

func TestRepositoriesOnOneTableSeeTheirOwnItems(t *testing.T) {
	p := newPlatform(t)
	p.fill(t)

	u, err := p.users.Get(t.Context(), dynamo.Key{"u-1"})
	require.NoError(t, err)
	require.Equal(t, user{"u-1", "Ann"}, u)
	o, err := p.offers.Get(t.Context(), dynamo.Key{"u-1", "o-2"})
	require.NoError(t, err)
	require.Equal(t, "Bern", o.City)

	require.Equal(t, []string{"o-1", "o-2", "o-3"}, offerIDs(t, p, dynamo.Query{Partition: dynamo.Key{"u-1"}}),
		"bids begin like their offers but are not offers")
	users := collect(t, p.users.Scan(t.Context(), dynamo.Scan{}))
	require.Equal(t, []user{{"u-1", "Ann"}}, users)
	require.Len(t, collect(t, p.offers.Scan(t.Context(), dynamo.Scan{})), 3)
	require.Len(t, collect(t, p.bids.Scan(t.Context(), dynamo.Scan{Segments: 3})), 6)
	require.Len(t, collect(t, p.users.Query(t.Context(), dynamo.Query{Partition: dynamo.Key{"u-1"}})), 1)
}

// A table may hold what no repository wrote.
func TestForeignItemsAreNobodys(t *testing.T) {
	p := newPlatform(t)
	for _, key := range [][2]string{{"USER#", "PROFILE"}, {"USER#u", "PROFILE#x"}, {"USER", "PROFILE"}, {"USER#u#v", "PROFILE"}, {"X#u", "PROFILE"}} {
		_, err := p.fake.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("platform"), Item: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: key[0]}, "sk": &types.AttributeValueMemberS{Value: key[1]},
		}})
		require.NoError(t, err)
	}
	require.Empty(t, collect(t, p.users.Scan(t.Context(), dynamo.Scan{})))
	require.Empty(t, collect(t, p.users.Query(t.Context(), dynamo.Query{Partition: dynamo.Key{"u"}})))
}

func TestQueryOfBidsReadsOnlyThem(t *testing.T) {
	p := newPlatform(t)
	p.fill(t)
	p.fake.ResetCalls()
	bids := collect(t, p.bids.Query(t.Context(), dynamo.Query{Partition: dynamo.Key{"u-1"}, Sort: dynamo.Equal("o-2")}))
	require.Equal(t, []bid{{"u-1", "o-2", 0}, {"u-1", "o-2", 1}}, bids)
	var output struct{ ScannedCount int }
	require.NoError(t, json.Unmarshal(p.fake.Calls("Query")[0].Output, &output))
	require.Equal(t, 2, output.ScannedCount)
}

func TestTemplatedIndexes(t *testing.T) {
	p := newPlatform(t)
	p.fill(t)
	bern := dynamo.Query{Index: "gsi1", Partition: dynamo.Key{"Bern"}}
	require.Equal(t, []string{"o-1", "o-2", "o-3"}, offerIDs(t, p, bern), "times sort, also within a second")
	bern.Descending = true
	require.Equal(t, []string{"o-3", "o-2", "o-1"}, offerIDs(t, p, bern))

	require.NoError(t, p.offers.Put(t.Context(), &offer{Owner: "u-1", ID: "o-4", Price: 100}))
	require.Empty(t, offerIDs(t, p, dynamo.Query{Index: "gsi1", Partition: dynamo.Key{"Basel"}}))
	require.Equal(t, []string{"o-1", "o-2", "o-3", "o-4"}, offerIDs(t, p, dynamo.Query{Index: "gsi2"}),
		"9 < 10 < 11 < 100, because they are padded")
}

func TestUpdatesKeepIndexesRight(t *testing.T) {
	p := newPlatform(t)
	p.fill(t)
	key := dynamo.Key{"u-1", "o-2"}
	city, posted := expression.Name("city"), expression.Name("posted")
	in := func(name string) []string {
		return offerIDs(t, p, dynamo.Query{Index: "gsi1", Partition: dynamo.Key{name}})
	}

	_, err := p.offers.Update(t.Context(), key, expression.Set(city, expression.Value("Basel")))
	require.NoError(t, err)
	require.Equal(t, []string{"o-2"}, in("Basel"))
	require.Equal(t, []string{"o-1", "o-3"}, in("Bern"))

	later := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = p.offers.Update(t.Context(), key, expression.Set(city, expression.Value("Bern")).Set(posted, expression.Value(later)))
	require.NoError(t, err)
	require.Equal(t, []string{"o-1", "o-3", "o-2"}, in("Bern"))

	_, err = p.offers.Update(t.Context(), key, expression.Remove(city))
	require.NoError(t, err)
	require.Equal(t, []string{"o-1", "o-3"}, in("Bern"))

	_, err = p.offers.Update(t.Context(), key, expression.Add(expression.Name("price"), expression.Value(1)))
	require.ErrorIs(t, err, dynamo.ErrInvalidKey, "nobody knows the price that the index would need")
	_, err = p.offers.Update(t.Context(), key, expression.Set(expression.Name("gsi1pk"), expression.Value("x")))
	require.ErrorIs(t, err, dynamo.ErrInvalidKey)
}

func TestTemplateValues(t *testing.T) {
	p := newPlatform(t)
	p.fake.ResetCalls()
	require.ErrorIs(t, p.users.Create(t.Context(), &user{ID: "a#b"}), dynamo.ErrInvalidKey, "it could be another key")
	require.ErrorIs(t, p.users.Create(t.Context(), &user{}), dynamo.ErrInvalidKey)
	require.ErrorIs(t, p.bids.Create(t.Context(), &bid{"u", "o", 12345}), dynamo.ErrInvalidKey, "five digits in four")
	require.ErrorIs(t, p.bids.Create(t.Context(), &bid{"u", "o", -1}), dynamo.ErrInvalidKey)
	require.ErrorIs(t, p.offers.Create(t.Context(), &offer{Owner: "u", ID: "o", City: "a#b"}), dynamo.ErrInvalidKey, "in an index")
	require.Empty(t, p.fake.Calls())
}

func TestSortConditionsOnTemplates(t *testing.T) {
	p := newPlatform(t)
	p.fill(t)
	at := func(i int) time.Time {
		return time.Date(2026, 5, 1, 12, 0, 0, i*500_000_000, time.UTC)
	}
	tests := map[string]struct {
		sort dynamo.SortCondition
		want []string
	}{
		"all":                     {dynamo.SortCondition{}, []string{"o-1", "o-2", "o-3"}},
		"equal, first field":      {dynamo.Equal(at(1)), []string{"o-2"}},
		"equal, all fields":       {dynamo.Equal(at(1), "o-2"), []string{"o-2"}},
		"equal to nothing":        {dynamo.Equal(at(1), "o-1"), nil},
		"begins":                  {dynamo.BeginsWith("2026-05"), []string{"o-1", "o-2", "o-3"}},
		"begins, second field":    {dynamo.BeginsWith(at(2), "o-"), []string{"o-3"}},
		"between":                 {dynamo.Between(dynamo.Key{at(0)}, dynamo.Key{at(1)}), []string{"o-1", "o-2"}},
		"between, wrong way":      {dynamo.Between(dynamo.Key{at(1)}, dynamo.Key{at(0)}), nil},
		"at least":                {dynamo.AtLeast(at(1)), []string{"o-2", "o-3"}},
		"greater":                 {dynamo.GreaterThan(at(1)), []string{"o-3"}},
		"greater than whole key":  {dynamo.GreaterThan(at(1), "o-2"), []string{"o-3"}},
		"at most":                 {dynamo.AtMost(at(1)), []string{"o-1", "o-2"}},
		"at most the whole key":   {dynamo.AtMost(at(1), "o-2"), []string{"o-1", "o-2"}},
		"less":                    {dynamo.LessThan(at(1)), []string{"o-1"}},
		"less than the whole key": {dynamo.LessThan(at(1), "o-2"), []string{"o-1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			q := dynamo.Query{Index: "gsi1", Partition: dynamo.Key{"Bern"}, Sort: test.sort}
			require.Equal(t, test.want, offerIDs(t, p, q))
		})
	}
	for name, test := range map[string]dynamo.SortCondition{
		"at least": dynamo.AtLeast("o-2"), "greater": dynamo.GreaterThan("o-1"),
	} {
		t.Run(name+" stays among offers", func(t *testing.T) {
			q := dynamo.Query{Partition: dynamo.Key{"u-1"}, Sort: test}
			require.Equal(t, []string{"o-2", "o-3"}, offerIDs(t, p, q), "PROFILE comes after OFFER")
		})
	}
}

func offerIDs(t *testing.T, p platform, q dynamo.Query) []string {
	t.Helper()
	var ids []string
	for o, err := range p.offers.Query(t.Context(), q) {
		require.NoError(t, err)
		ids = append(ids, o.ID)
	}
	return ids
}
