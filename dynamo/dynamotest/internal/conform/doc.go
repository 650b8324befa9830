// Package conform runs the rules that dynamotest and other DynamoDBs are held
// to. They are written in the text files of the folder rules, one file per
// subject:
//
//	== name of the rule
//	The rule in a sentence.
//	table pk:S sk:N
//	PutItem {"Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}
//	GetItem {"Key":{"pk":{"S":"a"}}}
//	=> ValidationException: The provided key element does not match the schema
//
// A line "table" makes the table $T with a partition key, perhaps a sort key,
// further attribute definitions after a plus sign and perhaps further members of
// CreateTable; "table2" makes $U. Then each line is a request, to $T unless it
// names a table (null stands for none), and the line after it what the answer
// is: an error with its text, or a whole output, or after "=> ~" some members of
// it. A request without such a line has to succeed. $x(5) stands for xxxxx.
//
// What DynamoDB leaves open is not compared: the order of sets, of a scan and of
// a batch, and times and generated names.
package conform
