package costs

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// A Month adds up the usage of an account over a calendar month and prices it
// with the tiers, and the free tier where asked. Usage is kept in integers, so
// that the price of a billion invocations is exact. The zero value is an empty
// month. It is not safe for concurrent use.
type Month struct {
	// FreeTier subtracts what is free every month, not what is free in an
	// account's first year. It is one per account, or per organisation that is
	// billed together, over all its regions.
	FreeTier bool

	quantities map[priceKey]int64
	unknown    int64
}

type priceKey struct {
	region string
	item   Item
}

// ErrOverflow says that a month holds more than its integers do: some 9·10¹²
// GB-seconds.
var ErrOverflow = errors.New("usage overflows")

// Add counts n invocations like inv. Those on managed instances are counted as
// unknown; other errors are those of [Invocation.Cost] or [ErrOverflow], and
// leave the month as it was.
func (m *Month) Add(inv *Invocation, n int64) error {
	if n < 0 {
		return &InvocationError{Field: "n", Rule: "must not be negative", Value: n}
	}
	u, err := inv.usage()
	if errors.Is(err, ErrUnknownCost) {
		m.unknown += n
		return nil
	}
	if err != nil {
		return err
	}
	parts := u.parts()
	for _, part := range parts {
		if err := m.fits(priceKey{inv.Region, part.item}, part.quantity, n); err != nil {
			return err
		}
	}
	for _, part := range parts {
		m.add(priceKey{inv.Region, part.item}, part.quantity*n)
	}
	return nil
}

// AddUse counts a quantity of any item, in its unit. Fractions are kept to a
// thousandth, bytes and MB·ms exactly where the unit is made of them.
func (m *Month) AddUse(region string, item Item, quantity float64) error {
	scaled := math.Round(quantity * float64(itemScale(item)))
	if !(scaled >= 0 && scaled < math.MaxInt64) {
		return fmt.Errorf("costs: month: %g of %s: must not be negative or exceed the range", quantity, item)
	}
	key := priceKey{region, item}
	if err := m.fits(key, int64(scaled), 1); err != nil {
		return err
	}
	m.add(key, int64(scaled))
	return nil
}

// provisionedStep is what provisioned concurrency is rounded up to.
// See https://aws.amazon.com/lambda/pricing/.
const provisionedStep = 5 * time.Minute

// AddProvisioned counts concurrency that was provisioned for some time, used or
// not. The invocations in it are added with [ProvisionedConcurrency] as their
// environment.
func (m *Month) AddProvisioned(region string, a Architecture, memoryMB, concurrency int, d time.Duration) error {
	item, ok := map[Architecture]Item{X86: LambdaProvisionedX86, "": LambdaProvisionedX86, ARM64: LambdaProvisionedARM64}[a]
	switch {
	case !ok:
		return &InvocationError{Field: "Architecture", Rule: "must be x86_64 or arm64", Value: a}
	case memoryMB < minMemoryMB || memoryMB > maxMemoryMB:
		return &InvocationError{Field: "MemoryMB", Rule: "must be from 128 to 10240", Value: memoryMB}
	case concurrency < 0 || d < 0:
		return &InvocationError{Field: "Duration", Rule: "concurrency and duration must not be negative", Value: d}
	}
	steps := int64((d + provisionedStep - 1) / provisionedStep)
	one := int64(memoryMB) * provisionedStep.Milliseconds()
	key := priceKey{region, item}
	if err := m.fits(key, one*steps, int64(concurrency)); err != nil { // steps of one are at most 10^14
		return err
	}
	m.add(key, one*steps*int64(concurrency))
	return nil
}

// fits tells whether quantity·n more would still fit.
func (m *Month) fits(key priceKey, quantity, n int64) error {
	hi, lo := bits.Mul64(uint64(quantity), uint64(n))
	if hi != 0 || lo > uint64(math.MaxInt64-m.quantities[key]) {
		return fmt.Errorf("costs: month: %s in %s: %w", key.item, key.region, ErrOverflow)
	}
	return nil
}

func (m *Month) add(key priceKey, quantity int64) {
	if quantity == 0 {
		return
	}
	if m.quantities == nil {
		m.quantities = make(map[priceKey]int64)
	}
	m.quantities[key] += quantity
}

