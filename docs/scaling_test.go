// Package docs_test holds the figures of the documentation to the code.
package docs_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

// A request of the marketplace, and what one of them takes. Reads and writes are
// DynamoDB request units; the reads of a gig are those of a miss.
type request struct {
	name          string
	share         float64
	milliseconds  int
	reads, writes float64
	safety        float64 // of the writes: idempotency records, outbox, limiter
}

var requests = []request{
	{"read a gig", 0.70, 5, 0.5, 0, 0},
	{"list open gigs", 0.20, 15, 1.5, 0, 0},
	{"change a gig", 0.05, 20, 0.5, 2, 0},
	{"apply", 0.03, 20, 0.5, 4, 2},
	{"post a gig", 0.01, 20, 0, 4, 2},
	{"register", 0.01, 25, 0, 8, 6},
}

// The requests that the page speaks of by name.
var read, list, change, post, register = requests[0], requests[1], requests[2], requests[4], requests[5]

// What the page assumes besides.
const (
	memoryMB        = 256
	gigs            = 100_000          // that are read, by Zipf's law
	cacheSeconds    = 30               // a gig lives in an environment's cache
	perEnvironment  = 10               // requests a second, Lambda's limit
	logBytes        = 264 + 200        // Lambda's own lines, and one of ours
	responseBytes   = 2 << 10          // to the client
	fanOutMS        = 40               // the four handlers behind a registration
	fanOutWrites    = 9                // theirs, idempotency records included
	fanOutSafety    = 6                // those
	batchMS         = 200              // ten e-mails, in parallel
	secondsPerMonth = 30 * 24 * 3600.0 // prices have monthly tiers
	region          = "us-east-1"
)

// average returns the mean of f over the requests.
func average(f func(request) float64) float64 {
	var sum float64
	for _, r := range requests {
		sum += r.share * f(r)
	}
	return sum
}

// A load is what a rate of requests asks of each service, a second.
type load struct {
	rate         float64 // requests
	environments float64 // at work on them
	hits         float64 // share of the reads of gigs
	reads        float64 // DynamoDB request units
	writes       float64
	indexWrites  float64 // of the one partition of open gigs
	indexReads   float64
	hottest      float64 // reads of the most popular gig that reach the table
	events       float64
	batches      float64 // of e-mails
}

func loadAt(rate float64) load {
	l := load{rate: rate}
	busy := rate * average(func(r request) float64 { return float64(r.milliseconds) }) / 1000
	l.environments = math.Ceil(max(busy, rate/perEnvironment))
	perSecond := rate * read.share / l.environments
	l.hits = zipfHits(perSecond, cacheSeconds)
	l.reads = rate * (average(func(r request) float64 { return r.reads }) - read.share*read.reads*l.hits)
	l.events = rate * register.share
	l.writes = rate*average(func(r request) float64 { return r.writes }) + l.events*fanOutWrites
	l.indexWrites = rate * (change.share + post.share)
	l.indexReads = rate * list.share * list.reads
	top := perSecond * zipf(1)
	l.hottest = l.environments * top * (1 - hitRate(top, cacheSeconds))
	l.batches = l.events / min(10, max(1, l.events))
	return l
}

// month returns the bill of a month at a constant load.
func (l load) month(t *testing.T) costs.MonthCost {
	t.Helper()
	var m costs.Month
	n := l.rate * secondsPerMonth
	for _, r := range requests {
		require.NoError(t, m.Add(invocation(r.milliseconds), int64(n*r.share)))
	}
	require.NoError(t, m.Add(invocation(fanOutMS), int64(l.events*secondsPerMonth)))
	require.NoError(t, m.Add(invocation(batchMS), int64(l.batches*secondsPerMonth)))
	for item, perSecond := range map[costs.Item]float64{
		costs.APIGatewayHTTP:       l.rate,
		costs.DynamoDBReads:        l.reads,
		costs.DynamoDBWrites:       l.writes,
		costs.EventBridgeEvents:    l.events,
		costs.SQSRequests:          l.events + 2*l.batches,
		costs.CloudWatchLambdaLogs: l.rate * logBytes / (1 << 30),
		costs.DataTransferOut:      l.rate * responseBytes / (1 << 30),
	} {
		require.NoError(t, m.AddUse(region, item, perSecond*secondsPerMonth))
	}
	cost, err := m.Cost(nil)
	require.NoError(t, err)
	return cost
}

