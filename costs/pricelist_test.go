package costs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

// offerFile builds an offer file of the price list from lines of
// "region|usage type|group|operation|from=price from=price".
func offerFile(code string, lines ...string) string {
	var products, terms []string
	for i, line := range lines {
		f := strings.Split(line, "|")
		sku := fmt.Sprint("SKU", i)
		products = append(products, fmt.Sprintf(`%q:{"sku":%q,"productFamily":"Serverless","attributes":{"regionCode":%q,"usagetype":%q,"group":%q,"operation":%q}}`,
			sku, sku, f[0], f[1], f[2], f[3]))
		var dimensions []string
		for j, tier := range strings.Fields(f[4]) {
			from, price, _ := strings.Cut(tier, "=")
			dimensions = append(dimensions, fmt.Sprintf(`"d%d":{"unit":"u","beginRange":%q,"endRange":"Inf","pricePerUnit":{"USD":%q}}`, j, from, price))
		}
		terms = append(terms, fmt.Sprintf(`%q:{"%s.JRTCKXETXF":{"priceDimensions":{%s}}}`, sku, sku, strings.Join(dimensions, ",")))
	}
	return fmt.Sprintf(`{"formatVersion":"v1.0","offerCode":%q,"version":"20260831092318","publicationDate":"2026-08-31T09:23:18Z",
		"products":{%s},"terms":{"OnDemand":{%s}}}`, code, strings.Join(products, ","), strings.Join(terms, ","))
}

func TestLoadPriceList(t *testing.T) {
	var prices costs.Prices
	n, err := prices.Load(strings.NewReader(offerFile("AWSLambda",
		"us-west-2|USW2-Lambda-GB-Second|AWS-Lambda-Duration||6000000000=0.0000150000 0=0.0000166667 15000000000=0.0000133334",
		"us-west-2|USW2-Lambda-GB-Second-ARM|AWS-Lambda-Duration-ARM||0=0.0000133334",
		"us-west-2|USW2-Request|AWS-Lambda-Requests||0=0.0000002000",
		"us-west-2|USW2-Lambda-Edge-Request|AWS-Lambda-Edge-Requests||0=0.0000006",
		"|Global-Request|AWS-Lambda-Requests||0=0.1",
	)))
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Equal(t, time.Date(2026, 8, 31, 9, 23, 18, 0, time.UTC), prices.Date)
	require.Equal(t, "AWS price list; AWSLambda 20260831092318", prices.Source)

	price, err := prices.Price("us-west-2", costs.LambdaDurationX86)
	require.NoError(t, err)
	require.Equal(t, costs.Price{Tiers: []costs.Tier{
		{From: 0, USD: usd(t, "0.0000166667")},
		{From: 6_000_000_000, USD: usd(t, "0.000015")},
		{From: 15_000_000_000, USD: usd(t, "0.0000133334")},
	}}, price)

	inv := &costs.Invocation{Region: "us-west-2", MemoryMB: 128, Duration: 50 * ms}
	cost, err := inv.Cost(&prices)
	require.NoError(t, err)
	require.Equal(t, "$0.000000304166875", cost.Total().String())
}

func TestLoadAddsToTheTable(t *testing.T) {
	prices := costs.DefaultPrices()
	date := prices.Date
	for _, file := range []string{
		offerFile("AmazonDynamoDB", "eu-west-1|EU-WriteRequestUnits|DDB-WriteUnits||0=0.0000007",
			"eu-west-1|EU-TimedStorage-ByteHrs|||0=0 25=0.283", "eu-west-1|EU-IA-ReadRequestUnits|||0=0.0000002"),
		offerFile("AWSQueueService", "eu-west-1|EU-Requests-Tier1|SQS-APIRequest-Tier1||0=0.0000004 100000000000=0.0000003"),
		offerFile("AWSEvents", "eu-west-1|EU-Event-64K-Chunks||PutEvents|0=0.000001", "eu-west-1|EU-Event-64K-Chunks||ReceivedPartnerEvents|0=9"),
	} {
		_, err := prices.Load(strings.NewReader(file))
		require.NoError(t, err)
	}
	require.Equal(t, date, prices.Date)
	require.Equal(t, "$0.7", million(t, prices, "eu-west-1", costs.DynamoDBWrites))
	require.Equal(t, "$0.2", million(t, prices, "eu-west-1", costs.DynamoDBReadsIA))
	require.Equal(t, "$1", million(t, prices, "eu-west-1", costs.EventBridgeEvents))
	storage, err := prices.Price("eu-west-1", costs.DynamoDBStorageMonths)
	require.NoError(t, err)
	require.Equal(t, costs.Price{Tiers: []costs.Tier{{USD: usd(t, "0.283")}}}, storage, "the free 25 GB are not a tier")
	require.Equal(t, "$16.6667", million(t, prices, "eu-west-1", costs.LambdaDurationX86), "what the files do not have stays")
}

func TestLoadRefusesAndChangesNothing(t *testing.T) {
	for name, file := range map[string]string{
		"not JSON":       "price,sku",
		"other service":  offerFile("AmazonEC2", "us-east-1|BoxUsage|||0=1"),
		"no price":       offerFile("AWSLambda", "us-east-1|Request|AWS-Lambda-Requests||0=free"),
		"negative price": offerFile("AWSLambda", "us-east-1|Request|AWS-Lambda-Requests||0=-1"),
		"odd range":      offerFile("AWSLambda", "us-east-1|Request|AWS-Lambda-Requests||many=1"),
		"gap at zero":    offerFile("AWSLambda", "us-east-1|Request|AWS-Lambda-Requests||5=1"),
		"free":           offerFile("AWSLambda", "us-east-1|Request|AWS-Lambda-Requests||0=0"),
		"other currency": strings.ReplaceAll(offerFile("AWSLambda", "cn-north-1|Request|AWS-Lambda-Requests||0=1"), "USD", "CNY"),
	} {
		prices := costs.DefaultPrices()
		n, err := prices.Load(strings.NewReader(file))
		require.ErrorIs(t, err, costs.ErrPriceList, name)
		require.Zero(t, n, name)
		require.Equal(t, costs.DefaultPrices(), prices, name)
	}
}
