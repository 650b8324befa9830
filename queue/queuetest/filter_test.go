package queuetest_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest"
)

// containing is a filter that stands for a pattern.
func containing(text string) func([]byte) (bool, error) {
	return func(record []byte) (bool, error) { return bytes.Contains(record, []byte(text)), nil }
}

func TestFiltersSeeTheBody(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	deliver(t, fake, "jobs", `{"a":{"b":1}}`, `plain "text" <&>`, `[1]`, `5`, `{"a":`)
	var seen []string
	m := newMapping(t, fake, "jobs", answer(""), &queuetest.MappingOptions{Filters: []func([]byte) (bool, error){
		func(record []byte) (bool, error) { seen = append(seen, string(record)); return true, nil },
	}})
	_, err := m.Drain(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{`{"body":{"a":{"b":1}}}`, `{"body":"plain \"text\" <&>"}`, `{"body":[1]}`, `{"body":5}`, `{"body":"{\"a\":"}`}, seen)
}

// A message that no filter matches is deleted, without an invocation and without
// a place in a batch.
func TestUnmatchedMessagesAreDeleted(t *testing.T) {
	for _, name := range []string{"jobs", "jobs.fifo"} {
		fake := queuetest.New(nil)
		fake.CreateQueue(name, nil)
		for n := range 50 {
			deliver(t, fake, name, fmt.Sprintf(`{"kind":"%c","n":%d}`, "abcde"[n%5], n))
		}
		m := newMapping(t, fake, name, answer(`{"batchItemFailures":[]}`), &queuetest.MappingOptions{BatchSize: 4, Filters: []func([]byte) (bool, error){
			containing(`"kind":"b"`), containing(`"kind":"d"`),
			func([]byte) (bool, error) { return true, errors.New("no match") },
		}})
		invocations, err := m.Drain(t.Context())
		require.NoError(t, err)
		var bodies []string
		for _, v := range invocations {
			for _, r := range sqsRecords(t, v.Payload) {
				bodies = append(bodies, r.Body)
			}
		}
		require.Len(t, invocations, 5, "batches are full")
		require.Len(t, bodies, 20)
		require.Equal(t, []string{`{"kind":"b","n":1}`, `{"kind":"d","n":3}`, `{"kind":"b","n":6}`}, bodies[:3], "in order")
		require.Zero(t, fake.Counts(name).Total())
	}
}

func TestNothingIsInvokedForUnmatchedMessages(t *testing.T) {
	fake := queuetest.New(nil)
	fake.CreateQueue("jobs", nil)
	deliver(t, fake, "jobs", repeat("x", 30)...)
	m := newMapping(t, fake, "jobs", answer(""), &queuetest.MappingOptions{Filters: []func([]byte) (bool, error){containing(`"y"`)}})
	invocations, err := m.Poll(t.Context())
	require.NoError(t, err)
	require.Empty(t, invocations)
	require.Zero(t, fake.Counts("jobs").Total())
}
