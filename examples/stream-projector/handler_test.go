package main

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// A shop is the table of orders with its stream, and the read model. Nothing is
// projected unless a test delivers it.
type shop struct {
	tables    *dynamotest.Fake
	orders    *dynamo.Repository[Order]
	lines     *dynamo.Repository[Line]
	projector lambda.Handler
	events    [][]byte // what the stream has said so far
	now       time.Time
}

func setup(t *testing.T) *shop {
	t.Helper()
	s := &shop{now: time.Now()}
	clock := func() time.Time { return s.now }
	s.tables = dynamotest.New(&dynamotest.Options{Now: clock})
	var err error
	s.orders, err = dynamo.New[Order](s.tables.Client(), "orders", nil)
	require.NoError(t, err)
	s.lines, err = dynamo.New[Line](s.tables.Client(), "lines", &dynamo.Options{Now: clock})
	require.NoError(t, err)
	schema := s.orders.Schema()
	schema.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages}
	require.NoError(t, s.tables.CreateTable(schema))
	require.NoError(t, s.tables.CreateTable(s.lines.Schema()))
	_, err = s.tables.Client().UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
		TableName:               aws.String("lines"),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("expires"), Enabled: aws.Bool(true)},
	})
	require.NoError(t, err)
	s.projector = newProjector(s.lines, clock)
	s.tables.OnStream("orders", func(event []byte) { s.events = append(s.events, event) })
	return s
}

// deliver invokes the projector with events, which must take all their records.
func (s *shop) deliver(t *testing.T, events ...[]byte) {
	t.Helper()
	for _, event := range events {
		answer, err := s.projector.Invoke(t.Context(), event)
		require.NoError(t, err)
		require.JSONEq(t, `{"batchItemFailures":[]}`, string(answer))
	}
}

// titles returns what a customer's list shows.
func (s *shop) titles(t *testing.T, customer string) []string {
	t.Helper()
	found, err := ordersOf(t.Context(), s.lines, customer)
	require.NoError(t, err)
	titles := []string{}
	for _, l := range found {
		titles = append(titles, l.Title)
	}
	return titles
}

// live has an order created, changed, handed to another customer and deleted.
func (s *shop) live(t *testing.T) {
	t.Helper()
	o := Order{ID: "o-1", Customer: "ada", Title: "Piano", Cents: 900_00}
	require.NoError(t, s.orders.Create(t.Context(), &o))
	o.Title = "Grand piano"
	require.NoError(t, s.orders.Put(t.Context(), &o))
	o.Customer = "eve"
	require.NoError(t, s.orders.Put(t.Context(), &o))
	require.NoError(t, s.orders.Delete(t.Context(), dynamo.Key{"o-1"}))
	require.Len(t, s.events, 4)
}

func TestTheReadModelFollowsTheOrders(t *testing.T) {
	s := setup(t)
	s.live(t)
	for _, want := range []struct{ ada, eve []string }{
		{[]string{"Piano"}, []string{}},
		{[]string{"Grand piano"}, []string{}},
		{[]string{}, []string{"Grand piano"}},
		{[]string{}, []string{}},
	} {
		s.deliver(t, s.events[0])
		s.events = s.events[1:]
		require.Equal(t, want.ada, s.titles(t, "ada"))
		require.Equal(t, want.eve, s.titles(t, "eve"))
	}
}

// TestARepetitionChangesNothing delivers every prefix of the stream again after
// every step: a repetition never shows what is no more.
func TestARepetitionChangesNothing(t *testing.T) {
	s := setup(t)
	s.live(t)
	for i := range s.events {
		s.deliver(t, s.events[i])
		ada, eve := s.titles(t, "ada"), s.titles(t, "eve")
		for _, again := range s.events[:i+1] {
			s.deliver(t, again)
			require.Equal(t, ada, s.titles(t, "ada"))
			require.Equal(t, eve, s.titles(t, "eve"))
		}
	}
}

func TestAGraveIsClearedInTheEnd(t *testing.T) {
	s := setup(t)
	s.live(t)
	s.deliver(t, s.events...)
	require.Zero(t, s.tables.DeleteExpired(), "a stream may still repeat itself")
	s.now = s.now.Add(graveTime + time.Second)
	require.Equal(t, 2, s.tables.DeleteExpired())
}

func TestAFailureIsReportedAndTheRestRepeated(t *testing.T) {
	s := setup(t)
	s.live(t)
	s.tables.Inject("PutItem", dynamotest.Fault{Times: 100, Error: &dynamotest.Error{Code: "AccessDeniedException"}})
	answer, err := s.projector.Invoke(t.Context(), s.events[0])
	require.NoError(t, err)
	var report struct {
		Failures []struct {
			Sequence string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	require.NoError(t, json.Unmarshal(answer, &report))
	require.Len(t, report.Failures, 1)

	s.tables.ClearFaults()
	s.deliver(t, slices.Concat(s.events)...)
	require.Empty(t, s.titles(t, "eve"))
}
