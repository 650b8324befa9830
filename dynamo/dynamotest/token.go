package dynamotest

import (
	"crypto/sha256"
	"time"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// tokenLife is how long a request token makes a repeated transaction one with
// the first.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#DDB-TransactWriteItems-request-ClientRequestToken
const tokenLife = 10 * time.Minute

// A tokenUse is a transaction that was sent with a request token.
type tokenUse struct {
	hash [sha256.Size]byte
	at   time.Time
	// units are what a repetition costs to read, by table.
	units map[string]*tally
	done  bool
}

// claimToken notes the use of a token for those actions. It tells true when
// they have been carried out with it before.
func (f *Fake) claimToken(token string, actions *wire.Node) (use *tokenUse, replay bool, err error) {
	use = &tokenUse{units: make(map[string]*tally)}
	if token == "" {
		return use, false, nil
	}
	use.hash = sha256.Sum256(actions.AppendSorted(nil))
	use.at = f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	for t, u := range f.tokens {
		if use.at.Sub(u.at) >= tokenLife {
			delete(f.tokens, t)
		}
	}
	switch known := f.tokens[token]; {
	case known == nil:
		f.tokens[token] = use
		return use, false, nil
	case known.hash != use.hash:
		return nil, false, &refusal.Error{
			Code:    "IdempotentParameterMismatchException",
			Message: "An error occurred (IdempotentParameterMismatchException)",
		}
	case !known.done:
		return nil, false, &refusal.Error{
			Code:    "TransactionInProgressException",
			Message: "Transaction for the given token is already in progress",
		}
	default:
		return known, true, nil
	}
}

// record notes what a repetition is to cost: reading the larger image of each
// item.
func (u *tokenUse) record(effects []effect) {
	for _, e := range effects {
		name := e.table.Name
		if u.units[name] == nil {
			u.units[name] = new(tally)
		}
		u.units[name].table += transactionFactor * engine.ReadUnits(max(rowSize(e.old), rowSize(e.now)))
	}
}

// settle keeps the token of a transaction that took effect and gives back that
// of one that did not.
func (u *tokenUse) settle(f *Fake, token string, err error) {
	if token == "" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		delete(f.tokens, token)
		return
	}
	u.done = true
}

// replayAnswer answers a repeated transaction.
func (r *request) replayAnswer(u *tokenUse) *transactWriteOutput {
	return &transactWriteOutput{ConsumedCapacity: r.consumedEach(u.units, readAxis)}
}