func invocation(milliseconds int) *costs.Invocation {
	return &costs.Invocation{
		Region: region, Architecture: costs.ARM64, MemoryMB: memoryMB,
		Duration: time.Duration(milliseconds) * time.Millisecond,
	}
}

// TestScalingPage writes the tables of scaling.md with UPDATE=1, and otherwise
// compares them.
func TestScalingPage(t *testing.T) {
	page, err := os.ReadFile("scaling.md")
	require.NoError(t, err)
	text := string(page)
	for name, table := range map[string]string{
		"requests": requestTable(), "load": loadTable(), "cost": costTable(t), "ramp": rampTable(), "index": indexTable(),
	} {
		between := regexp.MustCompile(`(?s)(<!-- ` + name + ` -->\n).*?(<!-- end -->)`)
		require.True(t, between.MatchString(text), "the page has no table %s", name)
		text = between.ReplaceAllString(text, "${1}"+table+"${2}")
	}
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile("scaling.md", []byte(text), 0o644))
	}
	require.Equal(t, text, string(page), "the figures have changed: UPDATE=1 go test ./docs, then read the text around them")
}

func requestTable() string {
	var b strings.Builder
	b.WriteString("| request | share | billed | reads | writes |\n| --- | ---: | ---: | ---: | ---: |\n")
	for _, r := range requests {
		fmt.Fprintf(&b, "| %s | %.0f %% | %d ms | %s | %s |\n", r.name, 100*r.share, r.milliseconds, units(r.reads), units(r.writes))
	}
	return b.String()
}

func units(f float64) string {
	if f == 0 {
		return ""
	}
	return fmt.Sprintf("%g", f)
}

var rates = []float64{1, 1000, 100_000}

// loadTable has a row for each figure and a column for each rate.
func loadTable() string {
	var b strings.Builder
	b.WriteString("| a second | 1 | 1,000 | 100,000 |\n| --- | ---: | ---: | ---: |\n")
	row := func(name string, figure func(load) string) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, rate := range rates {
			fmt.Fprintf(&b, " %s |", figure(loadAt(rate)))
		}
		b.WriteString("\n")
	}
	row("execution environments at work", func(l load) string { return number(l.environments) })
	row("hits of the cache, of the reads of gigs", func(l load) string { return fmt.Sprintf("%.0f %%", 100*l.hits) })
	row("DynamoDB read units", func(l load) string { return number(l.reads) })
	row("DynamoDB write units", func(l load) string { return number(l.writes) })
	row("reads of the most popular gig that reach its partition", func(l load) string { return number(l.hottest) })
	row("write units of the index partition of open gigs", func(l load) string { return number(l.indexWrites) })
	row("read units of that partition", func(l load) string { return number(l.indexReads) })
	row("events", func(l load) string { return number(l.events) })
	row("batches of e-mails", func(l load) string { return number(l.batches) })
	return b.String()
}

