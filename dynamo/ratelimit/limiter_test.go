package ratelimit_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
	"github.com/go-thaw/thaw/dynamo/ratelimit"
)

func TestABucketIsSharedByAllProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		limit := ratelimit.Limit{Rate: 6, Per: time.Minute, Burst: 5}
		var processes []*ratelimit.Limiter
		for range 4 {
			processes = append(processes, newLimiter(t, fake.Client(), limit, nil))
		}
		yes := 0
		for i := range 20 {
			yes += allow(t, processes[i%4], "ada", 1)
		}
		require.Equal(t, 5, yes)
		require.Equal(t, 1, allow(t, processes[3], "eve", 1), "another key has another bucket")

		wait(10 * time.Second) // a token
		for _, p := range processes {
			yes += allow(t, p, "ada", 1)
		}
		require.Equal(t, 6, yes)
		wait(time.Hour) // full, not more than full
		for i := range 20 {
			yes += allow(t, processes[i%4], "ada", 1)
		}
		require.Equal(t, 11, yes)
	})
}

func TestADecisionTellsWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, newFake().Client(), ratelimit.Limit{Rate: 1, Per: time.Second, Burst: 10}, nil)
		d, err := l.AllowN(t.Context(), "ada", 4)
		require.NoError(t, err)
		require.Equal(t, ratelimit.Decision{Allowed: true, Limit: 10, Remaining: 6, ResetAfter: 4 * time.Second}, d)
		d, err = l.AllowN(t.Context(), "ada", 8)
		require.NoError(t, err)
		require.Equal(t, ratelimit.Decision{Limit: 10, Remaining: 6, RetryAfter: 2 * time.Second, ResetAfter: 4 * time.Second, Local: true}, d)
		wait(d.RetryAfter)
		d, err = l.AllowN(t.Context(), "ada", 8)
		require.NoError(t, err)
		require.Equal(t, ratelimit.Decision{Allowed: true, Limit: 10, ResetAfter: 10 * time.Second}, d)
	})
}

// TestManyStartAtOnce has every process find the bucket full and take a token at
// the same moment: all of them must win, with one write each.
func TestManyStartAtOnce(t *testing.T) {
	for name, used := range map[string]bool{"a new key": false, "a key that was used before": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake()
				limit := ratelimit.Limit{Rate: 10, Per: time.Minute, Burst: 10}
				if used {
					allow(t, newLimiter(t, fake.Client(), limit, nil), "ada", 3)
					wait(time.Hour)
					fake.ResetCalls()
				}
				var group sync.WaitGroup
				var yes atomic.Int32
				var read sync.WaitGroup // all have read before any writes
				read.Add(15)
				for range 15 {
					api := &spy{API: fake.Client(), after: func(_ context.Context, write bool) {
						if !write {
							read.Done()
							read.Wait()
						}
					}}
					l := newLimiter(t, api, limit, nil)
					group.Go(func() {
						d, err := l.Allow(t.Context(), "ada")
						if err == nil && d.Allowed {
							yes.Add(1)
						}
					})
				}
				group.Wait()
				require.EqualValues(t, 10, yes.Load())
				reads, writes := requests(fake)
				require.Equal(t, 15, reads)
				require.Equal(t, 15, writes)
			})
		})
	}
}

func TestRequestsPerDecision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		l := newLimiter(t, fake.Client(), ratelimit.Limit{Rate: 60, Per: time.Minute, Burst: 20}, nil)
		check := func(what string, wantReads, wantWrites int) {
			t.Helper()
			reads, writes := requests(fake)
			require.Equal(t, [2]int{wantReads, wantWrites}, [2]int{reads, writes}, what)
		}
		allow(t, l, "ada", 1)
		check("a key that this process does not know", 1, 1)
		wait(900 * time.Millisecond)
		allow(t, l, "ada", 1)
		check("a nearly full bucket: another clock may have found it full", 1, 1)
		allow(t, l, "ada", 18)
		check("a bucket in use", 0, 18)
		allow(t, l, "ada", 1000)
		check("an empty bucket", 0, 0)

		other := newLimiter(t, fake.Client(), ratelimit.Limit{Rate: 60, Per: time.Minute, Burst: 20}, nil)
		require.Zero(t, allow(t, other, "ada", 1000))
		check("an empty bucket that this process does not know", 1, 0)
		wait(time.Hour)
		allow(t, l, "ada", 1)
		check("a full bucket", 1, 1)
	})
}

func TestABatchCutsRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		limit := ratelimit.Limit{Rate: 100, Burst: 100}
		l := newLimiter(t, fake.Client(), limit, &ratelimit.Options{Batch: 20})
		require.Equal(t, 40, allow(t, l, "ada", 40))
		_, writes := requests(fake)
		require.Equal(t, 2, writes, "20, 20")

		// Batches get smaller with the bucket, so that none is kept from others.
		require.Equal(t, 60, allow(t, l, "ada", 100))
		_, writes = requests(fake)
		require.Equal(t, 15, writes, "15, 11, 8, 6, 5, 3, 3, 2, 1, …")

		// What is held is used up or given up.
		wait(time.Minute)
		require.Equal(t, 1, allow(t, l, "ada", 1))
		requests(fake)
		wait(1001 * time.Millisecond)
		d, err := l.Allow(t.Context(), "ada")
		require.NoError(t, err)
		require.True(t, d.Allowed)
		require.False(t, d.Local, "the held tokens are too old")
	})
}

// TestABatchTakesNoTokensBeforeTheirTime has another process empty the bucket
// after this one has seen it nearly full.
func TestABatchTakesNoTokensBeforeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		limit := ratelimit.Limit{Rate: 1, Burst: 40}
		l := newLimiter(t, fake.Client(), limit, &ratelimit.Options{Batch: 10, Hold: time.Minute})
		other := newLimiter(t, fake.Client(), limit, nil)
		require.Equal(t, 1, allow(t, l, "ada", 1))
		require.Equal(t, 29, allow(t, other, "ada", 29))
		require.Equal(t, 10, allow(t, l, "ada", 20), "nine that were held and the last one")
		require.Zero(t, allow(t, other, "ada", 5))
		wait(time.Second)
		require.Equal(t, 1, allow(t, l, "ada", 5), "the first that was taken ahead of its time")
	})
}

func TestALostAnswerCostsOneToken(t *testing.T) {
	for name, level := range map[string]int{"of the first write": 0, "of a later one": 3} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake()
				limit := ratelimit.Limit{Rate: 1, Per: time.Hour, Burst: 5}
				l := newLimiter(t, fake.Client(), limit, nil)
				allow(t, l, "ada", level)
				fake.Inject("UpdateItem", dynamotest.Fault{Cut: dynamotest.CutAfter})
				d, err := l.Allow(t.Context(), "ada")
				require.NoError(t, err)
				require.True(t, d.Allowed)
				require.Equal(t, 4-level, d.Remaining)
				require.Equal(t, 4-level, allow(t, l, "ada", 10))
			})
		})
	}
}

// TestAnAnswerFromBeforeAFreeze has the process frozen between the table's answer
// and the decision: the token is of another time.
func TestAnAnswerFromBeforeAFreeze(t *testing.T) {
	for name, fault := range map[string]dynamotest.Fault{"that arrived": {}, "whose first copy was lost": {Cut: dynamotest.CutAfter}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake()
				api := &spy{API: fake.Client(), after: func(_ context.Context, write bool) {
					if write {
						wait(time.Minute)
					}
				}}
				l := newLimiter(t, api, ratelimit.Limit{Rate: 1}, nil)
				fake.Inject("UpdateItem", fault)
				_, err := l.Allow(t.Context(), "ada")
				require.ErrorIs(t, err, context.DeadlineExceeded)
			})
		})
	}
}

