package eventstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/events"
	"github.com/go-thaw/thaw/events/eventstest"
	"github.com/go-thaw/thaw/internal/awsfake"
)

type note struct {
	Text string `json:"text"`
}

var (
	noted     = events.Define[note]("notes", "Noted")
	errTarget = errors.New("target failed")
)

// recorder is a target that fails as often as it is told.
type recorder struct {
	failures int
	payloads []string
}

func (r *recorder) invoke(_ context.Context, payload []byte) ([]byte, error) {
	r.payloads = append(r.payloads, string(payload))
	if len(r.payloads) <= r.failures {
		return nil, errTarget
	}
	return nil, nil
}

func publish(t *testing.T, fake *eventstest.Fake, bus string, texts ...string) {
	t.Helper()
	p, err := events.NewPublisher(fake.Client(), &events.PublisherOptions{Bus: bus})
	require.NoError(t, err)
	for _, text := range texts {
		require.NoError(t, p.Publish(t.Context(), noted.New(note{text})))
	}
}

func deliver(t *testing.T, fake *eventstest.Fake) int {
	t.Helper()
	n, err := fake.Deliver(t.Context())
	require.NoError(t, err)
	return n
}

func TestRulesDeliverWhatMatches(t *testing.T) {
	fake := eventstest.New(nil)
	var all, some, elsewhere recorder
	fake.AddRule("notes", "all", `{"source":["notes"]}`, eventstest.Target{Invoke: all.invoke})
	fake.AddRule("notes", "some", `{"detail":{"text":[{"prefix":"b"}]}}`,
		eventstest.Target{Invoke: some.invoke, InputPath: "$.detail.text"},
		eventstest.Target{Invoke: some.invoke, Input: `"constant"`})
	fake.AddRule("default", "elsewhere", `{"source":["notes"]}`, eventstest.Target{Invoke: elsewhere.invoke})
	publish(t, fake, "notes", "apple", "banana")

	require.Empty(t, all.payloads) // nothing happens in the background
	require.Equal(t, 4, deliver(t, fake))
	require.Len(t, all.payloads, 2)
	require.Equal(t, []string{`"banana"`, `"constant"`}, some.payloads)
	require.Empty(t, elsewhere.payloads)
	require.Equal(t, 0, deliver(t, fake))
	require.Equal(t, eventstest.Delivered, fake.Deliveries("some")[0].State)
}

func TestDeliverAlsoMakesWhatComesUpOnTheWay(t *testing.T) {
	fake := eventstest.New(nil)
	hops := 0
	fake.AddRule("default", "again", `{"source":["notes"]}`, eventstest.Target{
		Invoke: func(context.Context, []byte) ([]byte, error) {
			if hops++; hops < 3 {
				publish(t, fake, "default", "next")
			}
			return nil, nil
		},
	})
	publish(t, fake, "default", "first")
	require.Equal(t, 3, deliver(t, fake))
}

func TestAFailedDeliveryIsRetriedUntilItSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := eventstest.New(nil)
		target := recorder{failures: 4}
		fake.AddRule("default", "r", `{"source":["notes"]}`, eventstest.Target{Invoke: target.invoke})
		publish(t, fake, "default", "x")
		start := time.Now()
		require.NoError(t, fake.Drain(t.Context()))
		require.Equal(t, (1+2+4+8)*time.Second, time.Since(start))
		attempts := fake.Deliveries("r")[0].Attempts
		require.Len(t, attempts, 5)
		require.ErrorIs(t, attempts[3].Err, errTarget)
		require.NoError(t, attempts[4].Err)
	})
}

