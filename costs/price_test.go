package costs_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

// million is the price of a million units, as price pages state it.
func million(tb testing.TB, p *costs.Prices, region string, item costs.Item) string {
	tb.Helper()
	price, err := p.Price(region, item)
	require.NoError(tb, err)
	return price.First().Mul(1_000_000).String()
}

// Prices as published at https://aws.amazon.com/lambda/pricing/.
func TestLambdaPricesToTheLastDigit(t *testing.T) {
	prices := costs.DefaultPrices()
	require.Equal(t, time.Date(2026, 9, 28, 0, 0, 0, 0, time.UTC), prices.Date)

	for _, want := range []struct{ region, x86, arm, requests string }{
		{"us-east-1", "$16.6667", "$13.3334", "$0.2"},
		{"eu-west-1", "$16.6667", "$13.3334", "$0.2"},
		{"eu-central-1", "$16.6667", "$13.3334", "$0.2"},
		{"ap-northeast-1", "$16.6667", "$13.3334", "$0.2"},
		{"ap-south-1", "$16.6667", "$13.3334", "$0.2"},
		{"ap-southeast-1", "$16.6667", "$13.3334", "$0.2"},
		{"ap-southeast-2", "$16.6667", "$13.3334", "$0.2"},
		{"ca-central-1", "$16.6667", "$13.3334", "$0.2"},
		{"eu-west-2", "$16.6667", "$13.3334", "$0.2"},
		{"eu-west-3", "$16.6667", "$13.3334", "$0.2"},
		{"eu-south-1", "$19.5172", "$15.6138", "$0.23"},
		{"af-south-1", "$22.1", "$17.68", "$0.27"},
		{"ap-east-1", "$22.92", "$18.3", "$0.28"},
		{"ap-southeast-5", "$15", "$12", "$0.18"},
		{"me-south-1", "$20.6667", "$16.5334", "$0.25"},
	} {
		require.Equal(t, want.x86, million(t, prices, want.region, costs.LambdaDurationX86), want.region)
		require.Equal(t, want.arm, million(t, prices, want.region, costs.LambdaDurationARM64), want.region)
		require.Equal(t, want.requests, million(t, prices, want.region, costs.LambdaRequests), want.region)
	}
	require.Len(t, prices.Regions(), 18)
	require.Equal(t, "$20.6667", million(t, prices, "me-central-1", costs.LambdaDurationX86))
	require.Equal(t, "$18.3334", million(t, prices, "eu-central-2", costs.LambdaDurationX86))
	require.Equal(t, "$17.5", million(t, prices, "il-central-1", costs.LambdaDurationX86))
}

func TestOtherPricesToTheLastDigit(t *testing.T) {
	prices := costs.DefaultPrices()
	for item, want := range map[costs.Item]string{
		costs.LambdaProvisionedX86:           "$4.1667",
		costs.LambdaProvisionedARM64:         "$3.3334",
		costs.LambdaProvisionedDurationX86:   "$9.7222",
		costs.LambdaProvisionedDurationARM64: "$7.7778",
		costs.LambdaStorage:                  "$0.0309",
		costs.LambdaResponseBytes:            "$8000",
		costs.LambdaSnapStartCache:           "$1.5046",
		costs.LambdaSnapStartRestore:         "$139.7998",
		costs.LambdaDurableOperations:        "$8",
		costs.LambdaTenantIsolationX86:       "$166.667",
		costs.LambdaTenantIsolationARM64:     "$133.333",
		costs.LambdaEdgeRequests:             "$0.6",
		costs.LambdaEdgeDuration:             "$50.01",
		costs.LambdaSavingsPlanX86:           "$14.7",
		costs.LambdaSavingsPlanARM64:         "$11.7",
		costs.LambdaSavingsPlanPaidX86:       "$13.8",
		costs.LambdaSavingsPlanPaidARM64:     "$11.1",
		costs.DynamoDBReads:                  "$0.125",
		costs.DynamoDBWrites:                 "$0.625",
		costs.DynamoDBReadsIA:                "$0.155",
		costs.DynamoDBWritesIA:               "$0.78",
		costs.DynamoDBStreamReads:            "$0.2",
		costs.EventBridgeEvents:              "$1",
		costs.SQSRequests:                    "$0.4",
		costs.SQSFIFORequests:                "$0.5",
		costs.SNSPublishes:                   "$0.5",
		costs.APIGatewayREST:                 "$3.5",
		costs.APIGatewayHTTP:                 "$1",
		costs.CloudWatchPutMetricData:        "$10",
		costs.S3Puts:                         "$5",
		costs.CloudFrontHTTPSRequests:        "$1",
	} {
		require.Equal(t, want, million(t, prices, "us-east-1", item), item)
	}
}