func TestWhenTheTableDoesNotAnswer(t *testing.T) {
	limit := ratelimit.Limit{Rate: 60, Per: time.Minute, Burst: 3}
	for name, tt := range map[string]struct {
		failure ratelimit.Failure
		want    int // of 10
	}{
		"closed": {ratelimit.FailClosed, 0},
		"open":   {ratelimit.FailOpen, 10},
		"local":  {ratelimit.FailLocal, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake()
				failures := 0
				l := newLimiter(t, fake.Client(), limit, &ratelimit.Options{
					Failure: tt.failure,
					OnError: func(_ context.Context, err *ratelimit.StoreError) {
						failures++
						require.Equal(t, "ada", err.Key)
					},
				})
				fake.Inject("", dynamotest.Fault{Times: 1000, Delay: time.Minute})
				yes := 0
				for range 10 {
					start := time.Now()
					d, err := l.Allow(t.Context(), "ada")
					require.LessOrEqual(t, time.Since(start), time.Second)
					failure := err
					if tt.failure != ratelimit.FailClosed {
						require.NoError(t, err)
						require.True(t, d.Local)
						failure = d.Err
					}
					var store *ratelimit.StoreError
					require.ErrorAs(t, failure, &store)
					require.ErrorIs(t, failure, context.DeadlineExceeded)
					if d.Allowed {
						yes++
					} else {
						require.Positive(t, d.RetryAfter)
					}
				}
				if tt.failure == ratelimit.FailLocal {
					require.Equal(t, tt.want+7, yes, "a token each second that the failures take") // 10 s pass
				} else {
					require.Equal(t, tt.want, yes)
				}
				require.Equal(t, 10, failures)

				fake.ClearFaults()
				require.Equal(t, 3, allow(t, l, "ada", 5), "the shared bucket counts again")
			})
		})
	}
}

func TestTheCallersContext(t *testing.T) {
	l := newLimiter(t, newFake().Client(), ratelimit.Limit{Rate: 1}, &ratelimit.Options{Failure: ratelimit.FailOpen})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d, err := l.Allow(ctx, "ada")
	require.Equal(t, context.Canceled, err)
	require.False(t, d.Allowed)
}

func TestImpossibleQuestions(t *testing.T) {
	fake := newFake()
	l := newLimiter(t, fake.Client(), ratelimit.Limit{Rate: 5}, nil)
	for _, n := range []int{-1, 0, 6} {
		_, err := l.AllowN(t.Context(), "ada", n)
		require.ErrorIs(t, err, ratelimit.ErrTokens)
	}
	_, err := l.Allow(t.Context(), "")
	require.ErrorIs(t, err, ratelimit.ErrKey)
	require.Empty(t, fake.Calls())
}

// dated adds the date of a clock to all answers, as DynamoDB does.
type dated struct {
	dynamodb.HTTPClient
	now func() time.Time
}

func (d dated) Do(r *http.Request) (*http.Response, error) {
	response, err := d.HTTPClient.Do(r)
	if err == nil {
		response.Header.Set("Date", d.now().UTC().Format(http.TimeFormat))
	}
	return response, err
}

func datedClient(fake *dynamotest.Fake) *dynamodb.Client {
	return fake.Client(func(o *dynamodb.Options) { o.HTTPClient = dated{o.HTTPClient, time.Now} })
}

// TestAWrongClockIsCorrected has one process whose clock is far off. It must not
// get more than its share nor lock the others out.
func TestAWrongClockIsCorrected(t *testing.T) {
	for _, off := range []time.Duration{time.Hour, -time.Hour, 1000 * time.Hour, -1000 * time.Hour} {
		t.Run(fmt.Sprint(off), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake()
				limit := ratelimit.Limit{Rate: 1, Per: time.Minute, Burst: 10}
				right := newLimiter(t, datedClient(fake), limit, nil)
				wrong := newLimiter(t, datedClient(fake), limit, &ratelimit.Options{Now: func() time.Time { return time.Now().Add(off) }})
				require.Equal(t, 5, allow(t, wrong, "ada", 5))
				yes := allow(t, right, "ada", 20) + allow(t, wrong, "ada", 20)
				require.Contains(t, []int{4, 5}, yes, "after a correction to the second")
				wait(2*time.Minute + 2*time.Second)
				yes += allow(t, wrong, "ada", 1) + allow(t, right, "ada", 20)
				require.Equal(t, 7, yes)
			})
		})
	}
}

// TestAClockThatJumps sets the clock of a process that has been at work.
func TestAClockThatJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		limit := ratelimit.Limit{Rate: 1, Per: time.Minute, Burst: 10}
		var offset time.Duration
		now := func() time.Time {
			if offset == 0 {
				return time.Now()
			}
			// The wall clock moves and the monotonic one does not.
			return time.Now().Round(0).Add(offset)
		}
		l := newLimiter(t, datedClient(fake), limit, &ratelimit.Options{Now: now})
		require.Equal(t, 10, allow(t, l, "ada", 20))
		offset = 24 * time.Hour
		require.LessOrEqual(t, allow(t, l, "ada", 20), 1)
		other := newLimiter(t, datedClient(fake), limit, nil)
		wait(2 * time.Minute)
		require.NotZero(t, allow(t, other, "ada", 5), "nobody is locked out")
	})
}

