package dynamotest

import (
	"fmt"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// actionNames are the kinds of actions in the order in which they are checked.
var actionNames = []string{"Put", "Update", "Delete", "ConditionCheck"}

var transactWriteShape = inputShape(
	members(listShape(structShape("TransactWriteItem",
		actionMember("Put", "Item"),
		actionMember("Update", "Key"),
		actionMember("Delete", "Key"),
		actionMember("ConditionCheck", "Key"),
	)), "TransactItems"),
	members(textShape, "ClientRequestToken", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"),
)

func actionMember(name, attributes string) wire.Member {
	return wire.Member{Name: name, Shape: structShape(name, append(members(itemShape, attributes),
		expressionMembers("TableName", "ConditionExpression", "UpdateExpression", "ReturnValuesOnConditionCheckFailure")...)...)}
}

// transactWriteItems is TransactWriteItems.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
func transactWriteItems(r *request) (any, error) {
	actions := r.kids("TransactItems")
	if err := r.checkTransactWrite(actions); err != nil {
		return nil, err
	}
	if r.fake.takeConflict() {
		return nil, conflict(len(actions))
	}
	changes, params, err := r.readChanges(actions)
	if err != nil {
		return nil, err
	}
	token, _ := r.text("ClientRequestToken")
	use, replay, err := r.fake.claimToken(token, r.node.Member("TransactItems"))
	if err != nil {
		return nil, err
	}
	if replay {
		return r.replayAnswer(use), nil
	}
	out, err := r.transactWrite(actions, changes, params, use)
	use.settle(r.fake, token, err)
	return out, err
}

func (r *request) checkTransactWrite(actions []wire.Node) error {
	if err := r.checkActions(actions, func() string { return r.javaTransaction(actions) }); err != nil {
		return err
	}
	for i := range actions {
		for _, name := range actionNames {
			if n := actions[i].Member(name); n != nil {
				r.onFailureMember(r.inside(n), fmt.Sprintf("transactItems.%d.member.%s.", i+1, lower(name)))
			}
		}
	}
	if token, ok := r.text("ClientRequestToken"); ok && len(token) > maxToken {
		r.violates("Value '%s' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to %d", token, maxToken)
	}
	r.capacityEnum()
	r.metricsEnum()
	if err := r.violations(); err != nil {
		return err
	}
	return r.checkActionKinds(actions)
}

// maxToken is the length a request token may have.
const maxToken = 36

func (r *request) onFailureMember(action *request, path string) {
	const member = "ReturnValuesOnConditionCheckFailure"
	if v, ok := action.text(member); ok && v != "ALL_OLD" && v != "NONE" {
		r.violates("Value '%s' at '%s%s' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]", v, path, lower(member))
	}
}

// checkActionKinds checks that each entry is one action, and their tables.
func (r *request) checkActionKinds(actions []wire.Node) error {
	for i := range actions {
		count := 0
		for _, name := range actionNames {
			if actions[i].Member(name) != nil {
				count++
			}
		}
		switch {
		case count == 0:
			return refusal.Invalid("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request")
		case count > 1:
			return refusal.Invalid("TransactItems can only contain one of Check, Put, Update or Delete")
		}
	}
	for i := range actions {
		name, n := actionOf(&actions[i])
		for _, member := range requiredMembers[name] {
			if n.Member(member) == nil {
				r.nullAt(fmt.Sprintf("transactItems.%d.member.%s.%s", i+1, lower(name), lower(member)))
			}
		}
		r.actionTable(r.inside(n), fmt.Sprintf("transactItems.%d.member.%s.", i+1, lower(name)))
	}
	return r.violations()
}

// requiredMembers are the members that an action needs beside its table.
var requiredMembers = map[string][]string{
	"Put":            {"Item"},
	"Update":         {"Key", "UpdateExpression"},
	"Delete":         {"Key"},
	"ConditionCheck": {"Key", "ConditionExpression"},
}

// actionOf returns the kind and the node of an entry's action.
func actionOf(entry *wire.Node) (string, *wire.Node) {
	for _, name := range actionNames {
		if n := entry.Member(name); n != nil {
			return name, n
		}
	}
	return "", nil
}

// transactWrite runs the actions, all or none.
func (r *request) transactWrite(actions []wire.Node, changes []*change, params []*expr.Params, use *tokenUse) (*transactWriteOutput, error) {
	if err := r.finishChanges(actions, changes, params); err != nil {
		return nil, err
	}
	out := new(transactWriteOutput)
	err := r.fake.db.Update(func(tx *engine.Tx) error {
		if err := checkTargets(tx, changes); err != nil {
			return err
		}
		effects, err := runAll(tx, changes)
		if err != nil {
			return err
		}
		use.record(effects)
		tallies := map[string]*tally{}
		for i, e := range effects {
			name := changes[i].table
			if tallies[name] == nil {
				tallies[name] = new(tally)
			}
			tallies[name].add(e.charge, transactionFactor)
		}
		out.ConsumedCapacity = r.consumedEach(tallies, writeAxis)
		out.ItemCollectionMetrics = r.metricsEach(tx, changes)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// transactWriteOutput is what TransactWriteItems answers.
type transactWriteOutput struct {
	ConsumedCapacity      []*consumedCapacity                 `json:",omitempty"`
	ItemCollectionMetrics map[string][]*itemCollectionMetrics `json:",omitempty"`
}

// readChanges reads the items, keys and values of the actions, which comes
// before the request token is looked at.
func (r *request) readChanges(actions []wire.Node) ([]*change, []*expr.Params, error) {
	changes := make([]*change, len(actions))
	params := make([]*expr.Params, len(actions))
	for i := range actions {
		kind, n := actionOf(&actions[i])
		in := r.inside(n)
		c, err := in.transactChange(kind)
		if err != nil {
			return nil, nil, err
		}
		if params[i], err = in.params(); err != nil {
			return nil, nil, err
		}
		changes[i] = c
	}
	return changes, params, nil
}

// finishChanges checks what does not depend on a table.
func (r *request) finishChanges(actions []wire.Node, changes []*change, params []*expr.Params) error {
	total := 0
	for i, c := range changes {
		_, n := actionOf(&actions[i])
		if err := r.inside(n).finishChange(c, params[i]); err != nil {
			return err
		}
		total += c.item.Size() + c.key.Size()
	}
	if total > maxTransactionBytes {
		return refusal.Invalid("Collection size of items exceeded, which can also be caused by the aggregate size of the items in the transaction exceeding the limit of 4194304 bytes")
	}
	return nil
}

// transactChange reads what an action does to which item.
func (r *request) transactChange(kind string) (c *change, err error) {
	c = &change{allOld: r.wantsOldOnFailure(), remove: kind == "Delete"}
	c.table, _ = r.text("TableName")
	if kind == "Put" {
		if c.item, err = r.item("Item"); c.item == nil {
			c.item = value.Item{}
		}
		return c, err
	}
	c.key, err = r.item("Key")
	return c, err
}

// finishChange checks an action's values and parses its expressions.
func (r *request) finishChange(c *change, params *expr.Params) error {
	if err := r.checkStored(c.item); err != nil {
		return err
	}
	if err := r.emptyNames(params, c.key); err != nil {
		return err
	}
	if params.Values != nil || params.Names != nil {
		if err := r.checkRefs(params); err != nil {
			return err
		}
	}
	if c.item.Size() > value.MaxItemSize {
		return refusal.Invalid(sizeText)
	}
	if err := r.parseAction(c, params); err != nil {
		return err
	}
	return c.key.Check(r.layer)
}

// checkStored checks an item for empty names, then for its depth and sets, then
// for empty names inside it, as DynamoDB does
// (https://github.com/paritysuite/dynamodb-conformance/blob/main/tests/tier3/validation-ordering/deepRequests.test.ts).
func (r *request) checkStored(item value.Item) error {
	if len(item) > 0 && item[0].Name == "" { // items are sorted
		return refusal.Request(emptyNameText)
	}
	if err := item.Check(r.layer); err != nil {
		return err
	}
	if item.HasEmptyName() {
		return refusal.Request(emptyNameText)
	}
	return nil
}

// parseAction parses an action's expressions.
func (r *request) parseAction(c *change, params *expr.Params) (err error) {
	if source, ok := r.text("UpdateExpression"); ok {
		if c.update, err = expr.ParseUpdate(source, params); err != nil {
			return err
		}
	}
	if c.condition, err = r.condition(params); err != nil {
		return err
	}
	if c.condition == nil && c.update == nil {
		return nil
	}
	return params.CheckUsed()
}

// checkTargets refuses two actions on one item, also when its key is of the
// wrong type. Keys that lack an attribute are left to the action's own check.
func checkTargets(tx *engine.Tx, changes []*change) error {
	seen := make(map[[2]string]bool, len(changes))
	for _, c := range changes {
		t, err := lookUp(tx, c.table)
		if err != nil {
			return err
		}
		target := c.key
		if c.item != nil {
			target = c.item.Pick(t.Key.Names())
		}
		id := [2]string{c.table}
		switch {
		case checkKey(t, target) == nil:
			id[1] = t.RowKey(target)
		case len(target) == len(t.Key.Names()) && len(target.Pick(t.Key.Names())) == len(target):
			id[1] = "as written: " + string(target.AppendJSON(nil))
		default:
			continue
		}
		if seen[id] {
			return refusal.Invalid(twiceText)
		}
		seen[id] = true
	}
	return nil
}

// runAll runs the changes. Each of them runs, so that each has its reason; the
// caller undoes them when one has failed.
func runAll(tx *engine.Tx, changes []*change) ([]effect, error) {
	effects := make([]effect, len(changes))
	reasons := make([]cancellationReason, len(changes))
	for i, c := range changes {
		e, err := c.run(tx)
		reason, ok := reasonFor(err)
		if !ok || isEmptyKey(err) {
			return nil, err
		}
		effects[i], reasons[i] = e, reason
	}
	return effects, canceled(reasons)
}
