package dynamotest

// catalogue returns all operations of the fake by name.
func (f *Fake) catalogue() map[string]operation {
	return map[string]operation{
		"CreateTable":        {shape: createTableShape, run: createTable},
		"DescribeTable":      {shape: tableShape, run: describeTable},
		"DeleteTable":        {shape: tableShape, run: deleteTable},
		"ListTables":         {shape: listTablesShape, run: listTables},
		"UpdateTable":        {shape: updateTableShape, run: updateTable},
		"DescribeLimits":     {shape: emptyShape, run: describeLimits},
		"DescribeEndpoints":  {shape: emptyShape, run: describeEndpoints},
		"UpdateTimeToLive":   {shape: updateTTLShape, run: updateTimeToLive},
		"DescribeTimeToLive": {shape: tableShape, run: describeTimeToLive},
		"TagResource":        {shape: tagShape, run: tagResource},
		"UntagResource":      {shape: untagShape, run: untagResource},
		"ListTagsOfResource": {shape: listTagsShape, run: listTags},
		"ListStreams":        {shape: listStreamsShape, run: listStreams},
		"DescribeStream":     {shape: describeStreamShape, run: describeStream},
		"GetShardIterator":   {shape: getShardIteratorShape, run: getShardIterator},
		"GetRecords":         {shape: getRecordsShape, run: getRecords},
		"PutItem":            {shape: putShape, single: true, run: putItem},
		"GetItem":            {shape: getShape, run: getItem},
		"UpdateItem":         {shape: updateShape, single: true, run: updateItem},
		"DeleteItem":         {shape: deleteShape, single: true, run: deleteItem},
		"Query":              {shape: queryShape, run: query},
		"Scan":               {shape: scanShape, run: scan},
		"BatchGetItem":       {shape: batchGetShape, run: batchGetItem},
		"BatchWriteItem":     {shape: batchWriteShape, older: true, run: batchWriteItem},
		"TransactGetItems":   {shape: transactGetShape, older: true, run: transactGetItems},
		"TransactWriteItems": {shape: transactWriteShape, older: true, run: transactWriteItems},
		"ExecuteStatement":   {shape: executeStatementShape, older: true, run: executeStatement},

		"BatchExecuteStatement": {shape: batchExecuteShape, older: true, run: batchExecuteStatement},
		"ExecuteTransaction":    {shape: executeTransactionShape, older: true, run: executeTransaction},
	}
}
