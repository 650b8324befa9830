package announce_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/outbox"
	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"

	"github.com/go-thaw/thaw/examples/gigs/announce"
	"github.com/go-thaw/thaw/examples/gigs/registration"
)

func setup(t *testing.T) (*dynamotest.Fake, *eventstest.Fake, *announce.Box) {
	t.Helper()
	tables, bus := dynamotest.New(nil), eventstest.New(nil)
	bus.CreateBus("gigs")
	publisher, err := events.NewPublisher(bus.Client(), &events.PublisherOptions{Bus: "gigs", Attempts: 1})
	require.NoError(t, err)
	box, err := announce.New(announce.Options{
		Client: tables.Client(), Table: "gigs", Publish: publisher.Publish, Logger: slog.New(slog.DiscardHandler), MinAge: -1,
	})
	require.NoError(t, err)
	require.NoError(t, tables.CreateTable(box.Schema()))
	return tables, bus, box
}

func write(t *testing.T, tables *dynamotest.Fake, box *announce.Box, e events.Event) {
	t.Helper()
	op, err := box.Op("u-1", e)
	require.NoError(t, err)
	require.NoError(t, dynamo.Transact(t.Context(), tables.Client(), op))
}

func TestAnEventKeepsItsIdentity(t *testing.T) {
	tables, bus, box := setup(t)
	tables.OnStream("gigs", func(event []byte) {
		_, err := box.Invoke(t.Context(), event)
		require.NoError(t, err)
	})
	e := registration.UserRegistered.New(registration.User{ID: "u-1", Email: "ada@example.com"})
	write(t, tables, box, e)
	all := bus.Events("gigs")
	require.Len(t, all, 1)
	require.Equal(t, e.Metadata.ID, all[0].Metadata().ID)
}

func TestTheSchedulePublishesWhatTheStreamMissed(t *testing.T) {
	tables, bus, box := setup(t)
	write(t, tables, box, registration.UserRegistered.New(registration.User{ID: "u-1", Email: "ada@example.com"}))
	bus.FailEntries(1, "ThrottlingException")
	schedule := []byte(`{"source":"aws.events","detail":{}}`)
	_, err := box.Invoke(t.Context(), schedule)
	require.Error(t, err, "the schedule's invocation fails, for the alarm")
	_, err = box.Invoke(t.Context(), schedule)
	require.NoError(t, err)
	require.Len(t, bus.Events("gigs"), 1)
}

func TestWhatCanNeverBePublishedIsParked(t *testing.T) {
	tables, bus, box := setup(t)
	write(t, tables, box, registration.UserRegistered.New(registration.User{ID: "u-1", Email: "ada@example.com"}))
	bus.FailEntries(1, "MalformedDetail")
	_, err := box.Sweep(t.Context())
	require.NoError(t, err)
	require.NoError(t, dynamo.Transact(context.Background(), tables.Client(), box.Outbox.Op(outbox.Event{Data: []byte("?")})))
	_, err = box.Sweep(t.Context())
	require.NoError(t, err)
	parked := 0
	for _, err := range box.Parked(t.Context()) {
		require.NoError(t, err)
		parked++
	}
	require.Equal(t, 2, parked)
}

func TestAnIncompleteEventIsNotWritten(t *testing.T) {
	_, _, box := setup(t)
	_, err := box.Op("u-1", registration.UserRegistered.New(registration.User{}))
	require.Error(t, err)
}
