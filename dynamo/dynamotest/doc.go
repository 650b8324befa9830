// Package dynamotest is DynamoDB in memory, for tests and for development
// without a network.
//
// A [Fake] speaks DynamoDB's protocol, so what runs against it is the real SDK
// client with its own signing, retries, checksums and error types, and the code
// above it as it is. It answers what DynamoDB answers: the same items, the same
// pages, the same consumed capacity, and the same errors with the same texts in
// the same order. It needs no process, no port and no wait.
//
// # Getting started
//
//	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{
//		dynamotest.Table("gigs", "id"),
//	}})
//	client := fake.Client() // *dynamodb.Client
//	_, err := client.PutItem(ctx, &dynamodb.PutItemInput{ … })
//
// [Table] and [Index] write the usual definitions; any CreateTableInput will
// do, and so will CreateTable through the client. [Fake.Handler] serves the
// same fake on a port, and
//
//	go run github.com/go-thaw/thaw/dynamo/dynamotest/serve -addr 127.0.0.1:8000
//
// does so for the SDKs of other languages.
//
// # Semantics and limits
//
// Tables: CreateTable, DescribeTable, ListTables, UpdateTable, DeleteTable,
// UpdateTimeToLive, DescribeTimeToLive and tags; DescribeLimits and
// DescribeEndpoints. Items: Put, Get, Update,
// Delete, Query, Scan, BatchGet, BatchWrite, TransactGet and TransactWrite, with
// expressions and with the legacy parameters. Streams: ListStreams,
// DescribeStream, GetShardIterator and GetRecords, and [Fake.OnStream], which
// feeds a Go function. PartiQL: ExecuteStatement, BatchExecuteStatement and
// ExecuteTransaction with SELECT, INSERT, UPDATE, DELETE and EXISTS; a SELECT
// reads the partitions that its condition names, as a query does, and everything
// otherwise. Anything else is answered with UnknownOperationException.
//
// Numbers are exact decimals of 38 digits. Items, keys, expressions, batches,
// transactions and pages have DynamoDB's limits, to the byte where AWS has been
// measured. Indexes are sparse and hold what they project. The texts are those
// that AWS rolled out during 2026; [Options.Wording] brings the older ones back
// where they differ most.
//
// These things differ on purpose:
//
//   - Tables, indexes and streams are active at once. CreateTable still answers
//     CREATING, DeleteTable DELETING.
//   - Reads are strongly consistent unless [Fake.StaleReads] says otherwise.
//   - Provisioned throughput is described and not enforced; [Fake.Throttle]
//     refuses calls.
//   - Expired items stay until [Fake.DeleteExpired] removes them, all at once.
//   - A stream has one shard, whose records can be read for 24 hours of the
//     fake's clock. A put that changes nothing makes no record.
//   - Sets come back in order, which DynamoDB does not promise. Scans visit
//     partitions in the order of a hash, which is the same in every run.
//
// # Errors
//
// The client's errors are the SDK's: *types.ConditionalCheckFailedException,
// *types.TransactionCanceledException and so on, found with errors.As.
// [Fake.Inject] makes any of them happen, and loses connections before or after
// a call took effect. [New] and the helpers for table definitions panic on a
// definition that DynamoDB refuses; [Fake.CreateTable] returns an error.
//
// # Cost
//
// A call costs what the client costs, and a tenth to a third of that on top: 3
// to 15 microseconds for a read or write of one item. Items are kept in B-trees,
// one for each table and index, so that point reads and writes take time in
// proportion to the logarithm of the number of items, and a query touches its
// own range and nothing else. In memory an item takes what DynamoDB would charge
// for, about 100 bytes for its place and 50 for each attribute; an entry in an
// index takes about 85. A [Snapshot] shares what does not change and costs next
// to nothing.
//
// # Concurrency
//
// Everything may be used from any number of goroutines. A write is atomic with
// its condition and its indexes, a transaction as a whole. One lock guards the
// tables, held while a call works in memory and never while anything waits; no
// goroutine is started. Inside testing/synctest, back-off and time to live take
// no real time.
//
// # Testing
//
// [Fake.Calls] tells which requests were made, [Fake.Dump] what the tables
// hold, as text for the message of a failed test. [Fake.Snapshot] and
// [Fake.Restore] go back to a known state.
package dynamotest
