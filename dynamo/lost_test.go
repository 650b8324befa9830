package dynamo_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// A rich item has values that DynamoDB stores differently from how they are
// sent: sets without order, numbers normalised.
type rich struct {
	ID      string            `dynamodbav:"id" dynamo:"partition"`
	Tags    []string          `dynamodbav:"tags,stringset"`
	Prices  []float64         `dynamodbav:"prices,numberset"`
	Ratio   float64           `dynamodbav:"ratio"`
	Labels  map[string]string `dynamodbav:"labels"`
	Version int               `dynamodbav:"version" dynamo:"version"`
}

func newRich() rich {
	return rich{
		ID: "r-1", Tags: []string{"b", "a"}, Prices: []float64{2.50, 1e21}, Ratio: 1e-7,
		Labels: map[string]string{"x": "1", "y": "2"},
	}
}

var lost = dynamotest.Fault{Cut: dynamotest.CutAfter}

func TestAWriteWhoseAnswerWasLostSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, things := setup[rich](t, nil)
		fake.Inject("PutItem", lost)
		r := newRich()
		require.NoError(t, things.Create(t.Context(), &r))
		require.Equal(t, 1, r.Version)
		require.Len(t, fake.Calls("PutItem"), 2)

		fake.Inject("PutItem", lost)
		r.Ratio = 2
		require.NoError(t, things.Put(t.Context(), &r))
		require.Equal(t, 2, r.Version)

		fake.Inject("UpdateItem", lost)
		update := expression.Set(expression.Name("ratio"), expression.Value(3)).Remove(expression.Name("labels"))
		got, err := things.Update(t.Context(), dynamo.Key{"r-1"}, update, dynamo.IfVersion(2))
		require.NoError(t, err)
		require.Equal(t, 3.0, got.Ratio)
		require.Equal(t, 3, got.Version, "it was applied once")

		fake.Inject("DeleteItem", lost)
		require.NoError(t, things.Delete(t.Context(), dynamo.Key{"r-1"}, dynamo.IfVersion(3)))
	})
}

// Each conditional write meets its own result.
func TestEveryConditionalWriteRecognisesItself(t *testing.T) {
	open := dynamo.If(expression.Name("status").Equal(expression.Value("open")))
	shut := expression.Set(expression.Name("status"), expression.Value("shut"))
	update := func(update expression.UpdateBuilder, options ...dynamo.WriteOption) func(context.Context, *dynamo.Repository[gig], *gig) error {
		return func(ctx context.Context, gigs *dynamo.Repository[gig], _ *gig) error {
			_, err := gigs.Update(ctx, dynamo.Key{"g"}, update, options...)
			return err
		}
	}
	remove := func(options ...dynamo.WriteOption) func(context.Context, *dynamo.Repository[gig], *gig) error {
		return func(ctx context.Context, gigs *dynamo.Repository[gig], _ *gig) error {
			return gigs.Delete(ctx, dynamo.Key{"g"}, options...)
		}
	}
	for name, test := range map[string]struct {
		op    string
		write func(context.Context, *dynamo.Repository[gig], *gig) error
		want  int64 // the stored version afterwards, 0 for none
	}{
		"create": {"PutItem", func(ctx context.Context, gigs *dynamo.Repository[gig], g *gig) error {
			*g = gig{ID: "new", Expires: time.Now().Add(time.Hour)}
			return gigs.Create(ctx, g, dynamo.If(expression.Name("status").AttributeNotExists()))
		}, 1},
		"put new": {"PutItem", func(ctx context.Context, gigs *dynamo.Repository[gig], g *gig) error {
			*g = gig{ID: "new"}
			return gigs.Put(ctx, g)
		}, 1},
		"put if": {"PutItem", func(ctx context.Context, gigs *dynamo.Repository[gig], g *gig) error {
			g.Status = "shut"
			return gigs.Put(ctx, g, open)
		}, 2},
		"put old": {"PutItem", func(ctx context.Context, gigs *dynamo.Repository[gig], g *gig) error {
			var old gig
			return gigs.Put(ctx, g, dynamo.Old(&old))
		}, 2},
		"update if":         {"UpdateItem", update(shut, open), 2},
		"update at version": {"UpdateItem", update(shut, dynamo.IfVersion(1)), 2},
		"remove":            {"UpdateItem", update(expression.Remove(expression.Name("status")), open, dynamo.IfVersion(1)), 2},
		"delete if":         {"DeleteItem", remove(open), 0},
		"delete at version": {"DeleteItem", remove(dynamo.IfVersion(1)), 0},
		"delete":            {"DeleteItem", remove(), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, gigs := setup[gig](t, nil)
				g := gig{ID: "g", Status: "open"}
				require.NoError(t, gigs.Create(t.Context(), &g))
				fake.Inject(test.op, lost)
				fake.Inject(test.op, dynamotest.Fault{Error: &dynamotest.Error{Code: "ProvisionedThroughputExceededException"}})
				require.NoError(t, test.write(t.Context(), gigs, &g), "lost, then throttled, then refused")
				stored, err := gigs.Get(t.Context(), dynamo.Key{g.ID})
				if test.want == 0 {
					require.ErrorIs(t, err, dynamo.ErrNotFound)
					return
				}
				require.NoError(t, err)
				require.Equal(t, test.want, stored.Version)
				if test.op == "PutItem" {
					require.Equal(t, test.want, g.Version)
				}
			})
		})
	}
}

