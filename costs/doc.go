// Package costs tells what a Lambda invocation costs, from prices that are exact
// and dated, and keeps telling it cheaply while the function runs.
//
// Its parts work alone or together. [Prices] is a table by region and item, with
// the break-even points that follow from it. [Invocation] prices one invocation
// and [Month] a month with its tiers. [Tracker] wraps a handler, attributes its
// invocations to routes, tenants and operations, and writes aggregated metric
// lines. [ParseReport] and [Reports] read what Lambda itself says at the end of an
// invocation, which is the truth that [Reconcile] judges estimates by and from
// which [RightSize] recommends a memory size, or refuses to.
//
// # Getting started
//
//	t, err := costs.NewTracker(nil) // on Lambda everything is in the environment
//	if err != nil {
//		return err
//	}
//	lambda.Start(t.Wrap(handler))
//
// Inside the handler, say what the invocation is about and what else it uses:
//
//	costs.SetRoute(ctx, "POST /gigs")
//	costs.AddDynamoDB(ctx, consumed.ReadUnits, consumed.WriteUnits)
//
// The lines appear as CloudWatch metrics in the namespace "thaw/costs". The cost
// of one invocation there is Sum(Cost) / SampleCount(BilledMs).
// [Tracker.Totals] has the same figures in the process, as a table when printed.
//
// Which memory size it should have, from the log of the function at one or more
// sizes:
//
//	var samples []costs.Sample
//	for report, err := range costs.Reports(log) {
//		if err == nil {
//			samples = append(samples, report.Sample())
//		}
//	}
//	r, err := costs.RightSize(samples, &costs.RightSizeOptions{Region: "eu-west-1"})
//
// and then measure at NextMB, of the recommendation or of the [*RefusalError], and
// ask again with all samples until there is none; see the example of [RightSize].
//
// # Semantics and limits
//
// Money is [USD], an integer of 10⁻²⁴ dollars. Usage is added up in integers
// (MB·ms, requests, thousandths of a capacity unit) and priced at the end, so
// nothing drifts. Single invocations are priced at the first tier and without
// the free tier, because both are facts about an account's month.
//
// A price that is not in the table is an error and never a default. A cost that
// nobody can know, as on managed instances, is [ErrUnknownCost] or a count of
// unknown invocations and never zero.
//
// A tracker sees the handler from inside. It cannot see what Lambda adds around
// it (about a millisecond), the INIT of the runtime itself, or the memory used.
// Its figures are estimates; the REPORT lines are the bill.
//
// Values wait in memory for their line: up to 100 invocations per combination of
// labels, and at most one minute while invocations arrive. They are lost when the
// environment is shut down or dies in between, since Lambda tells a function
// without an extension nothing; so are the values of a line that the writer
// refuses. [Totals] counts the latter. The first invocation of an environment is
// written at once, so that a function that rarely runs is not invisible.
// CloudWatch may count a line twice: delivery is at least once.
//
// A recommendation is always a size that was measured, never one below the memory
// in use plus headroom, and a saving counts as proven only when its whole 95 %
// interval is. See [RightSize].
//
// # Errors
//
// [*PriceError] wraps [ErrUnknownRegion] or [ErrUnknownPrice]; [*InvocationError]
// names a field outside Lambda's limits; [*UnknownCostError] wraps
// [ErrUnknownCost]; [*ReportError] says what is wrong with a REPORT line and
// wraps [ErrNotReport] or [ErrMalformedReport]; [*SpoofError] is a REPORT that
// the function printed itself and wraps [ErrSpoofedReport]; [*RefusalError] wraps
// [ErrRefused] and says what to collect; [*WriteError] counts what a failed write
// lost. A tracker never fails the invocation it tracks.
//
// # Cost
//
// No request is made. A line of a single invocation with the names of its function
// and its route has 250 bytes, and 4 more for each further invocation in it, so a busy route logs about 6 bytes per invocation, which at
// $0.50 a gigabyte is 0.9 % of an invocation of 128 MB and 50 ms ($0.000000304).
// By comparison one PutMetricData per invocation costs 33 times as much as that
// invocation, which is why [TrackerOptions.Metrics] puts batches, at most once a
// minute, and nothing else. Each combination of labels is two metrics, $0.60 a
// month while there is data, and a third with [TrackerOptions.CPU];
// [TrackerOptions.MaxLabels] bounds them. [Totals.Tracking] has what a tracker has
// cost so far.
//
// Tracking an invocation takes less than half a microsecond of processor time
// and, once its labels are known, no allocation of its own beyond a sixteenth of
// one for the context. Measuring its processor time ([TrackerOptions.CPU]) takes one
// to two microseconds more, so that is for finding a memory size and not for always.
//
// Logs are read at several hundred megabytes per second, in memory that does not
// grow with them.
//
// What the savings that are often promised for serverless systems take to be true
// is in savings.md beside this package, with a test that holds it to the prices:
// memory tuning ([RightSize]), on-demand capacity ([Prices.DynamoDBBreakEven]),
// storage classes ([Prices.StorageSaving], [Prices.TransitionBreakEven]), arm64
// ([Prices.ARM64BreakEven]) and provisioned concurrency
// ([Prices.ProvisionedConcurrencyBreakEven]).
//
// # Concurrency
//
// Everything is safe for overlapping invocations in one process, and no call
// holds a lock while it writes or calls back. There is no background goroutine:
// lines are written by the invocation that makes them due.
//
// # Testing
//
// Package coststest has a sink that reads the lines back, a recorder of metric
// requests, a generator of Lambda logs whose truth is known, and workloads whose best memory size is.
package costs
