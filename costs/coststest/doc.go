// Package coststest helps to test what package costs produces and to feed it.
//
// A [Sink] stands where standard output is on Lambda: it takes the metric lines
// of a tracker, refuses what CloudWatch would drop without a word, and hands back
// what CloudWatch would have understood. A [Putter] does the same for metrics
// that are put. [NewLog] writes the log of a function that never ran, together
// with the truth about it. A [Workload] is a function whose behaviour at every
// memory size is known, for [costs.RightSize].
//
// # Getting started
//
//	sink := new(coststest.Sink)
//	tracker, err := costs.NewTracker(&costs.TrackerOptions{Region: "us-east-1", MemoryMB: 128, Output: sink})
//
// # Semantics and limits
//
// The rules are those of CloudWatch's embedded metric format and of
// PutMetricData: names, limits, numbers, dimensions, collisions. Logs have the
// forms that Lambda writes, in text and in JSON.
//
// # Errors
//
// A line or a request that CloudWatch would not take is an error of the write,
// which the tracker returns from Flush.
//
// # Cost
//
// None: nothing leaves the process.
//
// # Concurrency
//
// Sink and Putter may be used by several goroutines at once.
//
// # Testing
//
// Nothing here needs a *testing.T to construct, so it works in examples too.
package coststest
