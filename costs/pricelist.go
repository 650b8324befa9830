package costs

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrPriceList says that a file is not an offer of AWS's price list, or holds no
// price that this package knows.
var ErrPriceList = errors.New("not a usable price list")

// offer is a file of the price list.
// See https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html.
type offer struct {
	OfferCode       string             `json:"offerCode"`
	Version         string             `json:"version"`
	PublicationDate time.Time          `json:"publicationDate"`
	Products        map[string]product `json:"products"`
	Terms           struct {
		OnDemand map[string]map[string]struct {
			PriceDimensions map[string]dimension `json:"priceDimensions"`
		} `json:"OnDemand"`
	} `json:"terms"`
}

type product struct {
	Attributes struct {
		RegionCode string `json:"regionCode"`
		FromRegion string `json:"fromRegionCode"` // of data transfer
		UsageType  string `json:"usagetype"`
		Group      string `json:"group"`
		Operation  string `json:"operation"`
	} `json:"attributes"`
}

type dimension struct {
	BeginRange   string            `json:"beginRange"`
	PricePerUnit map[string]string `json:"pricePerUnit"`
}

// offerGroups gives the item of a product by its group, where groups tell.
var offerGroups = map[string]map[string]Item{
	"AWSLambda": {
		"AWS-Lambda-Requests":                    LambdaRequests,
		"AWS-Lambda-Duration":                    LambdaDurationX86,
		"AWS-Lambda-Duration-ARM":                LambdaDurationARM64,
		"AWS-Lambda-Provisioned-Concurrency":     LambdaProvisionedX86,
		"AWS-Lambda-Provisioned-Concurrency-ARM": LambdaProvisionedARM64,
		"AWS-Lambda-Duration-Provisioned":        LambdaProvisionedDurationX86,
		"AWS-Lambda-Duration-Provisioned-ARM":    LambdaProvisionedDurationARM64,
		"AWS-Lambda-Storage-Duration":            LambdaStorage,
		"AWS-Lambda-Processed-Bytes":             LambdaResponseBytes,
	},
	"AmazonDynamoDB": {"DDB-StreamsReadRequests": DynamoDBStreamReads},
}

// offerUsageTypes gives the item of a product by its usage type, less the code of
// the region in front, such as "EUC1-". Where several operations share a usage
// type, the one that is meant follows after a slash.
var offerUsageTypes = map[string]map[string]Item{
	"AmazonDynamoDB": {
		"ReadRequestUnits":           DynamoDBReads,
		"WriteRequestUnits":          DynamoDBWrites,
		"IA-ReadRequestUnits":        DynamoDBReadsIA,
		"IA-WriteRequestUnits":       DynamoDBWritesIA,
		"ReadCapacityUnit-Hrs":       DynamoDBReadCapacityHours,
		"WriteCapacityUnit-Hrs":      DynamoDBWriteCapacityHours,
		"TimedStorage-ByteHrs":       DynamoDBStorageMonths,
		"IA-TimedStorage-ByteHrs":    DynamoDBStorageIAMonths,
		"TimedPITRStorage-ByteHrs":   DynamoDBPointInTimeRecovery,
		"TimedBackupStorage-ByteHrs": DynamoDBBackup,
		"RestoreDataSize-Bytes":      DynamoDBRestore,
	},
	"AWSQueueService": {
		"Requests-RBP":        SQSRequests, // us-east-1
		"Requests-Tier1":      SQSRequests, // elsewhere
		"Requests-FIFO-RBP":   SQSFIFORequests,
		"Requests-FIFO-Tier1": SQSFIFORequests,
	},
	"AmazonSNS": {"Requests-Tier1": SNSPublishes},
	"AWSEvents": {
		"Event-64K-Chunks/PutEvents":     EventBridgeEvents, // partner events share it
		"Request-64K-Chunks/PipeRequest": EventBridgePipes,
		"ScheduledInvocation":            EventBridgeScheduler,
		"ArchivedEvents-Bytes":           EventBridgeArchive,
		"TimedStorage-ByteHrs":           EventBridgeArchiveMonths,
	},
	"AmazonApiGateway": {
		"ApiGatewayRequest":     APIGatewayREST,
		"ApiGatewayHttpRequest": APIGatewayHTTP,
		"ApiGatewayMessage":     APIGatewayWebSocketMessages,
		"ApiGatewayMinute":      APIGatewayWebSocketMinutes,
	},
	"AmazonCloudWatch": {
		"CW:MetricMonitorUsage":       CloudWatchMetricMonths,
		"CW:Requests":                 CloudWatchPutMetricData, // and other requests at the same price
		"CW:AlarmMonitorUsage":        CloudWatchAlarms,
		"CW:HighResAlarmMonitorUsage": CloudWatchHighResAlarms,
		"DataProcessing-Bytes":        CloudWatchLogs,
		"TimedStorage-ByteHrs":        CloudWatchLogStorage,
		"DataScanned-Bytes":           CloudWatchLogQueries,
	},
	"AmazonS3": {
		"TimedStorage-ByteHrs":                S3Standard,
		"TimedStorage-SIA-ByteHrs":            S3StandardIA,
		"TimedStorage-ZIA-ByteHrs":            S3OneZoneIA,
		"TimedStorage-GIR-ByteHrs":            S3GlacierInstant,
		"TimedStorage-GlacierByteHrs":         S3GlacierFlexible,
		"TimedStorage-GDA-ByteHrs":            S3GlacierDeepArchive,
		"Requests-Tier1":                      S3Puts,
		"Requests-Tier2":                      S3Gets,
		"Requests-SIA-Tier1":                  S3PutsIA,
		"Retrieval-SIA":                       S3RetrievalIA,
		"Requests-Tier4/S3-SIATransition":     S3TransitionsIA,
		"Requests-Tier3/S3-GlacierTransition": S3TransitionsFlexible,
		"Requests-Tier3/S3-GDATransition":     S3TransitionsDeep,
	},
	"AmazonCloudFront": { // by where the viewer is; that of the United States counts as us-east-1
		"US-DataTransfer-Out-Bytes": CloudFrontBytes,
		"US-Requests-Tier1":         CloudFrontHTTPRequests,
		"US-Requests-Tier2-HTTPS":   CloudFrontHTTPSRequests,
	},
	"AWSDataTransfer": {"DataTransfer-Out-Bytes": DataTransferOut},
}

