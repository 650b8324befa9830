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
func (u *usage) cost(p *Prices) (c Cost, err error) {
	duration, _ := durationItem(u.architecture, u.environment)
	parts := []struct {
		into          *USD
		item          Item
		quantity, per int64
	}{
		{&c.Compute, duration, u.memory - u.init, gbSecond},
		{&c.Init, duration, u.init, gbSecond},
		{&c.Request, LambdaRequests, u.requests, 1},
		{&c.Storage, LambdaStorage, u.storage, gbSecond},
		{&c.Restore, LambdaSnapStartRestore, u.restored, 1024},
		{&c.Streaming, LambdaResponseBytes, u.response, 1 << 30},
	}
	for _, part := range parts {
		if *part.into, err = p.cost(u.region, part.item, part.quantity, part.per); err != nil {
			return Cost{}, err
		}
	}
	return c, nil
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
