package dynamotest

// emptyShape is the shape of a request without members.
var emptyShape = inputShape()

// describeEndpoints is DescribeEndpoints. The address is DynamoDB's own: an SDK
// that is pointed at the fake does not follow it.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html
func describeEndpoints(*request) (any, error) {
	type endpoint struct {
		Address              string
		CachePeriodInMinutes int
	}
	return map[string][]endpoint{"Endpoints": {{Address: "dynamodb." + Region + ".amazonaws.com", CachePeriodInMinutes: 1440}}}, nil
}

// describeLimits is DescribeLimits. It answers the limits of a new account,
// which the fake does not enforce.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#default-limits-throughput-capacity-modes
func describeLimits(*request) (any, error) {
	const account, table = 80_000, 40_000
	return map[string]int{
		"AccountMaxReadCapacityUnits": account, "AccountMaxWriteCapacityUnits": account,
		"TableMaxReadCapacityUnits": table, "TableMaxWriteCapacityUnits": table,
	}, nil
}
