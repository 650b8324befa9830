package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// An item has its key, one of the two slots with the mark, who wrote it last,
// and when it can go.
var slots = [2]string{"t0", "t1"}

const writer = "by"

// maxKey is how long a key may be in the table: DynamoDB takes 2,048 bytes of a
// partition key.
const maxKey = 1024

// What a write does. Each is one UpdateItem that cannot lose against another one
// of its kind, except for want of tokens: DynamoDB has no maximum, so "start at
// the floor if the mark is below it" is a change of the slot, which the first
// one does and the others join by if_not_exists.
//
// With #t the slot that is written, #o the other one, :lo and :hi the marks
// between which there are enough tokens.
const (
	// The mark is above the floor: it moves by the cost.
	spendUpdate    = "SET #t = #t + :cost, #by = :by, #ttl = :ttl"
	spendCondition = "#t BETWEEN :lo AND :hi AND #by <> :by"
	// There is no item: the mark starts at the floor.
	firstUpdate    = "SET #t = if_not_exists(#t, :floor) + :cost, #by = :by, #ttl = :ttl"
	firstCondition = "attribute_not_exists(#pk) OR (" + spendCondition + ")"
	// The mark is below the floor: the other slot starts there.
	startUpdate    = firstUpdate + " REMOVE #o"
	startCondition = "#o <= :floor OR (" + spendCondition + ")"
	// The mark is ahead of any clock that is right: the bucket is made empty.
	repairUpdate    = "SET #t = :now, #by = :by, #ttl = :ttl REMOVE #o"
	repairCondition = "#o = :seen"
)

// A plan is a write that fits a known level.
type plan struct {
	update, condition string
	slot              int
	now               int64
	cost              int64 // of what the caller wants
	extra             int64 // of what is held for later
	seen              int64 // of a repair: the mark to replace
}

func (p *plan) repair() bool { return p.condition == repairCondition }

// plan chooses the write.
func (l *Limiter) plan(known level, now int64, n int) plan {
	p := plan{now: now, cost: l.limit.cost(n)}
	if batch := l.batch(known, now); batch > n {
		p.extra = l.limit.cost(batch) - p.cost
	}
	switch {
	case !known.exists:
		p.update, p.condition = firstUpdate, firstCondition
	case known.mark > now+l.ahead:
		p.update, p.condition, p.slot, p.seen = repairUpdate, repairCondition, 1-known.slot, known.mark
	case known.mark <= now-l.fill:
		p.update, p.condition, p.slot = startUpdate, startCondition, 1-known.slot
	default:
		p.update, p.condition, p.slot = spendUpdate, spendCondition, known.slot
	}
	return p
}

// batch is how many tokens to take at once: at most a quarter of those that are
// there.
func (l *Limiter) batch(known level, now int64) int {
	there := l.fill
	if known.exists {
		there = min(there, now-known.mark)
	}
	return min(l.options.Batch, l.limit.tokens(there)/4)
}

// read reads the level, consistently.
func (l *Limiter) read(ctx context.Context, key string) (level, error) {
	consistent := true
	sent := l.options.Now()
	output, err := l.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &l.table, Key: l.key(key), ConsistentRead: &consistent,
	})
	if err != nil {
		l.clock.answered(sent, middleware.Metadata{}, err)
		return level{}, err
	}
	l.clock.answered(sent, output.ResultMetadata, nil)
	return levelOf(output.Item), nil
}

// write sends a plan and decides by its answer.
func (l *Limiter) write(ctx context.Context, key string, n int, p plan) (Decision, error) {
	by := strconv.FormatUint(rand.Uint64(), 10)
	sent := l.options.Now()
	output, err := l.api.UpdateItem(ctx, l.input(key, &p, by))
	var metadata middleware.Metadata
	if output != nil {
		metadata = output.ResultMetadata
	}
	l.clock.answered(sent, metadata, err)
	var refused *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &refused) {
		return Decision{}, err
	}
	if l.late(sent) {
		return Decision{}, context.DeadlineExceeded
	}
	if refused != nil {
		return l.refused(key, n, &p, by, refused.Item), nil //nolint:nilerr // a condition that failed is an answer like any other
	}
	return l.granted(key, n, &p, levelOf(output.Attributes)), nil
}