// number writes a figure with two digits that matter below 10, and with commas.
func number(f float64) string {
	if f < 10 {
		return fmt.Sprintf("%.2g", f)
	}
	digits := fmt.Sprintf("%.0f", f)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func costTable(t *testing.T) string {
	t.Helper()
	groups := []struct {
		name  string
		items []string
	}{
		{"API Gateway, HTTP API", []string{"apigateway."}},
		{"Lambda, requests", []string{"lambda.requests"}},
		{"Lambda, time", []string{"lambda.duration"}},
		{"DynamoDB, reads", []string{"dynamodb.reads"}},
		{"DynamoDB, writes", []string{"dynamodb.writes"}},
		{"EventBridge and SQS", []string{"eventbridge.", "sqs."}},
		{"logs", []string{"cloudwatch."}},
		{"bytes to the clients", []string{"data-transfer."}},
	}
	var b strings.Builder
	b.WriteString("| USD a day | 1 | 1,000 | 100,000 |\n| --- | ---: | ---: | ---: |\n")
	totals := make([]float64, len(rates))
	for _, g := range groups {
		fmt.Fprintf(&b, "| %s |", g.name)
		for i, rate := range rates {
			day := sum(loadAt(rate).month(t), g.items).Float64() / 30
			totals[i] += day
			fmt.Fprintf(&b, " %s |", dollars(day))
		}
		b.WriteString("\n")
	}
	b.WriteString("| **together** |")
	for i, rate := range rates {
		require.InEpsilon(t, loadAt(rate).month(t).Total.Float64()/30, totals[i], 1e-9, "a line is in no group")
		fmt.Fprintf(&b, " **%s** |", dollars(totals[i]))
	}
	b.WriteString("\n| per million requests |")
	for i, rate := range rates {
		fmt.Fprintf(&b, " %s |", dollars(totals[i]/(rate*86400)*1e6))
	}
	b.WriteString("\n")
	return b.String()
}

func sum(m costs.MonthCost, prefixes []string) costs.USD {
	var total costs.USD
	for _, line := range m.Lines {
		for _, prefix := range prefixes {
			if strings.HasPrefix(string(line.Item), prefix) {
				total = total.Add(line.Cost)
			}
		}
	}
	return total
}

func dollars(f float64) string {
	if f < 100 {
		return fmt.Sprintf("%.2f", f)
	}
	return number(f)
}

// TestScalingText holds the sentences to the figures.
func TestScalingText(t *testing.T) {
	most := loadAt(100_000)
	busy := most.rate * average(func(r request) float64 { return float64(r.milliseconds) }) / 1000
	require.InDelta(t, 855, busy, 1)
	holds(t, "take 9 ms on average, so 100,000 of them a second keep fewer than 900 processors busy and still need 10,000 environments")
	holds(t, fmt.Sprintf("10,000 environments read it %s times a second in place of %s",
		number(most.hottest), number(most.rate*read.share*zipf(1))))
	holds(t, fmt.Sprintf("**%s and %s needed** by the index", number(most.indexWrites), number(most.indexReads)))
	holds(t, fmt.Sprintf("**%s and %s needed** | a quota increase", number(most.writes), number(most.reads)))

	safe := most.rate*average(func(r request) float64 { return r.safety }) + most.events*fanOutSafety
	holds(t, fmt.Sprintf("%.0f %% of them are what makes repetition safe", 100*safe/most.writes))

	breakEven, err := costs.DefaultPrices().DynamoDBBreakEven(region)
	require.NoError(t, err)
	holds(t, fmt.Sprintf("provisioned below %.1f %% utilisation", 100*breakEven))
	holds(t, fmt.Sprintf("at 70 %% utilisation, would save %.0f %%", 100*(1-breakEven/0.7)))

	metric, err := costs.DefaultPrices().Price(region, costs.CloudWatchPutMetricData)
	require.NoError(t, err)
	each := metric.Tiers[0].USD.Mul(100_000 * 86_400).Float64()
	holds(t, fmt.Sprintf("%s USD a day, six times everything above", number(each)))
	require.InDelta(t, 6, each/(most.month(t).Total.Float64()/30), 0.5)
}

// holds checks that the page says something.
func holds(t *testing.T, sentence string) {
	t.Helper()
	page, err := os.ReadFile("scaling.md")
	require.NoError(t, err)
	require.Contains(t, strings.Join(strings.Fields(string(page)), " "), sentence)
}
