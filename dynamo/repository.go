package dynamo

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// API is what a repository needs of DynamoDB. A *dynamodb.Client has it.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
	TransactGetItems(context.Context, *dynamodb.TransactGetItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactGetItemsOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// Options configure a [Repository]. The zero value is one type per table, with
// the keys that the tags name.
type Options struct {
	// Partition and Sort are templates for the table's key, for several types
	// in one table: constants and {attributes} with # between them, such as
	// "GIG#{id}" or "USER#{user}". A number may be padded with zeros to sort
	// well: "{seq:8}". Empty means the field tagged partition or sort.
	//
	// The repository writes these attributes; they need not be fields. A value
	// must be neither empty nor contain "#". Times are written in UTC with nine
	// digits of a second, so that they sort.
	Partition, Sort string
	// PartitionName and SortName are the attributes that the templates fill;
	// empty means "pk" and "sk".
	PartitionName, SortName string
	// Indexes describes indexes whose keys come from templates, and local ones.
	// An index whose keys are fields needs only tags, such as
	// `dynamo:"by-owner:partition"`.
	Indexes []Index
	// CursorKeys signs cursors with HMAC-SHA256, so that clients cannot make
	// their own. The first key signs, all of them verify: to change the key, put
	// the new one first and drop the old one when its cursors are gone. Each
	// must have at least 16 bytes. None means unsigned.
	CursorKeys [][]byte
	// OnCapacity is called after every request with the capacity it consumed,
	// on the goroutine that made it; batches and parallel scans use several.
	// Nil means that consumption is not asked for. DynamoDB does not report
	// that of a write whose condition failed.
	OnCapacity func(context.Context, Capacity)
	// Concurrency is the largest number of requests that one PutAll, DeleteAll
	// or GetMany has under way; 0 means 4.
	Concurrency int
	// Now is the clock against which times to live are compared; nil means
	// time.Now.
	Now func() time.Time
}

// An Index describes a secondary index.
type Index struct {
	// Name is the index's name.
	Name string
	// Partition and Sort are templates as in [Options]. Empty means the field
	// tagged "name:partition" or "name:sort". An item that lacks a value for
	// one of their fields is not in the index.
	Partition, Sort string
	// PartitionName and SortName are the attributes that the templates fill;
	// empty means the index's name with "pk" and "sk" appended: "gsi1pk".
	PartitionName, SortName string
	// Local makes it a local secondary index: it shares the table's partition
	// key, so that only its sort key is named, and can be read consistently.
	Local bool
}

// Capacity is what one request consumed, see
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html.
type Capacity struct {
	// Op is DynamoDB's operation, such as "PutItem".
	Op string
	// Table is the table's name.
	Table string
	// Units are the capacity units. DynamoDB does not split those of single
	// operations into read and write units.
	Units float64
}

// A Repository stores values of T, a struct, as items of one table. It is safe
// for concurrent use and meant to live as long as its client.
type Repository[T any] struct{ core *core }

// core is what a repository is without its type.
type core struct {
	api     API
	table   string
	typ     reflect.Type
	plan    *structPlan // nil if attributevalue has to do it
	address bool        // encode through a pointer, without a plan
	key     *keySet
	indexes []*keySet
	version *field
	ttl     *field

	fixed      fixed
	track      []func(*dynamodb.Options)
	cursorKeys [][]byte
	onCapacity func(context.Context, Capacity)
	capacity   types.ReturnConsumedCapacity
	workers    int
	now        func() time.Time
}

// New returns a repository of T on table. It sends nothing. The error names the
// field or the option that is wrong and the rule it breaks.
func New[T any](client API, table string, options *Options) (*Repository[T], error) {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("dynamo: New[%s]: want a struct", t)
	}
	if client == nil {
		return nil, fmt.Errorf("dynamo: New[%s]: client must not be nil", t)
	}
	if table == "" {
		return nil, fmt.Errorf("dynamo: New[%s]: table must not be empty", t)
	}
	var o Options
	if options != nil {
		o = *options
	}
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("dynamo: %w", err)
	}
	c := newCore(client, table, t, &o)
	if err := c.learn(&o); err != nil {
		return nil, fmt.Errorf("dynamo: New[%s]: %w", t, err)
	}
	c.fixed = c.precompute()
	return &Repository[T]{c}, nil
}

func newCore(client API, table string, t reflect.Type, o *Options) *core {
	c := &core{
		api: client, table: table, typ: t,
		plan:       planItem(t),
		address:    needsAddress(t, map[reflect.Type]bool{}),
		track:      []func(*dynamodb.Options){trackAttempts},
		onCapacity: o.OnCapacity,
		workers:    o.Concurrency,
		now:        o.Now,
	}
	for _, key := range o.CursorKeys {
		c.cursorKeys = append(c.cursorKeys, slices.Clone(key))
	}
	if c.onCapacity != nil {
		c.capacity = types.ReturnConsumedCapacityTotal
	}
	if c.workers == 0 {
		c.workers = 4
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c
}

func (o *Options) validate() error {
	if o.Concurrency < 0 {
		return fmt.Errorf("Options.Concurrency: must be at least 1, got %d", o.Concurrency)
	}
	for i, key := range o.CursorKeys {
		if len(key) < 16 {
			return fmt.Errorf("Options.CursorKeys[%d]: must have at least 16 bytes, got %d", i, len(key))
		}
	}
	if o.PartitionName != "" && o.Partition == "" {
		return fmt.Errorf("Options.PartitionName: needs a template in Options.Partition")
	}
	if o.SortName != "" && o.Sort == "" {
		return fmt.Errorf("Options.SortName: needs a template in Options.Sort")
	}
	seen := map[string]bool{}
	for i, index := range o.Indexes {
		switch {
		case index.Name == "":
			return fmt.Errorf("Options.Indexes[%d].Name: must not be empty", i)
		case seen[index.Name]:
			return fmt.Errorf("Options.Indexes[%d].Name: %q is used twice", i, index.Name)
		case index.Local && index.Partition != "":
			return fmt.Errorf("Options.Indexes[%d].Partition: a local index has the table's partition key", i)
		}
		seen[index.Name] = true
	}
	return nil
}

// expired tells whether item's time to live is over. DynamoDB removes such an
// item within days, not at once:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html.
// A time that is not after 1970 never expires, so that a zero field means
// "forever"; DynamoDB itself leaves items alone that expired over five years
// ago.
func (c *core) expired(item map[string]types.AttributeValue) bool {
	if c.ttl == nil {
		return false
	}
	at, ok := wholeSeconds(number(item[c.ttl.name]))
	return ok && at > 0 && at <= c.now().Unix()
}

// consumed passes capacity on to the hook.
func (c *core) consumed(ctx context.Context, op string, capacity ...types.ConsumedCapacity) {
	if c.onCapacity == nil {
		return
	}
	for _, used := range capacity {
		if used.CapacityUnits != nil {
			c.onCapacity(ctx, Capacity{Op: op, Table: c.table, Units: *used.CapacityUnits})
		}
	}
}

// fail wraps err with the operation and the item.
func (c *core) fail(op string, key Key, err error) error {
	return &Error{Op: op, Table: c.table, Key: key, Err: err}
}