// TestAMarkFromTheFutureIsRepaired stores what a clock that nothing corrected has
// left behind.
func TestAMarkFromTheFutureIsRepaired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		limit := ratelimit.Limit{Rate: 1, Per: time.Minute, Burst: 10}
		future := newLimiter(t, fake.Client(), limit, &ratelimit.Options{Now: func() time.Time { return time.Now().Add(1000 * time.Hour) }})
		l := newLimiter(t, fake.Client(), limit, nil)
		require.Equal(t, 3, allow(t, l, "ada", 3))
		allow(t, future, "ada", 1)

		require.Zero(t, allow(t, l, "ada", 20), "the bucket is made empty, not full")
		wait(time.Minute)
		require.Equal(t, 1, allow(t, l, "ada", 20))
	})
}

func TestItemsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		_, err := fake.Client().UpdateTimeToLive(t.Context(), ttl("limits", "expires"))
		require.NoError(t, err)
		l := newLimiter(t, fake.Client(), ratelimit.Limit{Rate: 1, Per: time.Minute, Burst: 10}, nil)
		allow(t, l, "ada", 10)
		wait(time.Hour)
		require.Zero(t, fake.DeleteExpired())
		wait(10*time.Minute + time.Second)
		require.Equal(t, 1, fake.DeleteExpired())
		require.Equal(t, 10, allow(t, l, "ada", 20))
	})
}

func TestOtherTablesAndLongKeys(t *testing.T) {
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{dynamotest.Table("platform", "pk", "sk")}})
	l, err := ratelimit.New(fake.Client(), "platform", ratelimit.Limit{Rate: 1, Per: time.Hour, Burst: 2},
		&ratelimit.Options{Partition: "pk", Sort: "sk", Name: "users"})
	require.NoError(t, err)
	long := string(make([]byte, 5000))
	require.Equal(t, 2, allow(t, l, long, 5))
	require.Equal(t, 2, allow(t, l, long+"x", 5))
	require.Equal(t, 2, allow(t, l, "ada", 5))
	require.Contains(t, fake.Dump(), `"pk":{"S":"users#ada"},"sk":{"S":"LIMIT"}`)
}

func TestOptionsAreChecked(t *testing.T) {
	client := newFake().Client()
	good := ratelimit.Limit{Rate: 5}
	for want, tt := range map[string]struct {
		limit   ratelimit.Limit
		options ratelimit.Options
	}{
		"Limit.Rate: must be at least 1, got 0":                             {ratelimit.Limit{}, ratelimit.Options{}},
		"Limit.Burst: must be at least 1, got -1":                           {ratelimit.Limit{Rate: 1, Burst: -1}, ratelimit.Options{}},
		"Options.Batch: must be from 1 to the burst of 5, got 6":            {good, ratelimit.Options{Batch: 6}},
		"Options.Failure: unknown value 3":                                  {good, ratelimit.Options{Failure: 3}},
		`Options: the attribute "by" is the limiter's own`:                  {good, ratelimit.Options{Expires: "by"}},
		"Options.Keys: must be at least 1, got -1":                          {good, ratelimit.Options{Keys: -1}},
		"Options.Partition, Sort and Expires: must be different attributes": {good, ratelimit.Options{Sort: "id"}},
	} {
		_, err := ratelimit.New(client, "limits", tt.limit, &tt.options)
		require.EqualError(t, err, "ratelimit: New: "+want)
	}
	_, err := ratelimit.New(client, "limits", ratelimit.Limit{Rate: 1, Per: 24 * time.Hour, Burst: 1 << 62}, nil)
	require.ErrorContains(t, err, "Limit.Burst")
	_, err = ratelimit.New(nil, "limits", good, nil)
	require.Error(t, err)
	_, err = ratelimit.New(client, "", good, nil)
	require.Error(t, err)
}