// late tells that an answer took too long: a process that was frozen in between
// would use tokens of another time.
func (l *Limiter) late(sent time.Time) bool {
	now := l.options.Now()
	return max(now.Sub(sent), now.Round(0).Sub(sent.Round(0))) > l.options.Timeout
}

// granted is the decision after a write that was done.
func (l *Limiter) granted(key string, n int, p *plan, seen level) Decision {
	if p.repair() {
		l.memory.learn(key, seen, 0) // whatever is remembered is wrong
		return l.answer(seen.mark, p.now, n, false)
	}
	l.memory.took(key, seen, p.now+l.ahead, held{
		from: seen.mark - p.extra, to: seen.mark, until: p.now + int64(l.options.Hold),
	})
	return l.answer(seen.mark-p.extra, p.now, n, true)
}

// refused is the decision after a write whose condition failed on item. If item
// was last written by this very write, then an earlier attempt of the SDK was
// done and only its answer was lost.
func (l *Limiter) refused(key string, n int, p *plan, by string, item map[string]types.AttributeValue) Decision {
	seen := levelOf(item)
	if v, ok := item[writer].(*types.AttributeValueMemberN); ok && v.Value == by {
		return l.granted(key, n, p, seen)
	}
	l.memory.learn(key, seen, p.now+l.ahead)
	if !seen.exists {
		seen.mark = p.now - l.fill
	}
	return l.answer(seen.mark, p.now, n, false)
}

// input is the request of a plan.
func (l *Limiter) input(key string, p *plan, by string) *dynamodb.UpdateItemInput {
	floor := p.now - l.fill
	names := map[string]string{"#t": slots[p.slot], "#by": writer, "#ttl": l.options.Expires}
	values := map[string]types.AttributeValue{
		":by":  &types.AttributeValueMemberN{Value: by},
		":ttl": number((p.now+l.fill+p.extra)/int64(time.Second) + afterlife),
	}
	if p.repair() {
		values[":now"], values[":seen"] = number(p.now), number(p.seen)
	} else {
		values[":cost"] = number(p.cost + p.extra)
		values[":lo"], values[":hi"] = number(floor-l.slack), number(p.now-p.cost)
	}
	switch p.condition {
	case firstCondition:
		names["#pk"], values[":floor"] = l.options.Partition, number(floor)
	case startCondition:
		names["#o"], values[":floor"] = slots[1-p.slot], number(floor)
	case repairCondition:
		names["#o"] = slots[1-p.slot]
	}
	return &dynamodb.UpdateItemInput{
		TableName: &l.table, Key: l.key(key),
		UpdateExpression: &p.update, ConditionExpression: &p.condition,
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		ReturnValues:                        types.ReturnValueUpdatedNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

// afterlife is how many seconds an item is kept after its bucket is full again,
// so that a wrong clock does not delete one that matters.
const afterlife = 3600

// key returns the item's key. A long one is hashed.
func (l *Limiter) key(key string) map[string]types.AttributeValue {
	if len(key) > maxKey {
		sum := sha256.Sum256([]byte(key))
		key = "sha256:" + hex.EncodeToString(sum[:])
	}
	attributes := map[string]types.AttributeValue{
		l.options.Partition: &types.AttributeValueMemberS{Value: l.options.Name + "#" + key},
	}
	if l.options.Sort != "" {
		attributes[l.options.Sort] = &types.AttributeValueMemberS{Value: "LIMIT"}
	}
	return attributes
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// levelOf reads an item. One with a mark that is no time has no mark.
func levelOf(item map[string]types.AttributeValue) level {
	var found level
	for i, name := range slots {
		v, ok := item[name].(*types.AttributeValueMemberN)
		if !ok {
			continue
		}
		if mark, err := strconv.ParseInt(v.Value, 10, 64); err == nil && (!found.exists || mark > found.mark) {
			found = level{mark, i, true}
		}
	}
	return found
}