func TestAnEqualItemOfSomebodyElseIsAConflict(t *testing.T) {
	refusals := map[string]dynamotest.Fault{
		"nothing went wrong": {Delay: time.Nanosecond},
		"throttled":          {Error: &dynamotest.Error{Code: "ProvisionedThroughputExceededException", Message: "slow"}},
	}
	for name, fault := range refusals {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, things := setup[rich](t, nil)
				theirs, mine := newRich(), newRich()
				require.NoError(t, things.Create(t.Context(), &theirs))
				fake.Inject("PutItem", fault)
				err := things.Create(t.Context(), &mine)
				require.ErrorIs(t, err, dynamo.ErrExists)
				require.Zero(t, mine.Version)
				var condition *dynamo.ConditionError
				require.ErrorAs(t, err, &condition)
				require.False(t, condition.AnswerLost)
			})
		})
	}
}

// Without credentials nothing was sent, though the error looks like that of a
// connection.
func TestAnAttemptThatWasNotSentLosesNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, theirs := setup[rich](t, nil)
		r := newRich()
		require.NoError(t, theirs.Create(t.Context(), &r))
		var asked atomic.Int64
		client := fake.Client(func(o *dynamodb.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				if asked.Add(1) == 1 {
					return aws.Credentials{}, &smithyhttp.RequestSendError{Err: errors.New("no credentials")}
				}
				return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
			})
		})
		mine, err := dynamo.New[rich](client, "things", nil)
		require.NoError(t, err)
		r = newRich()
		require.ErrorIs(t, mine.Create(t.Context(), &r), dynamo.ErrExists)
		require.EqualValues(t, 2, asked.Load())
	})
}

func TestSomebodyElseWroteAfterTheAnswerWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, things := setup[rich](t, nil)
		theirs := newRich()
		require.NoError(t, things.Create(t.Context(), &theirs))
		// The connection is lost before the write, which is the same to the client.
		fake.Inject("PutItem", dynamotest.Fault{Cut: dynamotest.CutBefore})
		mine := newRich()
		mine.Ratio = 5
		err := things.Create(t.Context(), &mine)
		require.ErrorIs(t, err, dynamo.ErrExists)
		var condition *dynamo.ConditionError
		require.ErrorAs(t, err, &condition)
		require.True(t, condition.AnswerLost)
	})
}

func TestAServerErrorMayHideAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, things := setup[rich](t, nil)
		r, same := newRich(), newRich()
		require.NoError(t, things.Create(t.Context(), &r))
		fake.Inject("PutItem", dynamotest.Fault{Error: &dynamotest.Error{Code: "InternalServerError", Status: 500}})
		require.NoError(t, things.Create(t.Context(), &same), "DynamoDB does not say whether it stored the item, and it is there")
		require.Equal(t, 1, same.Version)
	})
}

// What a counter was before is unknown, so whether it was counted is as well.
func TestALostComputedUpdateIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, things := setup[rich](t, nil)
		r := newRich()
		require.NoError(t, things.Create(t.Context(), &r))
		fake.Inject("UpdateItem", lost)
		more := expression.Set(expression.Name("ratio"), expression.Name("ratio").Plus(expression.Value(1)))
		_, err := things.Update(t.Context(), dynamo.Key{"r-1"}, more, dynamo.IfVersion(1))
		require.ErrorIs(t, err, dynamo.ErrConflict)
		var condition *dynamo.ConditionError
		require.ErrorAs(t, err, &condition)
		require.True(t, condition.AnswerLost)
		current, ok := dynamo.Current[rich](err)
		require.True(t, ok)
		require.Equal(t, 2, current.Version)
	})
}

// Many writers on one item, with answers lost all the time: every write that
// succeeded counts once, and no other does.
func TestNoWriteIsLostOrCountedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, gigs := setup[gig](t, nil)
		require.NoError(t, gigs.Create(t.Context(), &gig{ID: "g-1"}))
		const writers, writes = 5, 20
		var workers sync.WaitGroup
		for w := range writers {
			workers.Go(func() {
				for i := range writes {
					if (w+i)%4 == 0 {
						fake.Inject("PutItem", lost)
					}
					putUntilItSucceeds(t, gigs, string(rune('a'+w)))
				}
			})
		}
		workers.Wait()
		g, err := gigs.Get(t.Context(), dynamo.Key{"g-1"})
		require.NoError(t, err)
		require.GreaterOrEqual(t, g.Bids, writers*writes)
		require.EqualValues(t, g.Bids+1, g.Version)
	})
}

// putUntilItSucceeds adds a bid under the writer's name, with no success
// counted that was not one.
func putUntilItSucceeds(t *testing.T, gigs *dynamo.Repository[gig], writer string) {
	for {
		g, err := gigs.Get(t.Context(), dynamo.Key{"g-1"}, dynamo.Consistent())
		if err != nil {
			t.Error(err)
			return
		}
		g.Bids++
		g.Title = writer // so that nobody else's item equals it
		if err = gigs.Put(t.Context(), &g); err == nil {
			return
		}
		if !errors.Is(err, dynamo.ErrConflict) {
			t.Error(err)
			return
		}
	}
}
