package dynamotest

import (
	"fmt"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/partiql"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// maxBatchStatements is how many statements a batch may have.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
const maxBatchStatements = 25

var batchExecuteShape = inputShape(
	members(listShape(structShape("BatchStatementRequest", statementMembers()...)), "Statements"),
	members(textShape, "ReturnConsumedCapacity"),
)

// batchExecuteOutput is what BatchExecuteStatement answers.
type batchExecuteOutput struct {
	Responses        []batchResponse
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`
}

// A batchResponse is what became of one statement.
type batchResponse struct {
	Error     *batchError `json:",omitempty"`
	Item      value.Item  `json:",omitzero"` // may have no attributes
	TableName string      `json:",omitempty"`
}

type batchError struct {
	Code    string
	Message string
	Item    value.Item `json:",omitempty"`
}

// A batchEntry is a statement of a batch with what is wrong with it.
type batchEntry struct {
	*statement
	err error
	// unread tells that the request itself is wrong, so that the statement does
	// not count among the others.
	unread bool
}

// batchExecuteStatement is BatchExecuteStatement.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
func batchExecuteStatement(r *request) (any, error) {
	if err := r.checkBatchStatements(); err != nil {
		return nil, err
	}
	if err := batchExecuteShape.EachLeaf(r.node, value.CheckTypes); err != nil {
		return nil, err
	}
	entries, err := r.batchEntries()
	if err != nil {
		return nil, err
	}
	if err := r.checkBatchTogether(entries); err != nil {
		return nil, err
	}
	out := &batchExecuteOutput{}
	b := batchTally{tallies: map[string]*tally{}}
	for _, e := range entries {
		out.Responses = append(out.Responses, e.execute(&b))
	}
	if b.succeeded {
		out.ConsumedCapacity = r.consumedEach(b.tallies, noAxis)
	}
	for _, c := range out.ConsumedCapacity {
		c.CapacityUnits += b.failed[c.TableName]
	}
	return out, nil
}

func (r *request) checkBatchStatements() error {
	nodes := r.kids("Statements")
	r.capacityEnum()
	switch n := len(nodes); {
	case !r.has("Statements"):
		r.needs("Statements")
	case n == 0:
		r.violates("Value '[]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case n > maxBatchStatements:
		r.violates("Value '%s' at 'statements' failed to satisfy constraint: Member must have length less than or equal to %d",
			r.javaStatements("BatchStatementRequest", nodes), maxBatchStatements)
	}
	for i := range nodes {
		in, path := r.inside(&nodes[i]), fmt.Sprintf("statements.%d.member.", i+1)
		r.checkStatementMembers(in, path)
		r.checkParameterCount(in, path)
	}
	return r.violations()
}

// batchEntries reads the statements. Only what is no DynamoDB value at all fails
// the whole batch.
func (r *request) batchEntries() ([]batchEntry, error) {
	nodes := r.kids("Statements")
	out := make([]batchEntry, len(nodes))
	for i := range nodes {
		in := r.inside(&nodes[i])
		parameters, err := in.readParameters()
		if e, ok := refusal.As(err); ok && e.Code == refusal.SerializationCode {
			return nil, err
		}
		if err == nil {
			err = checkParameters(parameters)
		}
		if err != nil {
			out[i] = batchEntry{err: err, unread: true}
			continue
		}
		out[i].statement, out[i].err = in.parse(parameters, false)
	}
	return out, nil
}

// checkBatchTogether refuses statements that do not go together.
func (r *request) checkBatchTogether(entries []batchEntry) error {
	reads, writes := false, false
	seen := map[[2]string]bool{}
	twice := false
	err := r.fake.db.View(func(tx *engine.Tx) error {
		for _, e := range entries {
			if e.statement == nil {
				continue
			}
			reads, writes = reads || e.Reads(), writes || !e.Reads()
			t := tx.Table(e.Table)
			if t == nil {
				continue
			}
			if key := e.target(t); key != nil {
				id := [2]string{e.Table, string(key.AppendJSON(nil))}
				twice = twice || seen[id]
				seen[id] = true
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case reads && writes:
		return refusal.Invalid("Read and write requests together in the same batch is not supported.")
	case twice:
		return refusal.Invalid("Provided list of item keys contains duplicates")
	}
	return nil
}

// A batchTally adds up what the statements of a batch cost.
type batchTally struct {
	tallies   map[string]*tally
	failed    map[string]float64
	succeeded bool
}

func (b *batchTally) of(table string) *tally {
	b.succeeded = true
	if b.tallies[table] == nil {
		b.tallies[table] = new(tally)
	}
	return b.tallies[table]
}

// execute runs one statement.
func (e *batchEntry) execute(b *batchTally) batchResponse {
	if e.err != nil {
		return batchFailure(e.err)
	}
	var item value.Item
	var err error
	if e.Reads() {
		item, err = e.executeRead(b)
	} else {
		item, err = e.executeWrite(b)
	}
	if err != nil {
		out := batchFailure(err)
		if out.Error.Code != "ValidationError" || aboutKey(err) {
			out.TableName = e.Table
		}
		return out
	}
	return batchResponse{Item: item, TableName: e.Table}
}

func (e *batchEntry) executeRead(b *batchTally) (item value.Item, err error) {
	err = e.fake.view(e.flag("ConsistentRead"), func(tx *engine.Tx) error {
		if err := e.checkKeyed(tx, "BatchExecuteStatement"); err != nil {
			return err
		}
		if err := e.check(); err != nil {
			return err
		}
		x, err := e.read(tx, 0, "", false)
		if err != nil {
			return err
		}
		b.of(e.Table).table += e.readUnits(x.bytes, e.flag("ConsistentRead"))
		if len(x.items) > 0 {
			item = x.items[0]
		}
		return nil
	})
	return item, err
}

// checkKeyed refuses a read of several items.
func (s *statement) checkKeyed(tx *engine.Tx, operation string) error {
	t := tx.Table(s.Table)
	if t == nil {
		return nil
	}
	unkeyed := refusal.Invalid("Select statements within %s must specify the primary key in the where clause.", operation)
	if s.Index != "" {
		if err := s.checkIndexKey(tx); err != nil {
			return err
		}
		return unkeyed
	}
	if err := s.checkOverlap(t.Key); err != nil {
		return err
	}
	if !s.isKeyed(t) {
		return unkeyed
	}
	return nil
}

func (e *batchEntry) executeWrite(b *batchTally) (value.Item, error) {
	var done effect
	err := e.fake.db.Update(func(tx *engine.Tx) (err error) {
		if err = e.check(); err == nil {
			done, err = e.write(tx)
		}
		if t := tx.Table(e.Table); err != nil && t != nil && !aboutKey(err) {
			b.fail(e.Table, e.attempted(t))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	b.of(e.Table).add(done.charge, 1)
	return e.returned(done), nil
}

func (b *batchTally) fail(table string, units float64) {
	if b.failed == nil {
		b.failed = map[string]float64{}
	}
	b.failed[table] += units
}

// attempted returns what a failed write costs: the larger of the stored item and
// the one to be inserted.
func (s *statement) attempted(t *engine.Table) float64 {
	size := 0
	if key := s.target(t); key != nil {
		size = rowSize(t.Get(t.RowKey(key)))
	}
	if s.Kind == partiql.Insert {
		size = max(size, s.Item.Size())
	}
	return engine.WriteUnits(size)
}

// aboutKey tells the complaints about a key that fail a statement before anything
// is read: they cost nothing, and come with the name of the table.
func aboutKey(err error) bool {
	e, ok := refusal.As(err)
	return ok && (e.Message == hashKeyText || e.Message == sortKeyText || strings.HasPrefix(e.Message, keyUpdateText))
}

// batchFailure returns the error in the form of a batch.
func batchFailure(err error) batchResponse {
	e, ok := refusal.As(err)
	if !ok {
		e = &refusal.Error{Code: "InternalServerError", Message: err.Error()}
	}
	code := strings.TrimSuffix(e.Code, "Exception")
	if e.Code == refusal.ValidationCode {
		code = "ValidationError"
	}
	item, _ := e.Fields["Item"].(value.Item)
	return batchResponse{Error: &batchError{Code: code, Message: e.Message, Item: item}}
}
