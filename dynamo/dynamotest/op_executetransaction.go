package dynamotest

import (
	"fmt"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/partiql"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

var executeTransactionShape = inputShape(
	members(listShape(structShape("ParameterizedStatement", statementMembers()...)), "TransactStatements"),
	members(textShape, "ClientRequestToken", "ReturnConsumedCapacity"),
)

// executeTransactionOutput is what ExecuteTransaction answers.
type executeTransactionOutput struct {
	Responses        []executeResponse
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`
}

type executeResponse struct {
	Item value.Item `json:",omitzero"` // may have no attributes
}

// executeTransaction is ExecuteTransaction.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
func executeTransaction(r *request) (any, error) {
	nodes := r.kids("TransactStatements")
	if err := r.checkTransactStatements(nodes); err != nil {
		return nil, err
	}
	if r.fake.takeConflict() {
		return nil, conflict(len(nodes))
	}
	token, _ := r.text("ClientRequestToken")
	if token != "" {
		token = "ExecuteTransaction " + token // apart from those of TransactWriteItems
	}
	use, replay, err := r.fake.claimToken(token, r.node.Member("TransactStatements"))
	if err != nil {
		return nil, err
	}
	if replay && len(use.units) > 0 { // reads are simply run again
		return &executeTransactionOutput{Responses: []executeResponse{}, ConsumedCapacity: r.consumedEach(use.units, readAxis)}, nil
	}
	out, err := r.executeStatements(nodes, use)
	use.settle(r.fake, token, err)
	return out, err
}

func (r *request) checkTransactStatements(nodes []wire.Node) error {
	if token, ok := r.text("ClientRequestToken"); ok && len(token) > maxToken {
		r.violates("Value '%s' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to %d", token, maxToken)
	}
	switch n := len(nodes); {
	case !r.has("TransactStatements"):
		r.needs("TransactStatements")
	case n == 0:
		r.violates("Value '[]' at 'transactStatements' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case n > maxActions:
		r.violates("Value '%s' at 'transactStatements' failed to satisfy constraint: Member must have length less than or equal to %d",
			r.javaStatements("ParameterizedStatement", nodes), maxActions)
	}
	for i := range nodes {
		in, path := r.inside(&nodes[i]), fmt.Sprintf("transactStatements.%d.member.", i+1)
		r.checkStatementMembers(in, path)
		r.checkParameterCount(in, path)
	}
	r.capacityEnum()
	return r.violations()
}

// executeStatements runs the statements, all or none.
func (r *request) executeStatements(nodes []wire.Node, use *tokenUse) (any, error) {
	statements, err := r.transactStatements(nodes)
	if err != nil {
		return nil, err
	}
	out := &executeTransactionOutput{Responses: []executeResponse{}}
	if statements[0].Reads() {
		err = r.fake.db.View(func(tx *engine.Tx) error { return r.transactReads(tx, statements, out) })
		return out, err
	}
	err = r.fake.db.Update(func(tx *engine.Tx) error {
		if err := checkStatementTargets(tx, statements); err != nil {
			return err
		}
		effects, err := writeAll(tx, statements)
		if err != nil {
			return err
		}
		use.record(effects)
		tallies := map[string]*tally{}
		for _, e := range effects {
			name := e.table.Name
			if tallies[name] == nil {
				tallies[name] = new(tally)
			}
			tallies[name].add(e.charge, transactionFactor)
		}
		out.ConsumedCapacity = r.consumedEach(tallies, writeAxis)
		return nil
	})
	return out, err
}

// transactStatements reads the statements and checks what does not depend on a
// table.
func (r *request) transactStatements(nodes []wire.Node) ([]*statement, error) {
	parameters := make([][]value.Value, len(nodes))
	for i := range nodes {
		var err error
		if parameters[i], err = r.inside(&nodes[i]).readParameters(); err != nil {
			return nil, err
		}
	}
	for _, p := range parameters {
		if err := checkParameters(p); err != nil {
			return nil, err
		}
	}
	out := make([]*statement, len(nodes))
	reads := 0
	for i := range nodes {
		s, err := r.inside(&nodes[i]).parse(parameters[i], true)
		if err == nil {
			err = s.checkTransacted()
		}
		if err != nil {
			return nil, inTransaction(i, err)
		}
		if s.Reads() {
			reads++
		}
		out[i] = s
	}
	if reads > 0 && reads < len(out) {
		return nil, refusal.Invalid("ExecuteTransaction API does not support both read and write operations in the same request.")
	}
	return out, nil
}

func (s *statement) checkTransacted() error {
	switch {
	case s.Returning != "":
		return refusal.Invalid("RETURNING clause is not supported in ExecuteTransaction.")
	case s.Reads() && s.Index != "":
		return refusal.Invalid("Reads on indices are not supported within transactions.")
	}
	return nil
}

// writeAll runs the statements that write. Each of them runs, so that each has
// its reason; the caller undoes them when one has failed.
func writeAll(tx *engine.Tx, statements []*statement) ([]effect, error) {
	if err := wrongKeys(tx, statements); err != nil {
		return nil, err
	}
	effects := make([]effect, len(statements))
	reasons := make([]cancellationReason, len(statements))
	failed := false
	for i, s := range statements {
		e, err := s.writeInTransaction(tx)
		reason, ok := statementReason(err)
		switch {
		case !ok:
			return nil, err
		case err != nil:
			failed = true
		case s.missed(e):
			reason, _ = statementReason((&change{}).conditionFailed(nil))
		}
		effects[i], reasons[i] = e, reason
	}
	if !failed {
		return effects, nil
	}
	return nil, canceled(reasons)
}

// missed tells that a DELETE has a condition and its item does not exist. That
// fails no transaction, but is among the reasons of one that failed.
func (s *statement) missed(e effect) bool {
	return s.Kind == partiql.Delete && e.old == nil && !s.isKeyed(e.table)
}

// writeInTransaction checks the keys of an INSERT as TransactWriteItems does.
func (s *statement) writeInTransaction(tx *engine.Tx) (effect, error) {
	if err := s.check(); err != nil {
		return effect{}, err
	}
	if t := tx.Table(s.Table); t != nil && s.Kind == partiql.Insert {
		if err := checkItemKeys(t, s.Item); err != nil {
			return effect{}, err
		}
	}
	return s.write(tx)
}

// transactReads runs the statements that read.
func (r *request) transactReads(tx *engine.Tx, statements []*statement, out *executeTransactionOutput) error {
	if err := checkStatementTargets(tx, statements); err != nil {
		return err
	}
	if err := wrongKeys(tx, statements); err != nil {
		return err
	}
	reasons := make([]cancellationReason, len(statements))
	tallies := map[string]*tally{}
	for i, s := range statements {
		item, size, err := s.readOne(tx)
		reason, ok := statementReason(err)
		if !ok {
			return err
		}
		reasons[i] = reason
		if tallies[s.Table] == nil {
			tallies[s.Table] = new(tally)
		}
		tallies[s.Table].table += transactionFactor * engine.ReadUnits(size)
		out.Responses = append(out.Responses, executeResponse{item})
	}
	if err := canceled(reasons); err != nil {
		return err
	}
	out.ConsumedCapacity = r.consumedEach(tallies, readAxis)
	return nil
}

// readOne reads the item that a SELECT names.
func (s *statement) readOne(tx *engine.Tx) (value.Item, int, error) {
	if err := s.check(); err != nil {
		return nil, 0, err
	}
	x, err := s.read(tx, 0, "", false)
	if err != nil || len(x.items) == 0 {
		return nil, 0, err
	}
	return x.items[0], x.bytes, nil
}
