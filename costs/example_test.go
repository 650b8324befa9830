package costs_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// A tracker around a handler, as in main of a Lambda function. There the options
// can be nil; here they say what Lambda's environment would.
func Example() {
	start := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	now := start
	tracker, err := costs.NewTracker(&costs.TrackerOptions{
		Region: "us-east-1", Architecture: costs.ARM64, MemoryMB: 256, Function: "gigs",
		Init:   -1, // of the example, not of a function
		Now:    func() time.Time { return now },
		Output: os.Stdout,
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	handler := tracker.Wrap(handlerFunc(func(ctx context.Context, payload []byte) ([]byte, error) {
		costs.SetRoute(ctx, "POST /gigs")
		costs.AddDynamoDB(ctx, 0, 1)         // a put of up to 1 KB
		costs.AddEvents(ctx, 1)              // and an event about it
		now = now.Add(20 * time.Millisecond) // which took 20 ms
		return payload, nil
	}))
	_, _ = handler.Invoke(context.Background(), []byte(`{}`))

	fmt.Print(tracker.Totals())
	// Output:
	// {"_aws":{"Timestamp":1793534400020,"CloudWatchMetrics":[{"Namespace":"thaw/costs","Dimensions":[["function","route"]],"Metrics":[{"Name":"Cost"},{"Name":"BilledMs"}]}]},"function":"gigs","route":"POST /gigs","Cost":1.891667e-6,"BilledMs":20}
	// Estimate for us-east-1, arm64, 256 MB, on-demand; prices of 2026-09-28
	//   invocations  billed           cost  per million  for
	//             1    20ms  $0.0000018917      $1.8917  POST /gigs
	//             1    20ms  $0.0000018917      $1.8917  total
	// Tracking: 242 bytes in 1 lines, $0.0000001127 (5.96 %); 2 metrics, $0.6 a month
}

func ExampleInvocation_Cost() {
	inv := costs.Invocation{
		Region: "eu-west-1", Architecture: costs.ARM64, MemoryMB: 1769,
		Duration: 41_300 * time.Microsecond,
		Init:     120 * time.Millisecond,
	}
	cost, err := inv.Cost(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("billed ", inv.BilledDuration())
	fmt.Println("compute", cost.Compute)
	fmt.Println("init   ", cost.Init)
	fmt.Println("request", cost.Request)
	fmt.Println("total  ", cost.Total())
	// Output:
	// billed  162ms
	// compute $0.000000967426712109375
	// init    $0.0000027640763203125
	// request $0.0000002
	// total   $0.000003931503032421875
}

func ExampleParseReport() {
	r, err := costs.ParseReport("REPORT RequestId: f4ac073d-e814-456a-bbfb-d41b5b485c28\tDuration: 2.72 ms\tBilled Duration: 170 ms\t" +
		"Memory Size: 2048 MB\tMax Memory Used: 64 MB\tInit Duration: 166.76 ms")
	if err != nil {
		fmt.Println(err)
		return
	}
	billed, _ := r.InitBilled()
	cost, err := r.Invocation("us-east-1", costs.ARM64).Cost(nil)
	fmt.Println(r.BilledDuration, r.MemorySizeMB, "MB, INIT billed:", billed)
	fmt.Println(cost.Total(), err)
	// Output:
	// 170ms 2048 MB, INIT billed: true
	// $0.000004733356 <nil>
}

func ExamplePrices_Set() {
	prices := costs.DefaultPrices()
	_, err := prices.Price("eu-west-1", costs.SQSRequests)
	fmt.Println(err)

	perRequest, _ := costs.ParseUSD("0.0000004")
	err = prices.Set("eu-west-1", costs.SQSRequests, costs.Price{Tiers: []costs.Tier{{USD: perRequest}}})
	fmt.Println(err)
	// Output:
	// costs: price of sqs.requests in "eu-west-1": unknown price
	// <nil>
}

// Measuring where RightSize asks to, until it has no further question. Samples
// come from a workload of the test package here, and from logs in earnest.
func ExampleRightSize() {
	mean := map[int]time.Duration{1769: 110 * ms, 1024: 120 * ms, 512: 190 * ms, 256: 430 * ms, 128: 1200 * ms}
	workload := &coststest.Workload{
		Mean:      func(memoryMB int) time.Duration { return mean[memoryMB] },
		Variation: 0.4,
	}
	options := &costs.RightSizeOptions{Region: "eu-west-1", Architecture: costs.ARM64, CurrentMB: 1024}
	var samples []costs.Sample
	for size := 1024; size > 0; {
		samples = append(samples, workload.Samples(size, 1000, "monday", "tuesday", "wednesday")...)
		r, err := costs.RightSize(samples, options)
		var refusal *costs.RefusalError
		switch {
		case errors.As(err, &refusal):
			fmt.Println(refusal.Reason, "- next:", refusal.NextMB)
			size = refusal.NextMB
		case err != nil:
			fmt.Println(err)
			return
		default:
			fmt.Printf("%d MB saves %.0f %% (%.0f to %.0f), proven: %v - next: %d\n", r.MemoryMB,
				100*r.Saving.Estimate, 100*r.Saving.Low, 100*r.Saving.High, r.Proven, r.NextMB)
			size = r.NextMB
		}
	}
	// Output:
	// one size only - next: 512
	// 512 MB saves 20 % (15 to 25), proven: true - next: 256
	// 512 MB saves 20 % (16 to 24), proven: true - next: 1769
	// 512 MB saves 20 % (16 to 24), proven: true - next: 0
}

func ExampleReports() {
	log := coststest.NewLog(&coststest.LogOptions{Invocations: 3, Spoof: 1, Variation: -1})
	for report, err := range costs.Reports(strings.NewReader(log.Text)) {
		switch {
		case errors.Is(err, costs.ErrSpoofedReport):
			fmt.Println("spoofed")
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println(report.BilledDuration, report.MemorySizeMB, "MB", report.Cold())
		}
	}
	// Output:
	// spoofed
	// 150ms 128 MB true
	// 50ms 128 MB false
	// 50ms 128 MB false
}

func ExampleMonth() {
	month := costs.Month{FreeTier: true}
	inv := &costs.Invocation{Region: "us-east-1", Architecture: costs.ARM64, MemoryMB: 512, Duration: 80 * time.Millisecond}
	if err := month.Add(inv, 30_000_000); err != nil {
		fmt.Println(err)
		return
	}
	cost, err := month.Cost(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range cost.Lines {
		fmt.Printf("%-22s %12.0f less %8.0f free  %v\n", line.Item, line.Quantity, line.Free, line.Cost)
	}
	fmt.Println("total", cost.Total)
	// Output:
	// lambda.duration.arm64       1200000 less   400000 free  $10.66672
	// lambda.requests            30000000 less  1000000 free  $5.8
	// total $16.46672
}
