// Package store keeps everything of the platform in one DynamoDB table:
//
//	what          pk               sk                    in the index by-status
//	user          USER#{id}        USER
//	address       ADDRESS#{hash}   ADDRESS
//	profile       USER#{user}      PROFILE
//	preferences   USER#{user}      PREFERENCES
//	gig           GIG#{id}         GIG                   STATUS#{status}, {created}#{id}
//	application   GIG#{gig}        APPLICATION#{user}
//	registration  DAY#{day}        REGISTRATION#{key}
//	event         OUTBOX#{key}     EVENT#{seq}           by package announce, in the index outbox
//	limit         registrations#…  LIMIT                 by package api
package store

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/go-thaw/thaw/dynamo"
)

// ByStatus is the index of the gigs by their status, oldest first.
const ByStatus = "by-status"

// A Store is the platform's table. It is safe for concurrent use.
type Store struct {
	client dynamo.API
	now    func() time.Time

	users         *dynamo.Repository[User]
	addresses     *dynamo.Repository[address]
	profiles      *dynamo.Repository[Profile]
	preferences   *dynamo.Repository[Preferences]
	gigs          *dynamo.Repository[Gig]
	applications  *dynamo.Repository[Application]
	registrations *dynamo.Repository[registration]
}

// Options configure a [Store]. Nil means the defaults.
type Options struct {
	// CursorKey signs the cursors that clients hold; at least 16 bytes. Empty
	// leaves them unsigned.
	CursorKey []byte
	// OnCapacity learns what each request consumed; nil means that nobody asks.
	OnCapacity func(context.Context, dynamo.Capacity)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// New returns a store on table.
func New(client dynamo.API, table string, options *Options) (*Store, error) {
	var o Options
	if options != nil {
		o = *options
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{client: client, now: o.Now}
	byStatus := dynamo.Index{
		Name:      ByStatus,
		Partition: "STATUS#{status}", PartitionName: "status_pk",
		Sort: "{created}#{id}", SortName: "status_sk",
	}
	return s, errors.Join(
		open(&s.users, client, table, o, "USER#{id}", "USER"),
		open(&s.addresses, client, table, o, "ADDRESS#{hash}", "ADDRESS"),
		open(&s.profiles, client, table, o, "USER#{user}", "PROFILE"),
		open(&s.preferences, client, table, o, "USER#{user}", "PREFERENCES"),
		open(&s.gigs, client, table, o, "GIG#{id}", "GIG", byStatus),
		open(&s.applications, client, table, o, "GIG#{gig}", "APPLICATION#{user}"),
		open(&s.registrations, client, table, o, "DAY#{day}", "REGISTRATION#{key}"),
	)
}

// Schema is the request that creates the table, for tests and local runs. The
// template has the one for production.
func (s *Store) Schema() *dynamodb.CreateTableInput { return s.gigs.Schema() }

// open sets repository to one of T with the given key templates.
func open[T any](repository **dynamo.Repository[T], client dynamo.API, table string, o Options, partition, sort string, indexes ...dynamo.Index) (err error) {
	options := &dynamo.Options{
		Partition: partition, Sort: sort, Indexes: indexes,
		OnCapacity: o.OnCapacity, Now: o.Now,
	}
	if len(o.CursorKey) > 0 {
		options.CursorKeys = [][]byte{o.CursorKey}
	}
	*repository, err = dynamo.New[T](client, table, options)
	return err
}
