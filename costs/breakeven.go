package costs

import "math"

// quotient divides two prices of a table.
func (p *Prices) quotient(region string, over, under Item) (float64, error) {
	a, err := p.Price(region, over)
	if err != nil {
		return 0, err
	}
	b, err := p.Price(region, under)
	if err != nil {
		return 0, err
	}
	return a.First().Float64() / b.First().Float64(), nil
}

// DynamoDBBreakEven returns the utilisation of provisioned capacity, between 0
// and 1, at which on-demand capacity costs the same:
//
//	price of a capacity unit per hour / (3,600 · price of a request unit)
//
// for writes. In us-east-1 it is 28.9 %: a table that uses less of what it
// provisions is cheaper on demand, one that uses more is dearer, up to 3.46
// times. On-demand saves the share 1 - u/breakEven at utilisation u, so 60 % only
// below 11.6 %.
func (p *Prices) DynamoDBBreakEven(region string) (float64, error) {
	ratio, err := p.quotient(region, DynamoDBWriteCapacityHours, DynamoDBWrites)
	return ratio / 3600, err
}

// ProvisionedConcurrencyBreakEven returns the utilisation of provisioned
// concurrency, between 0 and 1, above which it costs less than running on demand:
//
//	price provisioned / (price on demand - price of duration when provisioned)
//
// all per GB-second. In us-east-1 it is 60 %. Below, it buys latency.
func (p *Prices) ProvisionedConcurrencyBreakEven(region string, a Architecture) (float64, error) {
	onDemand, ok := durationItem(a, OnDemand)
	if !ok {
		return 0, &InvocationError{Field: "Architecture", Rule: "must be x86_64 or arm64", Value: a}
	}
	running, _ := durationItem(a, ProvisionedConcurrency)
	provisioned := LambdaProvisionedX86
	if a == ARM64 {
		provisioned = LambdaProvisionedARM64
	}
	var prices [3]USD
	for i, item := range []Item{provisioned, onDemand, running} {
		price, err := p.Price(region, item)
		if err != nil {
			return 0, err
		}
		prices[i] = price.First()
	}
	return prices[0].Float64() / prices[1].Sub(prices[2]).Float64(), nil
}

// ARM64BreakEven returns how many times as long an invocation may take on arm64
// before its compute costs more than on x86_64:
//
//	price of x86_64 / price of arm64
//
// It is 1.25 where arm64 is a fifth cheaper. The request costs the same on both.
func (p *Prices) ARM64BreakEven(region string) (float64, error) {
	return p.quotient(region, LambdaDurationX86, LambdaDurationARM64)
}

// StorageSaving returns the share of the storage charge that another class
// saves, before transition, retrieval and minimum durations:
//
//	1 - price of to / price of from
//
// From S3Standard to S3StandardIA it is 45.7 %; a half takes a Glacier class.
func (p *Prices) StorageSaving(region string, from, to Item) (float64, error) {
	ratio, err := p.quotient(region, to, from)
	return 1 - ratio, err
}

// TransitionBreakEven returns the size in bytes of an object that repays its
// transition to another class within the given number of months:
//
//	price of transition / ((price of from - price of to) · months)
//
// rounded up. Smaller objects cost more to move than they save. From S3Standard
// to S3StandardIA within a month it is 1,022,612 bytes. It is the largest
// possible size, [math.MaxInt64], when the class is not cheaper or months is not
// positive.
func (p *Prices) TransitionBreakEven(region string, from, to, transition Item, months float64) (int64, error) {
	var prices [3]float64
	for i, item := range []Item{from, to, transition} {
		price, err := p.Price(region, item)
		if err != nil {
			return 0, err
		}
		prices[i] = price.First().Float64()
	}
	saved := (prices[0] - prices[1]) * months
	if !(saved > 0) {
		return math.MaxInt64, nil
	}
	return int64(math.Ceil(prices[2] / saved * (1 << 30))), nil
}
