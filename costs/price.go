package costs

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sentinels of the price table. Both arrive inside a [*PriceError].
var (
	// ErrUnknownRegion is the answer for a region the table has no row for.
	ErrUnknownRegion = errors.New("unknown region")
	// ErrUnknownPrice is the answer for a region that is known and an item that
	// is not, or for a quantity beyond the tiers the table knows.
	ErrUnknownPrice = errors.New("unknown price")
)

// A PriceError says which price is missing. It wraps [ErrUnknownRegion] or
// [ErrUnknownPrice].
type PriceError struct {
	// Region is the region that was asked for.
	Region string
	// Item is the item that was asked for.
	Item Item
	// Err is the sentinel.
	Err error
}

// Error names the region, the item and the rule.
func (e *PriceError) Error() string {
	return fmt.Sprintf("costs: price of %s in %q: %v", e.Item, e.Region, e.Err)
}

// Unwrap returns the sentinel.
func (e *PriceError) Unwrap() error { return e.Err }

// A Price is what one unit of an item costs, by the quantity of a month.
type Price struct {
	// Tiers are in rising order of From; the first starts at 0.
	Tiers []Tier
	// Limit is the quantity up to which the tiers are known; 0 means without
	// end. Asking for the cost of more is [ErrUnknownPrice], because a known
	// first tier says nothing about the next.
	Limit int64
}

// A Tier is the price of the units from its start to the next tier's.
type Tier struct {
	// From is the number of units in the month below this tier.
	From int64
	// USD is the price of one unit.
	USD USD
}

// First returns the price of the first unit, zero if there are no tiers. Single
// invocations are priced with it: which tier an account is in is a fact about
// its month, not about an invocation.
func (p Price) First() USD {
	if len(p.Tiers) == 0 {
		return USD{}
	}
	return p.Tiers[0].USD
}

// Cost returns the cost of quantity/per units, with the tiers of a month that
// starts at zero. Quantity and per carry fractions exactly: b bytes priced by
// the gigabyte are Cost(b, 1<<30). A negative quantity costs nothing.
//
// ok is false when the quantity passes Limit.
func (p Price) Cost(quantity, per int64) (cost USD, ok bool) {
	if quantity <= 0 {
		return USD{}, true
	}
	whole, part := quantity/per, quantity%per
	if p.Limit > 0 && (whole > p.Limit || whole == p.Limit && part > 0) {
		return USD{}, false
	}
	for i, tier := range p.Tiers {
		end := quantity
		if i+1 < len(p.Tiers) {
			end = min(end, p.Tiers[i+1].From*per)
		}
		if units := end - tier.From*per; units > 0 {
			cost = cost.Add(tier.USD.MulDiv(units, per))
		}
	}
	return cost, true
}

// Prices is a table of prices by region and item, as they were on one date. The
// zero value is an empty table. It is safe for concurrent use as long as nobody
// calls Set or Load.
type Prices struct {
	// Date is the day the prices were read.
	Date time.Time
	// Source says where they were read.
	Source string

	regions map[string]map[Item]Price
}

//go:embed prices.csv
var pricesCSV string

// DefaultPrices returns the embedded table: a new copy that the caller may
// change. Building it takes some tens of microseconds; keep it.
//
// Every region with Lambda duration prices is listed by [Prices.Regions];
// other services are known for us-east-1 only. What is not in the table is an
// error and never a default; add it with [Prices.Set] or [Prices.Load].
func DefaultPrices() *Prices {
	p, err := parsePrices(pricesCSV)
	if err != nil {
		panic("costs: embedded price table: " + err.Error()) // a test reads every row
	}
	return p
}

// Price returns the price of item in region, or a [*PriceError].
func (p *Prices) Price(region string, item Item) (Price, error) {
	items, ok := p.regions[region]
	if !ok {
		return Price{}, &PriceError{Region: region, Item: item, Err: ErrUnknownRegion}
	}
	price, ok := items[item]
	if !ok {
		return Price{}, &PriceError{Region: region, Item: item, Err: ErrUnknownPrice}
	}
	return price, nil
}

// Set adds or replaces one price. The price must have a tier that starts at 0,
// rising starts, and nothing negative.
func (p *Prices) Set(region string, item Item, price Price) error {
	if region == "" || item == "" {
		return errors.New("costs: set price: region and item must not be empty")
	}
	for i, tier := range price.Tiers {
		rising := i == 0 && tier.From == 0 || i > 0 && tier.From > price.Tiers[i-1].From
		if !rising || tier.USD.Cmp(USD{}) < 0 {
			return fmt.Errorf("costs: set price of %s in %q: tiers must start at 0, rise and not be negative", item, region)
		}
	}
	if len(price.Tiers) == 0 || price.Limit < 0 {
		return fmt.Errorf("costs: set price of %s in %q: needs a tier and a limit of at least 0", item, region)
	}
	if p.regions == nil {
		p.regions = make(map[string]map[Item]Price)
	}
	if p.regions[region] == nil {
		p.regions[region] = make(map[Item]Price)
	}
	p.regions[region][item] = Price{Tiers: slices.Clone(price.Tiers), Limit: price.Limit}
	return nil
}

// Regions returns the regions of the table in alphabetical order.
func (p *Prices) Regions() []string {
	return slices.Sorted(maps.Keys(p.regions))
}

// Items returns the items known in a region in alphabetical order.
func (p *Prices) Items(region string) []Item {
	return slices.Sorted(maps.Keys(p.regions[region]))
}

// cost prices a quantity at the first tier.
func (p *Prices) cost(region string, item Item, quantity, per int64) (USD, error) {
	if quantity == 0 {
		return USD{}, nil // needs no price, so a missing one is no error
	}
	price, err := p.Price(region, item)
	if err != nil {
		return USD{}, err
	}
	return price.First().MulDiv(quantity, per), nil
}

// monthly prices a month's quantity through the tiers.
func (p *Prices) monthly(region string, item Item, quantity, per int64) (USD, error) {
	if quantity <= 0 {
		return USD{}, nil
	}
	price, err := p.Price(region, item)
	if err != nil {
		return USD{}, err
	}
	cost, ok := price.Cost(quantity, per)
	if !ok {
		return USD{}, &PriceError{Region: region, Item: item, Err: ErrUnknownPrice}
	}
	return cost, nil
}

// parsePrices reads the embedded form: comment lines, "date" and "source" lines,
// and rows "item,regions,from,price" where regions are separated by spaces and
// the price "?" ends what is known.
func parsePrices(text string) (*Prices, error) {
	p := &Prices{regions: make(map[string]map[Item]Price)}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, ",")
		if err := p.parseRow(fields); err != nil {
			return nil, fmt.Errorf("row %q: %w", line, err)
		}
	}
	return p, nil
}

func (p *Prices) parseRow(fields []string) (err error) {
	switch {
	case fields[0] == "date" && len(fields) == 2:
		p.Date, err = time.Parse(time.DateOnly, fields[1])
		return err
	case fields[0] == "source":
		p.Source = strings.Join(fields[1:], ",")
		return nil
	case len(fields) != 4:
		return errors.New("needs four fields")
	}
	from, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return err
	}
	for region := range strings.FieldsSeq(fields[1]) {
		price := p.regions[region][Item(fields[0])]
		if fields[3] == "?" {
			price.Limit = from
		} else {
			usd, err := ParseUSD(fields[3])
			if err != nil {
				return err
			}
			price.Tiers = append(price.Tiers, Tier{From: from, USD: usd})
		}
		if err := p.Set(region, Item(fields[0]), price); err != nil {
			return err
		}
	}
	return nil
}