func TestEveryEmbeddedPriceIsReadable(t *testing.T) {
	prices := costs.DefaultPrices()
	for _, region := range prices.Regions() {
		for _, item := range prices.Items(region) {
			price, err := prices.Price(region, item)
			require.NoError(t, err)
			require.Equal(t, 1, price.First().Cmp(costs.USD{}), "%s in %s must cost something", item, region)
		}
	}
}

func TestUnknownPricesAreErrors(t *testing.T) {
	prices := costs.DefaultPrices()

	_, err := prices.Price("mars-north-1", costs.LambdaRequests)
	require.ErrorIs(t, err, costs.ErrUnknownRegion)
	var missing *costs.PriceError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "mars-north-1", missing.Region)

	_, err = prices.Price("eu-west-1", costs.SQSRequests)
	require.ErrorIs(t, err, costs.ErrUnknownPrice)

	_, err = new(costs.Prices).Price("us-east-1", costs.LambdaRequests)
	require.ErrorIs(t, err, costs.ErrUnknownRegion)
}

func TestPricesCanBeOverridden(t *testing.T) {
	prices := costs.DefaultPrices()
	own := costs.Price{Tiers: []costs.Tier{{USD: usd(t, "0.00000044")}}}
	require.NoError(t, prices.Set("eu-west-1", costs.SQSRequests, own))
	require.Equal(t, "$0.44", million(t, prices, "eu-west-1", costs.SQSRequests))

	_, err := costs.DefaultPrices().Price("eu-west-1", costs.SQSRequests)
	require.ErrorIs(t, err, costs.ErrUnknownPrice, "the embedded table must not change")
}

func TestSetRefusesWhatIsNoPrice(t *testing.T) {
	tier := func(from int64, price string) costs.Tier { return costs.Tier{From: from, USD: usd(t, price)} }
	prices := new(costs.Prices)
	for _, bad := range []costs.Price{
		{},
		{Tiers: []costs.Tier{tier(1, "1")}},
		{Tiers: []costs.Tier{tier(0, "-1")}},
		{Tiers: []costs.Tier{tier(0, "1"), tier(0, "2")}},
		{Tiers: []costs.Tier{tier(0, "1")}, Limit: -1},
	} {
		require.Error(t, prices.Set("us-east-1", costs.LambdaRequests, bad))
	}
	require.Error(t, prices.Set("", costs.LambdaRequests, costs.Price{Tiers: []costs.Tier{tier(0, "1")}}))
	require.Empty(t, prices.Regions())
}

func TestTieredCost(t *testing.T) {
	price, err := costs.DefaultPrices().Price("us-east-1", costs.APIGatewayREST)
	require.NoError(t, err)

	for _, c := range []struct {
		quantity, per int64
		want          string
	}{
		{0, 1, "$0"},
		{-5, 1, "$0"},
		{1, 1, "$0.0000035"},
		{1, 2, "$0.00000175"},
		{333_000_000, 1, "$1165.5"},
		{333_000_001, 1, "$1165.5000028"},
		{1_000_000_000, 1, "$3033.1"},   // 1165.5 + 667M · 2.80
		{21_000_000_000, 1, "$49763.1"}, // + 19,000M · 2.38 + 1,000M · 1.51
		{42_000_000_000, 2, "$49763.1"}, // the same in halves
	} {
		cost, ok := price.Cost(c.quantity, c.per)
		require.True(t, ok)
		require.Equal(t, c.want, cost.String())
	}
}

// The log tiers of 2025-05 make 60 TB of Lambda logs $12,500 a month.
func TestLambdaLogTiers(t *testing.T) {
	price, err := costs.DefaultPrices().Price("us-east-1", costs.CloudWatchLambdaLogs)
	require.NoError(t, err)
	cost, ok := price.Cost(60<<40, 1<<30)
	require.True(t, ok)
	require.Equal(t, "$12800", cost.String()) // in binary terabytes, 1.024 times the round figure
}

func TestCostBeyondKnownTiers(t *testing.T) {
	price := costs.Price{Tiers: []costs.Tier{{USD: costs.Dollars(1)}}, Limit: 10}
	cost, ok := price.Cost(20, 2)
	require.True(t, ok)
	require.Equal(t, costs.Dollars(10), cost)
	_, ok = price.Cost(21, 2)
	require.False(t, ok)
	_, ok = price.Cost(11, 1)
	require.False(t, ok)
}
