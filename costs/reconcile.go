package costs

import (
	"errors"
	"iter"
	"time"
)

// A Reconciliation compares what a tracker estimated with what Lambda reported.
type Reconciliation struct {
	// EstimatedInvocations and ReportedInvocations are the numbers compared. If
	// they differ, so must the rest: the two speak of different invocations.
	EstimatedInvocations int64 `json:"estimatedInvocations"`
	ReportedInvocations  int64 `json:"reportedInvocations"`
	// EstimatedBilled and ReportedBilled are the billed durations.
	EstimatedBilled time.Duration `json:"estimatedBilledNanoseconds"`
	ReportedBilled  time.Duration `json:"reportedBilledNanoseconds"`
	// Estimated and Reported are the costs, of Lambda alone and by the same
	// prices. The cost of other services is in no REPORT.
	Estimated USD `json:"estimated"`
	Reported  USD `json:"reported"`
	// ColdStarts is how many of the reports had INIT.
	ColdStarts int64 `json:"coldStarts"`
	// OtherMemory counts reports of another memory size than the tracker was
	// told, which are left out.
	OtherMemory int64 `json:"otherMemory,omitempty"`
	// Unreadable counts lines that were refused: malformed or spoofed.
	Unreadable int64 `json:"unreadable,omitempty"`
}

// Deviation returns by how much the estimate is off, as a share of what was
// reported: -0.02 is two per cent too low. It is zero without reports.
func (r *Reconciliation) Deviation() float64 {
	if r.Reported.IsZero() {
		return 0
	}
	return r.Estimated.Sub(r.Reported).Float64() / r.Reported.Float64()
}

// PerInvocation returns how much more time per invocation is billed than was
// estimated: mostly what Lambda adds around the handler, and INIT.
func (r *Reconciliation) PerInvocation() time.Duration {
	if r.EstimatedInvocations == 0 || r.ReportedInvocations == 0 {
		return 0
	}
	reported := r.ReportedBilled / time.Duration(r.ReportedInvocations)
	return reported - r.EstimatedBilled/time.Duration(r.EstimatedInvocations)
}

// Reconcile compares the totals of a tracker with the reports of the same
// invocations, usually those of its log stream since [Totals.Since], as
// [Reports] walks them. A nil table means [DefaultPrices].
//
// The error is that of the reader behind the reports, a [*PriceError], or
// [ErrUnknownCost] on managed instances.
func Reconcile(t *Totals, reports iter.Seq2[*Report, error], p *Prices) (*Reconciliation, error) {
	if !t.Environment.paidByInvocation() {
		return nil, &UnknownCostError{Environment: t.Environment}
	}
	if p == nil {
		p = DefaultPrices()
	}
	lambda := t.Total.Cost
	lambda.Services = USD{}
	r := &Reconciliation{
		EstimatedInvocations: t.Total.Invocations,
		EstimatedBilled:      t.Total.Billed,
		Estimated:            lambda.Total(),
	}
	for report, err := range reports {
		switch {
		case errors.Is(err, ErrMalformedReport), errors.Is(err, ErrSpoofedReport):
			r.Unreadable++
			continue
		case err != nil:
			return nil, err
		}
		if err := r.add(t, report, p); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Reconciliation) add(t *Totals, report *Report, p *Prices) error {
	if report.MemorySizeMB != t.MemoryMB {
		r.OtherMemory++
		return nil
	}
	inv := report.Invocation(t.Region, t.Architecture)
	inv.StorageMB = t.StorageMB
	if t.Environment == ProvisionedConcurrency {
		inv.Environment = ProvisionedConcurrency // the line does not say
	}
	cost, err := inv.Cost(p)
	if err != nil {
		return err
	}
	r.ReportedInvocations++
	r.ReportedBilled += report.BilledDuration
	r.Reported = r.Reported.Add(cost.Total())
	if report.Cold() {
		r.ColdStarts++
	}
	return nil
}