// itemScale is how many parts of a unit are counted: MB·ms of a GB-second, bytes
// of a gigabyte, MB of restored memory, else thousandths.
func itemScale(item Item) int64 {
	switch item {
	case LambdaDurationX86, LambdaDurationARM64, LambdaProvisionedX86, LambdaProvisionedARM64,
		LambdaProvisionedDurationX86, LambdaProvisionedDurationARM64, LambdaStorage:
		return gbSecond
	case LambdaResponseBytes, CloudWatchLambdaLogs, DataTransferOut, CloudFrontBytes:
		return 1 << 30
	case LambdaSnapStartRestore:
		return 1024 // MB
	}
	return 1000
}

// freeTier lists what is free each month, in units that several items may share.
// Of those the cheapest use it up first, so that a cost is never too low: AWS
// does not say how it spreads it.
var freeTier = [...]struct {
	items []Item
	units int64
}{
	{[]Item{LambdaDurationARM64, LambdaDurationX86}, 400_000},
	{[]Item{LambdaRequests}, 1_000_000},
	{[]Item{LambdaResponseBytes}, 100},
	{[]Item{SQSRequests, SQSFIFORequests}, 1_000_000},
	{[]Item{SNSPublishes}, 1_000_000},
	{[]Item{EventBridgeScheduler}, 14_000_000},
	{[]Item{CloudWatchPutMetricData}, 1_000_000},
	{[]Item{DynamoDBStorageMonths}, 25},
	{[]Item{DynamoDBReadCapacityHours}, 25 * 744}, // of a month of 31 days
	{[]Item{DynamoDBWriteCapacityHours}, 25 * 744},
	{[]Item{DataTransferOut}, 100},
}

// A MonthCost is a priced month.
type MonthCost struct {
	// Total is the sum of Lines.
	Total USD `json:"total"`
	// Lines has a line per region and item, in their order.
	Lines []MonthLine `json:"lines"`
	// Unknown counts invocations on managed instances, whose cost is not in
	// the total because nobody can know it from them.
	Unknown int64 `json:"unknown,omitempty"`
}

// A MonthLine is the usage of one item in one region.
type MonthLine struct {
	Region string `json:"region"`
	Item   Item   `json:"item"`
	// Quantity is what was used, Free what of it is in the free tier, both in
	// the unit of the item.
	Quantity float64 `json:"quantity"`
	Free     float64 `json:"free,omitempty"`
	// Cost is the price of the rest.
	Cost USD `json:"cost"`
}

// Cost prices the month. A nil table means [DefaultPrices]. The error is a
// [*PriceError] for a price that the table does not have, or for a quantity
// beyond the tiers that it knows.
//
// Tiers are those of one account in one region; accounts of an organisation pool
// theirs and so may pay less.
func (m *Month) Cost(p *Prices) (MonthCost, error) {
	if p == nil {
		p = DefaultPrices()
	}
	free := m.free()
	total := MonthCost{Unknown: m.unknown}
	for _, key := range m.keys() {
		quantity, per := m.quantities[key], itemScale(key.item)
		cost, err := p.monthly(key.region, key.item, quantity-free[key], per)
		if err != nil {
			return MonthCost{}, err
		}
		total.Total = total.Total.Add(cost)
		total.Lines = append(total.Lines, MonthLine{
			Region:   key.region,
			Item:     key.item,
			Quantity: float64(quantity) / float64(per),
			Free:     float64(free[key]) / float64(per),
			Cost:     cost,
		})
	}
	return total, nil
}

// keys returns what was used by region and item.
func (m *Month) keys() []priceKey {
	keys := make([]priceKey, 0, len(m.quantities))
	for key := range m.quantities {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b priceKey) int {
		if c := strings.Compare(a.region, b.region); c != 0 {
			return c
		}
		return strings.Compare(string(a.item), string(b.item))
	})
	return keys
}

// free spreads the free tier over the usage.
func (m *Month) free() map[priceKey]int64 {
	free := make(map[priceKey]int64)
	if !m.FreeTier {
		return free
	}
	for _, allowance := range freeTier {
		left := allowance.units * itemScale(allowance.items[0])
		for _, item := range allowance.items {
			for _, key := range m.keys() {
				if key.item == item {
					free[key] = min(left, m.quantities[key])
					left -= free[key]
				}
			}
		}
	}
	return free
}
