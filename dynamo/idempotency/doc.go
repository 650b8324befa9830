// Package idempotency runs an operation at most once per key while the key's
// record lives, and answers repeats with the stored result. Queues, event buses
// and Lambda deliver at least once, and clients retry; this makes that safe.
//
// [Wrap] turns a function into one that can be repeated. The first call with a
// key writes a lock, runs the function and replaces the lock by the result. A
// call that finds a result returns it, one that finds a lock is told to come
// back, or waits. Locks end at a deadline, so that a crash blocks nobody for
// long; each attempt has a token of its own, so that an attempt whose time is
// over cannot touch what its successor has written.
//
// # Getting started
//
//	store, err := idempotency.New(client, "idempotency", nil) // one per process
//
//	charge := idempotency.Wrap(store, "charge/v1",
//		func(o Order) idempotency.Key { return idempotency.Key{o.Customer, o.ID} },
//		func(ctx context.Context, o Order) (Receipt, error) { … })
//
//	receipt, err := charge(ctx, order)
//
// The table has one partition key, a string named "id", and time to live on the
// attribute "expires". The function needs dynamodb:PutItem and
// dynamodb:DeleteItem on it, and dynamodb:GetItem to wait for results.
//
// [Middleware] does the same for net/http with the header Idempotency-Key, and
// [Handler] for functions without a result, such as handlers of messages and
// events.
//
// # Semantics and limits
//
// Guaranteed, as long as a record lives: of all attempts with one key, one
// stores its outcome. Every later call gets exactly that outcome or an error,
// never another one. An attempt begins only while no other holds the lock, and
// completes or releases the record only while that is its own lock, else it
// fails with [ErrLockLost].
//
// Not guaranteed: exactly once. The operation and the table are two systems, so
// an effect can happen twice, and a key's life ends:
//
//   - A process that dies between the effect and its record leaves a lock. When
//     that has ended, the next call runs the operation again. [Options.Hold]
//     makes that as late as you like.
//   - An operation that fails or panics releases its key, whatever it has done
//     by then, unless its time is over and Options.Hold keeps it.
//   - An operation that ignores the end of its context may overlap with the
//     attempt that follows it, and so may one on a machine whose clock is slow
//     by more than Options.Hold.
//   - When the outcome cannot be stored ([*UnsavedError]), only this process
//     knows that the operation has run.
//   - After [Options.Expiry] a key is new.
//
// So an effect that must never happen twice needs a second line: pass the key on
// to whoever performs it.
//
// Keys. The operation's name and all parts of the [Key] are hashed (SHA-256) as
// canonical JSON: members in the order of their names' bytes, numbers by value,
// a time.Time that is itself a part in UTC. A missing part is a [*KeyError], and
// nothing runs. Text that is not valid UTF-8 is refused, because JSON would make
// different texts equal.
//
// Time. A lock ends at the context's deadline, or after Options.Timeout. With
// Options.Renew it ends after Timeout unless it is renewed, which a goroutine
// does that ends before the call returns. The operation's context ends a tenth
// of its time before the lock, at most half a second, so that there is time to
// store the outcome. Expiry and deadlines are compared in milliseconds, by the
// caller's clock; DynamoDB's time to live, which acts within days, only removes
// what is over.
//
// Results are JSON. One that does not fit into an item of 400 KB is compressed,
// then handed to [Options.Offload], and otherwise only the completion is stored:
// repeats get [ErrNoResult]. The same becomes of a result that cannot be
// encoded.
//
// Lost answers. A write that the client repeats because its answer was lost
// finds its own token, and has succeeded.
//
// # Errors
//
// Ask with errors.Is for [ErrMissingKey], [ErrPayloadMismatch], [ErrExpiry],
// [ErrLockLost] and [ErrNoResult], with errors.As for [*KeyError],
// [*InProgressError], [*UnsavedError] and [*RememberedError]. The operation's
// own error comes back as it is; when its key could not be released as well, the
// two are joined, the operation's first. The context's errors and the SDK's are
// wrapped. When the table cannot be reached nothing is run.
//
// # Cost
//
// A new key takes two PutItem; a failure one PutItem and one DeleteItem. A repeat
// takes one PutItem that fails and returns the item, or no request with
// [Options.Local]. Waiting takes a consistent read each time, at most one a
// second in the long run. Each renewal is a PutItem. A record takes about 300
// bytes and its result, that is one write unit for results up to 700 bytes, and a
// failed write is charged like one that succeeds:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html.
//
// # Concurrency
//
// Stores and wrapped functions are safe for concurrent use. Only Options.Renew
// starts goroutines, one for each running operation, which end with it.
//
// # Testing
//
// [NewMemory] keeps the records in memory. For the real client, lost answers and
// throttling use package dynamotest:
//
//	fake := dynamotest.New(nil)
//	err := fake.CreateTable(dynamotest.Table("idempotency", "id"))
//	store, err := idempotency.New(fake.Client(), "idempotency", nil)
package idempotency