func TestExhaustedDeliveriesGoToTheDeadLetterFunction(t *testing.T) {
	for name, c := range map[string]struct {
		target    eventstest.Target
		attempts  int
		after     time.Duration
		condition string
	}{
		"EventBridge": {eventstest.Target{}, 186, 511*time.Second + 176*8*time.Minute, "MaximumRetryAttempts"},
		"age":         {eventstest.Target{MaximumAge: time.Minute}, 6, 31 * time.Second, "MaximumEventAgeInSeconds"},
		"never again": {eventstest.Target{MaximumRetries: -1}, 1, 0, "MaximumRetryAttempts"},
		"Lambda":      {eventstest.Target{ARN: "arn:aws:lambda:us-east-1:1:function:f"}, 3, 3 * time.Minute, "MaximumRetryAttempts"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := eventstest.New(nil)
				target := recorder{failures: 1000}
				var letters []eventstest.DeadLetter
				c.target.Invoke = target.invoke
				c.target.DeadLetter = func(_ context.Context, d eventstest.DeadLetter) error {
					letters = append(letters, d)
					return nil
				}
				fake.AddRule("default", "r", `{"source":["notes"]}`, c.target)
				publish(t, fake, "default", "x")
				start := time.Now()
				require.NoError(t, fake.Drain(t.Context()))
				require.Equal(t, c.after, time.Since(start))
				require.Len(t, target.payloads, c.attempts)
				require.Len(t, letters, 1)
				require.Equal(t, target.payloads[0], string(letters[0].Body))
				require.Equal(t, c.condition, letters[0].Attributes["EXHAUSTED_RETRY_CONDITION"])
				require.Equal(t, "arn:aws:events:"+awsfake.Region+":"+awsfake.Account+":rule/r", letters[0].Attributes["RULE_ARN"])
				require.Equal(t, fmt.Sprint(c.attempts-1), letters[0].Attributes["RETRY_ATTEMPTS"])
				require.Equal(t, errTarget.Error(), letters[0].Attributes["ERROR_MESSAGE"])
				require.NotEmpty(t, letters[0].Attributes["ERROR_CODE"])
				require.Contains(t, letters[0].Attributes["TARGET_ARN"], "arn:aws:")
				require.Equal(t, eventstest.DeadLettered, fake.Deliveries("r")[0].State)
			})
		})
	}
}

func TestWithoutADeadLetterFunctionItIsDropped(t *testing.T) {
	fake := eventstest.New(nil)
	target := recorder{failures: 1}
	fake.AddRule("default", "r", `{"source":["notes"]}`, eventstest.Target{Invoke: target.invoke, MaximumRetries: -1})
	publish(t, fake, "default", "x")
	require.Equal(t, 1, deliver(t, fake))
	require.Equal(t, eventstest.Dropped, fake.Deliveries("r")[0].State)
	_, pending := fake.NextDue()
	require.False(t, pending)
}

func TestASteppedClockDrivesRetries(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	fake := eventstest.New(&eventstest.Options{Now: func() time.Time { return now }})
	target := recorder{failures: 2}
	fake.AddRule("default", "r", `{"source":["notes"]}`, eventstest.Target{Invoke: target.invoke})
	publish(t, fake, "default", "x")
	require.Equal(t, 1, deliver(t, fake))
	require.Equal(t, 0, deliver(t, fake))
	for range 2 {
		due, ok := fake.NextDue()
		require.True(t, ok)
		now = due
		require.Equal(t, 1, deliver(t, fake))
	}
	require.Equal(t, eventstest.Delivered, fake.Deliveries("")[0].State)
}

func TestRunDeliversUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := eventstest.New(nil)
		target := recorder{failures: 1}
		fake.AddRule("default", "r", `{"source":["notes"]}`, eventstest.Target{Invoke: target.invoke})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- fake.Run(ctx) }()
		synctest.Wait()
		publish(t, fake, "default", "x")
		<-time.After(2 * time.Second)
		synctest.Wait()
		eventstest.RequireDelivered(t, fake, "r", 1)
		publish(t, fake, "default", "y")
		synctest.Wait()
		eventstest.RequireDelivered(t, fake, "r", 2)
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}

