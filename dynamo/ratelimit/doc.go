// Package ratelimit limits how often something may happen, per key, over all
// execution environments together. The limit is a token bucket whose level is
// one attribute of one DynamoDB item.
//
// # Getting started
//
// The table needs a string as its partition key, "id" unless Options say
// otherwise, and time to live on "expires".
//
//	limiter, err := ratelimit.New(client, "limits", ratelimit.Limit{Rate: 5, Per: time.Hour, Burst: 5}, nil)
//
//	d, err := limiter.Allow(ctx, user)
//	if err == nil && !d.Allowed {
//		return fmt.Errorf("try again in %v", d.RetryAfter)
//	}
//
//	mux.Handle("POST /users", limiter.Middleware(ratelimit.ByAddress)(register))
//
// # Semantics and limits
//
// A bucket holds Burst tokens, gets Rate in each Per, and starts full. A decision
// to allow takes tokens, a refusal takes none.
//
// What is guaranteed. Over any time t, all processes together allow for one key
// at most
//
//	Burst + Rate/Per · (t + Hold + 2·Timeout + 2·Skew)
//
// tokens. What exceeds the bucket's own is [Limiter.Overshoot]. Hold, of batches only: a token that
// is held may be used that much later than it was taken. Timeout: a decision is
// made at the beginning of a request and used at its end, and several may be
// under way. Skew: clocks differ. The last two are bounds for the worst moment;
// with requests of 5 ms and clocks within 1 ms the excess is that of 12 ms. For
// five an hour it is no token at all.
//
// What is not. A refusal may be wrong by one request: an answer that was lost, a
// process that ended with tokens in hand, or a lost race (below) make a bucket
// stricter, never more generous. [FailOpen] and [FailLocal] are outside the bound
// while the table does not answer. An item that is deleted by hand is a full
// bucket, and so is one of another Name; a change of the limit takes effect with
// the tokens that are there.
//
// Clocks. A level is a time, so clocks matter. Skew is the tolerance: by how much
// those of healthy environments differ, which AWS keeps within milliseconds.
// Every answer of DynamoDB has its date, and a clock that cannot be right by it
// is corrected to the second; a process that has not talked to DynamoDB yet, or
// whose wall clock and monotonic clock have parted (it was frozen, or its clock
// was set), reads before it writes. So a clock that is a day ahead gets a second's
// tokens too many, once. A clock that is behind gets fewer. A level ahead of every
// clock, left behind by something that nothing corrected, does not lock anybody
// out: the bucket counts as empty, and is written so.
//
// Lost races. A write relies on what is known of the level. If it was overtaken
// in a way that leaves tokens (two processes with clocks further apart than Skew,
// another limit under the same name during a deployment, an item deleted in
// between), the answer is a refusal with a RetryAfter next to nothing, rather than
// a second write.
//
// # Errors
//
// A refusal is no error. [FailClosed] returns a [*StoreError] when the table does
// not answer; the other policies put it into Decision.Err. Options.OnError sees
// it in all cases. [ErrTokens] and [ErrKey] are mistakes of the caller. The
// context's own error comes unwrapped. New names the option that is wrong.
//
// # Cost
//
// A decision takes at most one UpdateItem (one write unit; the item has about 100
// bytes and the key) and, before it, at most one GetItem (one read unit, a fifth
// of a write's price):
//
//	the bucket is known to be empty            nothing
//	tokens are held from a batch               nothing
//	the bucket is in use                       1 write
//	unknown to the process, or nearly full     1 read, 1 write
//	unknown to the process, and empty          1 read
//
// So who is far above the limit costs nothing: a bucket only empties, but for
// time, and a process that has seen it empty knows how long that lasts. For who
// is far below, Batch makes one request of up to that many. Not every bucket
// wants it: tokens held by a process that gets no more requests are lost.
//
// An item takes 1,000 writes a second, which is its partition's limit
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html).
// A key that is allowed more often needs a Batch of rate/1,000 or more. Buckets
// are not split over items: each part would have its own burst, and a part of the
// callers would be refused while others have tokens.
//
// # Concurrency
//
// A Limiter is safe for concurrent use and starts no goroutines. No lock is held
// during a request.
//
// # Testing
//
// Use dynamotest and, for time, testing/synctest or Options.Now:
//
//	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{dynamotest.Table("limits", "id")}})
//	limiter, err := ratelimit.New(fake.Client(), "limits", limit, nil)
package ratelimit
