// Package dynamo stores Go values in DynamoDB: a repository of one type on one
// table, and below it a client whose connections survive that Lambda freezes
// and thaws them.
//
// A [Repository] knows the type's keys, version and time to live from its
// struct tags. It checks versions, pages with cursors, repeats what a batch
// left over, tells why each operation of a transaction failed, and recognises
// its own write when only the answer to it was lost. It adds no language of its
// own: conditions, updates and filters are those of the SDK's package
// expression, and values are encoded by its package attributevalue.
//
// # Getting started
//
//	type Gig struct {
//		ID      string    `dynamodbav:"id" dynamo:"partition"`
//		Title   string    `dynamodbav:"title"`
//		Version int64     `dynamodbav:"version" dynamo:"version"`
//		Expires time.Time `dynamodbav:"expires,unixtime" dynamo:"ttl"`
//	}
//
//	client := dynamo.NewClient(cfg, nil)              // one per process
//	gigs, err := dynamo.New[Gig](client, "gigs", nil) // one per type
//
//	err = gigs.Create(ctx, &gig)                      // ErrExists
//	gig, err = gigs.Get(ctx, dynamo.Key{"g-1"})       // ErrNotFound
//	gig.Title = "Bass player"
//	err = gigs.Put(ctx, &gig)                         // ErrConflict if somebody else wrote
//
// The words in a dynamo tag, separated by commas, are:
//
//	partition, sort              the table's key
//	index:partition, index:sort  the key of the named index
//	version                      counts the writes
//	ttl                          when the item expires, in seconds since 1970
//
// Several types share one table when the keys come from templates instead of
// tags. Each repository then sees its own items only, also in Query and Scan:
//
//	users, err := dynamo.New[User](client, "platform", &dynamo.Options{
//		Partition: "USER#{id}", Sort: "PROFILE",
//	})
//	gigs, err := dynamo.New[Gig](client, "platform", &dynamo.Options{
//		Partition: "USER#{owner}", Sort: "GIG#{id}",
//		Indexes: []dynamo.Index{{Name: "gsi1", Partition: "GIGS", Sort: "{posted}#{id}"}},
//	})
//	for gig, err := range gigs.Query(ctx, dynamo.Query{Partition: dynamo.Key{"u-1"}}) { … }
//
// # Semantics and limits
//
// Keys. A template consists of constants and {attributes}, separated by "#". No
// value may contain "#" or be empty, so two different keys never look the same
// and a key tells its type: two templates are told apart by the number of
// their parts or by a constant in the same place. Between types that share a
// partition choose sort templates that begin differently, so that a query reads
// only what it is for.
//
// Versions. Every write increases the version. Put checks that the stored one
// is that of the struct, with 0 for "there is none yet"; Update and Delete
// check it with [IfVersion]; PutAll cannot check. After a write the struct
// holds the stored version. An item from before the field was there has no
// version, which is not the version 0: Update gives it one, Put refuses it.
//
// Time to live. DynamoDB removes expired items within a few days. Until then
// the repository treats them as absent: they are not found, can be created
// anew, and are left out of lists. A zero time never expires, and is not
// stored. Enable it on the table, for the attribute of the tagged field.
//
// Lost answers. When the connection breaks after a conditional write was
// applied, the SDK's next attempt meets the result of the first, and fails. If
// and only if the answer to an attempt may really have been lost, the stored
// item is compared with what was written, as DynamoDB stores it: numbers by
// value, sets without order. If they are the same the write has succeeded. An
// equal item that somebody else wrote is a conflict otherwise. A delete has
// succeeded when the item is gone; an update when everything it sets or removes
// is so, which cannot be told of what it computes: that fails with
// [ConditionError].AnswerLost set.
//
// Cursors. A cursor is opaque, safe in a URL, and good for one table, index and
// query only. Signed ones ([Options]) cannot be made by clients.
//
// Batches and transactions are limited to what DynamoDB takes, which is checked
// before anything is sent: 400 KB for an item, 100 operations and 4 MB for a
// transaction, nothing twice. A batch has no limit on its length.
//
// # Errors
//
// Every error names the operation, the table and the key, in an [*Error]:
// "dynamo: create gigs g-1: item exists". Ask with errors.Is for [ErrNotFound],
// [ErrExists], [ErrConflict], [ErrCondition], [ErrContention], [ErrBadCursor],
// [ErrInvalidKey], [ErrTooLarge] and [ErrDuplicate]; a failed condition carries
// the stored item, which [Current] decodes. [*BatchError] lists what is left
// of a batch, [*TransactionError] the reason of each operation. [IsThrottled]
// tells whether to slow down. The context's errors and the SDK's are wrapped.
//
// # Cost
//
// Get, Create, Put, Update and Delete are one request each, and so is a
// transaction of any length. Query and Scan take one per megabyte read; a Page
// one, more if items are left out. PutAll and DeleteAll take one for 25 items,
// GetMany for 100. What a filter drops, what has expired and, within a
// partition or a scan, what belongs to other repositories is paid for as well.
// Transactions cost twice as much as single writes and consistent reads.
// Options.OnCapacity reports what each request consumed.
//
// Besides what attributevalue and the SDK take, a put or get makes at most two
// allocations. A put of an ordinary struct makes fewer, and takes less time: New
// works out once what attributevalue looks up for each item.
//
// # Concurrency
//
// Repositories and clients are safe for concurrent use. Only PutAll, DeleteAll,
// GetMany and Scan with segments start goroutines, and they have ended when the
// call, or the loop, has. A struct that is being written must not be used
// meanwhile.
//
// # Testing
//
// Package dynamotest is DynamoDB in memory. Its Client is the SDK's own client,
// on a transport within the process:
//
//	fake := dynamotest.New(nil)
//	gigs, err := dynamo.New[Gig](fake.Client(), "gigs", nil)
//	err = dynamo.CreateTables(ctx, fake.Client(), gigs)
package dynamo