func TestRedeliverRepeatsAnEvent(t *testing.T) {
	fake := eventstest.New(nil)
	var target recorder
	fake.AddRule("default", "r", `{"source":["notes"]}`, eventstest.Target{Invoke: target.invoke})
	publish(t, fake, "default", "x")
	deliver(t, fake)
	require.Equal(t, 1, fake.Redeliver(fake.Events("")[0].ID))
	deliver(t, fake)
	require.Len(t, target.payloads, 2)
	require.Equal(t, target.payloads[0], target.payloads[1])
	require.Panics(t, func() { fake.Redeliver("unknown") })
}

func TestRulesOverTheWire(t *testing.T) {
	ctx := t.Context()
	fake := eventstest.New(nil)
	client := fake.Client()
	created, err := client.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String("notes")})
	require.NoError(t, err)
	_, err = client.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String("notes")})
	var exists *types.ResourceAlreadyExistsException
	require.ErrorAs(t, err, &exists)

	_, err = client.PutRule(ctx, &eventbridge.PutRuleInput{
		Name: aws.String("r"), EventBusName: created.EventBusArn, EventPattern: aws.String(`{"source":["notes"]}`),
	})
	require.NoError(t, err)
	_, err = client.PutTargets(ctx, &eventbridge.PutTargetsInput{
		Rule: aws.String("r"), EventBusName: aws.String("notes"),
		Targets: []types.Target{
			{Id: aws.String("a"), Arn: aws.String("arn:a"), InputPath: aws.String("$.detail.text")},
			{
				Id: aws.String("b"), Arn: aws.String("arn:b"),
				DeadLetterConfig: &types.DeadLetterConfig{Arn: aws.String("arn:dlq")},
				RetryPolicy:      &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(0)},
			},
			{Id: aws.String("c"), Arn: aws.String("arn:nobody")},
		},
	})
	require.NoError(t, err)
	var good, bad, dead recorder
	bad.failures = 10
	fake.Connect("arn:a", good.invoke)
	fake.Connect("arn:b", bad.invoke)
	fake.Connect("arn:dlq", dead.invoke)

	publish(t, fake, *created.EventBusArn, "x")
	require.Equal(t, 3, deliver(t, fake))
	require.Equal(t, []string{`"x"`}, good.payloads)
	require.Equal(t, bad.payloads, dead.payloads)
	require.Equal(t, eventstest.Dropped, fake.Deliveries("r")[2].State)

	_, err = client.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: aws.String("r"), EventBusName: aws.String("notes")})
	require.NoError(t, err)
	publish(t, fake, "notes", "y")
	require.Equal(t, 0, deliver(t, fake))

	rules, err := client.ListRules(ctx, &eventbridge.ListRulesInput{EventBusName: aws.String("notes")})
	require.NoError(t, err)
	require.Equal(t, types.RuleStateDisabled, rules.Rules[0].State)
	targets, err := client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: aws.String("r"), EventBusName: aws.String("notes")})
	require.NoError(t, err)
	require.Len(t, targets.Targets, 3)
	_, err = client.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String("r"), EventBusName: aws.String("notes")})
	require.Equal(t, "ValidationException", code(t, err))
	_, err = client.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{
		Rule: aws.String("r"), EventBusName: aws.String("notes"), Ids: []string{"a", "b", "c"},
	})
	require.NoError(t, err)
	_, err = client.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String("r"), EventBusName: aws.String("notes")})
	require.NoError(t, err)
	_, err = client.DeleteEventBus(ctx, &eventbridge.DeleteEventBusInput{Name: aws.String("notes")})
	require.NoError(t, err)
	_, err = client.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: aws.String("notes")})
	require.Equal(t, "ResourceNotFoundException", code(t, err))
}

func code(t *testing.T, err error) string {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	return api.ErrorCode()
}

