package dynamotest

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

// changedSettings returns the settings after the request.
func (r *request) changedSettings(t *engine.Table) (engine.Settings, error) {
	s := t.Settings
	mode, hasMode := r.text("BillingMode")
	n := r.node.Member("ProvisionedThroughput")
	switch {
	case s.OnDemand && !hasMode && n != nil:
		return s, refusal.Invalid(onDemandThroughputText)
	case mode == "PROVISIONED" && n == nil:
		return s, refusal.Invalid(invalidText + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
	}
	was := s.OnDemand
	if hasMode {
		s.OnDemand = mode == "PAY_PER_REQUEST"
	}
	if was != s.OnDemand && s.OnDemand {
		s.BillingChanged = r.fake.now()
	}
	if n != nil {
		changed, err := r.changedThroughput(s.Throughput, r.throughput(n), was == s.OnDemand)
		if err != nil {
			return s, err
		}
		s.Throughput = changed
	} else if s.OnDemand {
		s.Throughput = engine.Throughput{}
	}
	if r.has("DeletionProtectionEnabled") {
		s.DeletionProtected = r.flag("DeletionProtectionEnabled")
	}
	if class, ok := r.text("TableClass"); ok && class != s.Class {
		s.Class, s.ClassChanged = class, r.fake.now()
	}
	return s, r.changeLimit(&s)
}

// changedThroughput notes when throughput was raised and lowered, and refuses a
// request for what is already there.
func (r *request) changedThroughput(old, now engine.Throughput, sameMode bool) (engine.Throughput, error) {
	if now.Read == old.Read && now.Write == old.Write && sameMode {
		return now, refusal.Invalid("The provisioned throughput for the table will not change. The requested value equals the current value. "+
			"Current ReadCapacityUnits provisioned for the table: %d. Requested ReadCapacityUnits: %d. "+
			"Current WriteCapacityUnits provisioned for the table: %d. Requested WriteCapacityUnits: %d. "+
			"Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
			old.Read, now.Read, old.Write, now.Write)
	}
	now.Raised, now.Lowered = old.Raised, old.Lowered
	if now.Read > old.Read || now.Write > old.Write {
		now.Raised = r.fake.now()
	}
	if now.Read < old.Read || now.Write < old.Write {
		now.Lowered = r.fake.now()
		now.Decreases = old.DecreasesOn(now.Lowered) + 1
	} else {
		now.Decreases = old.Decreases
	}
	return now, nil
}

// changeLimit sets the bounds of on-demand throughput; -1 removes one.
func (r *request) changeLimit(s *engine.Settings) error {
	n := r.node.Member("OnDemandThroughput")
	if n == nil {
		return nil
	}
	limit := engine.OnDemandLimit{Read: -1, Write: -1}
	if s.OnDemandLimit != nil {
		limit = *s.OnDemandLimit
	}
	in := r.inside(n)
	for member, bound := range map[string]*int64{"MaxReadRequestUnits": &limit.Read, "MaxWriteRequestUnits": &limit.Write} {
		if !in.has(member) {
			continue
		}
		*bound = in.long(member)
		if !s.OnDemand {
			return refusal.Invalid(invalidText+"%s for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED", member)
		}
		if *bound == 0 || *bound < -1 {
			return refusal.Invalid(invalidText+"Requested %s for OnDemandThroughput for table is outside of valid range", member)
		}
	}
	s.OnDemandLimit = &limit
	if limit == (engine.OnDemandLimit{Read: -1, Write: -1}) {
		s.OnDemandLimit = nil
	}
	return nil
}
