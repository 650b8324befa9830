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

// The names that AWS gives to the usage of each service.
func TestLoadKnowsTheServices(t *testing.T) {
	for code, lines := range map[string]map[string]costs.Item{
		"AmazonDynamoDB": {
			"EU-ReadRequestUnits||": costs.DynamoDBReads, "EU-WriteRequestUnits||": costs.DynamoDBWrites,
			"EU-IA-ReadRequestUnits||": costs.DynamoDBReadsIA, "EU-IA-WriteRequestUnits||": costs.DynamoDBWritesIA,
			"EU-ReadCapacityUnit-Hrs||": costs.DynamoDBReadCapacityHours, "EU-WriteCapacityUnit-Hrs||": costs.DynamoDBWriteCapacityHours,
			"EU-TimedStorage-ByteHrs||": costs.DynamoDBStorageMonths, "EU-IA-TimedStorage-ByteHrs||": costs.DynamoDBStorageIAMonths,
			"EU-TimedPITRStorage-ByteHrs||": costs.DynamoDBPointInTimeRecovery, "EU-TimedBackupStorage-ByteHrs||": costs.DynamoDBBackup,
			"EU-RestoreDataSize-Bytes||": costs.DynamoDBRestore, "EU-Streams-Requests|DDB-StreamsReadRequests|": costs.DynamoDBStreamReads,
		},
		"AmazonApiGateway": {
			"USE1-ApiGatewayRequest||": costs.APIGatewayREST, "USE1-ApiGatewayHttpRequest||ApiGatewayHttpApi": costs.APIGatewayHTTP,
			"USE1-ApiGatewayMessage||": costs.APIGatewayWebSocketMessages, "USE1-ApiGatewayMinute||": costs.APIGatewayWebSocketMinutes,
		},
		"AmazonCloudWatch": {
			"CW:Requests||":           costs.CloudWatchPutMetricData,
			"CW:MetricMonitorUsage||": costs.CloudWatchMetricMonths, "USE1-CW:AlarmMonitorUsage||": costs.CloudWatchAlarms,
			"USE1-CW:HighResAlarmMonitorUsage||": costs.CloudWatchHighResAlarms, "USE1-DataProcessing-Bytes||": costs.CloudWatchLogs,
			"USE1-TimedStorage-ByteHrs||": costs.CloudWatchLogStorage, "USE1-DataScanned-Bytes||": costs.CloudWatchLogQueries,
		},
		"AmazonS3": {
			"TimedStorage-ByteHrs||": costs.S3Standard, "TimedStorage-SIA-ByteHrs||": costs.S3StandardIA,
			"TimedStorage-ZIA-ByteHrs||": costs.S3OneZoneIA, "TimedStorage-GIR-ByteHrs||": costs.S3GlacierInstant,
			"TimedStorage-GlacierByteHrs||": costs.S3GlacierFlexible, "TimedStorage-GDA-ByteHrs||": costs.S3GlacierDeepArchive,
			"Requests-Tier1||": costs.S3Puts, "Requests-Tier2||": costs.S3Gets, "Requests-SIA-Tier1||": costs.S3PutsIA,
			"Retrieval-SIA||": costs.S3RetrievalIA, "Requests-Tier4||S3-SIATransition": costs.S3TransitionsIA,
			"Requests-Tier3||S3-GlacierTransition": costs.S3TransitionsFlexible, "Requests-Tier3||S3-GDATransition": costs.S3TransitionsDeep,
		},
		"AmazonCloudFront": {
			"US-DataTransfer-Out-Bytes||": costs.CloudFrontBytes, "US-Requests-Tier1||": costs.CloudFrontHTTPRequests,
			"US-Requests-Tier2-HTTPS||": costs.CloudFrontHTTPSRequests,
		},
		"AWSDataTransfer": {"DataTransfer-Out-Bytes||": costs.DataTransferOut},
		"AmazonSNS":       {"Requests-Tier1||": costs.SNSPublishes},
		"AWSQueueService": {"Requests-RBP||": costs.SQSRequests, "Requests-FIFO-RBP||": costs.SQSFIFORequests},
		"AWSEvents": {
			"USE1-Event-64K-Chunks||PutEvents": costs.EventBridgeEvents, "USE1-Request-64K-Chunks||PipeRequest": costs.EventBridgePipes,
			"USE1-ScheduledInvocation||Invocation": costs.EventBridgeScheduler, "USE1-ArchivedEvents-Bytes||": costs.EventBridgeArchive,
			"USE1-TimedStorage-ByteHrs||": costs.EventBridgeArchiveMonths,
		},
	} {
		file := []string{"us-east-1|Other-Usage|||0=9", "us-east-1|Requests-Tier4||S3-GIRTransition|0=9", "us-east-1|EU-DataTransfer-Out-OBytes|||0=9"}
		want := make(map[costs.Item]string)
		for line, item := range lines {
			price := fmt.Sprintf("0.%d", len(file))
			file, want[item] = append(file, "us-east-1|"+line+"|0="+price), price
		}
		var prices costs.Prices
		n, err := prices.Load(strings.NewReader(offerFile(code, file...)))
		require.NoError(t, err, code)
		require.Equal(t, len(want), n, code)
		for item, price := range want {
			got, err := prices.Price("us-east-1", item)
			require.NoError(t, err, item)
			require.Equal(t, usd(t, price), got.First(), item)
		}
	}
}

// Data transfer has no region but one that it comes from, and CloudFront none.
func TestLoadFindsTheRegionOfWhatCrossesRegions(t *testing.T) {
	var prices costs.Prices
	for _, file := range []string{
		strings.ReplaceAll(offerFile("AWSDataTransfer", "eu-west-1|EU-DataTransfer-Out-Bytes|||0=0.09 10240=0.085"), "regionCode", "fromRegionCode"),
		offerFile("AmazonCloudFront", "|US-DataTransfer-Out-Bytes|||0=0.085"),
	} {
		_, err := prices.Load(strings.NewReader(file))
		require.NoError(t, err)
	}
	require.Equal(t, "$90000", million(t, &prices, "eu-west-1", costs.DataTransferOut))
	require.Equal(t, "$85000", million(t, &prices, "us-east-1", costs.CloudFrontBytes))
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