func TestPatternsOverTheWire(t *testing.T) {
	client := eventstest.New(nil).Client()
	out, err := client.TestEventPattern(t.Context(), &eventbridge.TestEventPatternInput{
		EventPattern: aws.String(`{"a":[{"prefix":"x"}]}`), Event: aws.String(`{"a":"xy"}`),
	})
	require.NoError(t, err)
	require.True(t, out.Result)
	_, err = client.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String("r"), EventPattern: aws.String(`{"a":"x"}`)})
	var invalid *types.InvalidEventPatternException
	require.ErrorAs(t, err, &invalid)
	_, err = client.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String("r"), ScheduleExpression: aws.String("rate(1 day)")})
	require.Equal(t, "ValidationException", code(t, err))
}

func TestPutEventsValidatesAsEventBridgeDoes(t *testing.T) {
	ok := types.PutEventsRequestEntry{Source: aws.String("s"), DetailType: aws.String("d"), Detail: aws.String("{}")}
	with := func(change func(*types.PutEventsRequestEntry)) types.PutEventsRequestEntry {
		e := ok
		change(&e)
		return e
	}
	put := func(entries ...types.PutEventsRequestEntry) (*eventbridge.PutEventsOutput, error) {
		return eventstest.New(nil).Client().PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: entries})
	}
	for want, entry := range map[string]types.PutEventsRequestEntry{
		"InvalidArgument":   with(func(e *types.PutEventsRequestEntry) { e.DetailType = nil }),
		"MalformedDetail":   with(func(e *types.PutEventsRequestEntry) { e.Detail = aws.String("[]") }),
		"MalformedDetail ":  with(func(e *types.PutEventsRequestEntry) { e.Detail = aws.String(`{"n":9223372036854775808}`) }),
		"MalformedDetail  ": with(func(e *types.PutEventsRequestEntry) { e.Detail = aws.String(`{"n":NaN}`) }),
		"MalformedDetail   ": with(func(e *types.PutEventsRequestEntry) {
			e.Detail = aws.String(`{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`)
		}),
		"InvalidArgument ":                with(func(e *types.PutEventsRequestEntry) { e.Detail = aws.String("") }),
		"NotAuthorizedForSourceException": with(func(e *types.PutEventsRequestEntry) { e.Source = aws.String("aws.ec2") }),
	} {
		out, err := put(ok, entry, ok)
		require.NoError(t, err)
		require.Equal(t, int32(1), out.FailedEntryCount, *entry.Detail)
		require.Equal(t, strings.TrimSpace(want), *out.Entries[1].ErrorCode)
		require.NotEqual(t, *out.Entries[0].EventId, *out.Entries[2].EventId)
	}
	for _, entries := range [][]types.PutEventsRequestEntry{
		{},
		make11(ok),
		{with(func(e *types.PutEventsRequestEntry) { e.Source = nil })},
		{with(func(e *types.PutEventsRequestEntry) {
			e.Detail = aws.String(`{"a":"` + strings.Repeat("x", 1<<20) + `"}`)
		})},
	} {
		_, err := put(entries...)
		require.Equal(t, "ValidationException", code(t, err))
	}
}

func make11(e types.PutEventsRequestEntry) []types.PutEventsRequestEntry {
	out := make([]types.PutEventsRequestEntry, 11)
	for i := range out {
		out[i] = e
	}
	return out
}

func TestTimeAndResourcesArrive(t *testing.T) {
	fake := eventstest.New(nil)
	at := time.Date(2020, 2, 3, 4, 5, 6, 789_000_000, time.UTC)
	_, err := fake.Client().PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		Source: aws.String("s"), DetailType: aws.String("d"), Detail: aws.String("{}"), Time: &at, Resources: []string{"r"},
	}}})
	require.NoError(t, err)
	got := fake.Events("")[0]
	require.Equal(t, at.Truncate(time.Second), got.Time)
	require.Equal(t, []string{"r"}, got.Resources)
	require.True(t, json.Valid(got.Raw))
}
