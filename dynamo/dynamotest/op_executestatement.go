package dynamotest

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

var executeStatementShape = inputShape(
	statementMembers(),
	members(textShape, "NextToken", "ReturnConsumedCapacity"),
	members(intShape, "Limit"),
)

// executeStatementOutput is what ExecuteStatement answers.
type executeStatementOutput struct {
	Items            []value.Item
	NextToken        *string           `json:",omitempty"`
	ConsumedCapacity *consumedCapacity `json:",omitempty"`
}

// executeStatement is ExecuteStatement.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
func executeStatement(r *request) (any, error) {
	parameters, err := r.readParameters()
	if err != nil {
		return nil, err
	}
	r.checkStatementMembers(r, "")
	r.capacityEnum()
	r.checkParameterCount(r, "")
	if err := r.violations(); err != nil {
		return nil, err
	}
	if err := checkParameters(parameters); err != nil {
		return nil, err
	}
	s, err := r.parse(parameters, false)
	if err != nil {
		return nil, err
	}
	if s.Reads() {
		return s.executeRead()
	}
	return s.executeWrite()
}

func (s *statement) executeRead() (any, error) {
	out := &executeStatementOutput{Items: []value.Item{}}
	limit, _ := s.number("Limit")
	token, hasToken := s.text("NextToken")
	err := s.fake.view(s.flag("ConsistentRead"), func(tx *engine.Tx) error {
		if err := s.checkIndexKey(tx); err != nil {
			return err
		}
		if err := s.check(); err != nil {
			return err
		}
		x, err := s.read(tx, limit, token, hasToken)
		if err != nil {
			return err
		}
		out.Items = append(out.Items, x.items...)
		out.NextToken = x.token()
		out.ConsumedCapacity = s.consumed(x.table.Name, x.consumption(), noAxis)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *statement) executeWrite() (any, error) {
	if s.has("NextToken") {
		return nil, refusal.Invalid("NextToken is only valid on a SELECT statement")
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	var e effect
	err := s.fake.db.Update(func(tx *engine.Tx) (err error) {
		e, err = s.write(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &executeStatementOutput{Items: []value.Item{}}
	if item := s.returned(e); len(item) > 0 {
		out.Items = append(out.Items, item)
	}
	var t tally
	t.add(e.charge, 1)
	out.ConsumedCapacity = s.consumed(s.Table, t, noAxis)
	return out, nil
}
