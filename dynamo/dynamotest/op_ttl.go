package dynamotest

import (
	"strconv"
	"time"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

var updateTTLShape = inputShape(
	[]wire.Member{{Name: "TimeToLiveSpecification", Shape: structShape("TimeToLiveSpecification",
		wire.Member{Name: "AttributeName", Shape: textShape},
		wire.Member{Name: "Enabled", Shape: flagShape},
	)}},
	members(textShape, "TableName"),
)

// oldestTTL is how long ago an item may have expired and still be removed.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
const oldestTTL = 5 * 365 * 24 * time.Hour

// updateTimeToLive is UpdateTimeToLive.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
func updateTimeToLive(r *request) (any, error) {
	name, err := r.administered()
	if err != nil {
		return nil, err
	}
	r.needs("TimeToLiveSpecification")
	if err := r.violations(); err != nil {
		return nil, err
	}
	in := r.inside(r.node.Member("TimeToLiveSpecification"))
	attribute, ok := in.text("AttributeName")
	switch {
	case !ok:
		r.nullAt("timeToLiveSpecification.attributeName")
	case attribute == "":
		r.violates("Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case len(attribute) > 255:
		r.violates("Value '%s' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length less than or equal to 255", attribute)
	}
	if !in.has("Enabled") {
		r.nullAt("timeToLiveSpecification.enabled")
	}
	if err := r.violations(); err != nil {
		return nil, err
	}
	enabled := in.flag("Enabled")
	err = r.fake.db.Update(func(tx *engine.Tx) error {
		t, err := administer(tx, name)
		if err != nil {
			return err
		}
		return setTTL(t, attribute, enabled)
	})
	return map[string]any{"TimeToLiveSpecification": map[string]any{"AttributeName": attribute, "Enabled": enabled}}, err
}

func setTTL(t *engine.Table, attribute string, enabled bool) error {
	switch {
	case t.ExpiresAt != "" && t.ExpiresAt != attribute:
		return refusal.Invalid("TimeToLive is active on a different AttributeName: current AttributeName is %s", t.ExpiresAt)
	case enabled && t.ExpiresAt == attribute:
		return refusal.Invalid("TimeToLive is already enabled")
	case !enabled && t.ExpiresAt == "":
		return refusal.Invalid("TimeToLive is already disabled")
	case enabled:
		t.ExpiresAt = attribute
	default:
		t.ExpiresAt = ""
	}
	return nil
}

// describeTimeToLive is DescribeTimeToLive.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html
func describeTimeToLive(r *request) (any, error) {
	name, err := r.administered()
	if err != nil {
		return nil, err
	}
	d := map[string]string{"TimeToLiveStatus": "DISABLED"}
	err = r.fake.db.View(func(tx *engine.Tx) error {
		t, err := administer(tx, name)
		if err == nil && t.ExpiresAt != "" {
			d["TimeToLiveStatus"], d["AttributeName"] = "ENABLED", t.ExpiresAt
		}
		return err
	})
	return map[string]any{"TimeToLiveDescription": d}, err
}

// DeleteExpired removes the items whose time to live has passed by the fake's
// clock from all tables that have one, as DynamoDB does within a few days, and
// returns how many. Until it is called, expired items are still there, as they
// are on AWS.
func (f *Fake) DeleteExpired() int {
	defer f.feed.deliver()
	removed := 0
	_ = f.db.Update(func(tx *engine.Tx) error {
		tx.Expiring = true
		for _, name := range tx.Names() {
			t := tx.Table(name)
			for _, key := range expired(t, f.now()) {
				tx.Put(t, key, nil)
				removed++
			}
		}
		return nil
	})
	return removed
}

// expired returns the keys of the rows whose time has passed.
func expired(t *engine.Table, now time.Time) []string {
	var keys []string
	if t.ExpiresAt == "" {
		return nil
	}
	for key, row := range t.Source().Walk(engine.Range{}, true) {
		v, ok := row.Item.Get(t.ExpiresAt)
		if !ok || v.Type() != value.N {
			continue
		}
		seconds, err := strconv.ParseFloat(v.Text(), 64)
		if err == nil && seconds <= float64(now.Unix()) && seconds >= float64(now.Add(-oldestTTL).Unix()) {
			keys = append(keys, key)
		}
	}
	return keys
}