// Load reads an offer file of the AWS Price List in JSON, for one region or for
// all, and sets the on-demand prices that it has for the items of this package.
// It returns how many it set; other products are passed over. Files need no
// credentials and are at
// https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AWSLambda/current/us-east-1/index.json
// and likewise for AmazonDynamoDB, AWSQueueService, AmazonSNS, AWSEvents,
// AmazonApiGateway, AmazonCloudWatch, AmazonS3, AmazonCloudFront and AWSDataTransfer.
//
// Not found in files, since their names there are not known: API destinations of
// EventBridge and the tiers of logs from Lambda.
//
// A first tier that is free is left out and the others moved down by it, since
// [Month] applies the free tier. Date becomes the date of the file when the table
// was empty, and otherwise stays: it is that of the oldest prices.
//
// The error wraps [ErrPriceList], or is the reader's. On an error the table is
// unchanged.
func (p *Prices) Load(r io.Reader) (int, error) {
	var o offer
	if err := json.NewDecoder(r).Decode(&o); err != nil {
		return 0, fmt.Errorf("costs: load prices: %w: %w", ErrPriceList, err)
	}
	prices, err := o.prices()
	if err != nil {
		return 0, fmt.Errorf("costs: load prices: %s: %w: %w", o.OfferCode, ErrPriceList, err)
	}
	if len(prices) == 0 {
		return 0, fmt.Errorf("costs: load prices: %s: %w: no known product", o.OfferCode, ErrPriceList)
	}
	if len(p.regions) == 0 {
		p.Date, p.Source = o.PublicationDate, "AWS price list"
	}
	p.Source += "; " + o.OfferCode + " " + o.Version
	for key, price := range prices {
		if err := p.Set(key.region, key.item, price); err != nil {
			return 0, err // unreachable: prices has checked it
		}
	}
	return len(prices), nil
}

// prices returns the prices of the known products.
func (o *offer) prices() (map[priceKey]Price, error) {
	prices := make(map[priceKey]Price)
	for sku, product := range o.Products {
		key, ok := o.key(product)
		if !ok {
			continue
		}
		for _, term := range o.Terms.OnDemand[sku] {
			price, err := parseTiers(term.PriceDimensions)
			if err != nil {
				return nil, fmt.Errorf("product %s: %w", sku, err)
			}
			if len(price.Tiers) == 0 {
				continue // free, or not in dollars
			}
			if err := new(Prices).Set(key.region, key.item, price); err != nil {
				return nil, fmt.Errorf("product %s: %w", sku, err)
			}
			prices[key] = price
		}
	}
	return prices, nil
}

// key names what a product is. Products without a region are the free tier.
func (o *offer) key(p product) (priceKey, bool) {
	a := p.Attributes
	region := cmp.Or(a.RegionCode, a.FromRegion)
	if o.OfferCode == "AmazonCloudFront" {
		region = cloudFrontRegion
	}
	if region == "" {
		return priceKey{}, false
	}
	if item, ok := offerGroups[o.OfferCode][a.Group]; ok {
		return priceKey{region, item}, true
	}
	known := offerUsageTypes[o.OfferCode]
	_, local, _ := strings.Cut(a.UsageType, "-")
	for _, name := range []string{a.UsageType, local} {
		for _, name := range []string{name + "/" + a.Operation, name} {
			if item, ok := known[name]; ok {
				return priceKey{region, item}, true
			}
		}
	}
	return priceKey{}, false
}

// cloudFrontRegion is the region whose rows have the prices of CloudFront, which
// has none itself.
const cloudFrontRegion = "us-east-1"

// parseTiers reads the ranges of a price.
func parseTiers(dimensions map[string]dimension) (Price, error) {
	var price Price
	for _, d := range dimensions {
		text, ok := d.PricePerUnit["USD"]
		if !ok {
			return Price{}, nil
		}
		usd, err := ParseUSD(text)
		if err != nil {
			return Price{}, err
		}
		from, err := strconv.ParseInt(d.BeginRange, 10, 64)
		if err != nil {
			return Price{}, fmt.Errorf("begin of range %q: %w", d.BeginRange, err)
		}
		price.Tiers = append(price.Tiers, Tier{From: from, USD: usd})
	}
	slices.SortFunc(price.Tiers, func(a, b Tier) int { return cmp.Compare(a.From, b.From) })
	return withoutFreeTier(price), nil
}

func withoutFreeTier(price Price) Price {
	if len(price.Tiers) == 0 || !price.Tiers[0].USD.IsZero() {
		return price
	}
	price.Tiers = price.Tiers[1:]
	if len(price.Tiers) > 0 {
		free := price.Tiers[0].From
		for i := range price.Tiers {
			price.Tiers[i].From -= free
		}
	}
	return price
}
