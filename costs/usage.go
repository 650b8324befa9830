package costs

// usage is any number of invocations of one function as integers. Adding usage
// up and pricing it once is exact, and is the only way in which tiers and the
// free tier can be applied.
type usage struct {
	region       string
	architecture Architecture
	environment  Environment

	requests int64
	memory   int64 // MB·ms billed, INIT included
	init     int64 // MB·ms of memory that are due to INIT
	storage  int64 // MB·ms of ephemeral storage above what is free
	restored int64 // MB restored from snapshots
	response int64 // streamed bytes above what is free
}

// cost prices the usage at the first tier.
func (u *usage) cost(p *Prices) (Cost, error) {
	duration, _ := durationItem(u.architecture, u.environment)
	q := quote{prices: p, region: u.region}
	c := Cost{
		Compute:   q.cost(duration, u.memory-u.init, gbSecond),
		Init:      q.cost(duration, u.init, gbSecond),
		Request:   q.cost(LambdaRequests, u.requests, 1),
		Storage:   q.cost(LambdaStorage, u.storage, gbSecond),
		Restore:   q.cost(LambdaSnapStartRestore, u.restored, itemScale(LambdaSnapStartRestore)),
		Streaming: q.cost(LambdaResponseBytes, u.response, 1<<30),
	}
	if q.err != nil {
		return Cost{}, q.err
	}
	return c, nil
}

// quote prices several items and keeps the first error.
type quote struct {
	prices *Prices
	region string
	err    error
}

// cost prices quantity/per units at the first tier. No quantity needs no price.
func (q *quote) cost(item Item, quantity, per int64) USD {
	cost, err := q.prices.cost(q.region, item, quantity, per)
	if err != nil && q.err == nil {
		q.err = err
	}
	return cost
}

// add adds the quantities of v.
func (u *usage) add(v *usage) {
	u.requests += v.requests
	u.memory += v.memory
	u.init += v.init
	u.storage += v.storage
	u.restored += v.restored
	u.response += v.response
}

// part is a quantity of an item in parts of its unit; see itemScale.
type part struct {
	item     Item
	quantity int64
}

// parts returns the usage by item, for a month.
func (u *usage) parts() []part {
	duration, _ := durationItem(u.architecture, u.environment)
	return []part{
		{duration, u.memory},
		{LambdaRequests, u.requests * itemScale(LambdaRequests)},
		{LambdaStorage, u.storage},
		{LambdaSnapStartRestore, u.restored},
		{LambdaResponseBytes, u.response},
	}
}
