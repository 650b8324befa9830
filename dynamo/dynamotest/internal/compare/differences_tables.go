package compare

import (
	"regexp"
	"strings"
)

var (
	streamTexts   = regexp.MustCompile(`^Table (already has an enabled stream|has no stream to disable)|UpdateViewType (is required|must not be specified|should not be specified)`)
	tagTexts      = regexp.MustCompile(`^(The Tag (Key|Value) provided is invalid|Tag Key cannot be prefixed|Duplicate Tag Keys|Number of Tags exceed)`)
	newIndexName  = regexp.MustCompile(`^\d validation errors? detected: Value '[^']*' at 'globalSecondaryIndex(es|Updates)\.\d+\.member\.(create\.)?indexName' failed`)
	togetherTexts = regexp.MustCompile(`You cannot (modify stream status|create or delete index) while|modification must be the only operation`)
)

// tableDifferences are about tables and what goes with them.
var tableDifferences = []knownDifference{
	{
		name:   "the reference takes any stream view type",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html",
		covers: func(_ Request, got, want Answer) bool {
			return want.Status == 200 && strings.Contains(got.Text(), "streamSpecification.streamViewType")
		},
	},
	{
		name:   "the reference takes tags that DynamoDB refuses, or refuses them in its own words",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Tag.html",
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && tagTexts.MatchString(got.Text())
		},
	},
	{
		name:   "the reference takes items with a key of the wrong type into a new index",
		parts:  true,
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.ViolationDetection.html",
		covers: func(r Request, got, want Answer) bool {
			return (r.Op == "UpdateTable" || r.Op == "DescribeTable") && got.Status == 200 && want.Status == 200 &&
				onlyAt(got, want, ".TableDescription.GlobalSecondaryIndexes", ".Table.GlobalSecondaryIndexes")
		},
	},
	{
		name:   "the reference opens an open stream, closes a closed one and opens one without a view",
		parts:  true,
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html#DDB-UpdateTable-request-StreamSpecification",
		covers: func(r Request, got, want Answer) bool {
			return (r.Op == "UpdateTable" || r.Op == "CreateTable") && want.Status == 200 && streamTexts.MatchString(got.Text())
		},
	},
	{
		name:   "the reference forgets that a provisioned table was on demand",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BillingModeSummary.html",
		covers: func(r Request, got, want Answer) bool {
			return onlyAt(got, want, ".TableDescription.BillingModeSummary", ".TableDescription.TableThroughputModeSummary",
				".Table.BillingModeSummary", ".Table.TableThroughputModeSummary")
		},
	},
	{
		name:   "the reference makes nothing of a throughput with a fraction, which is cut off",
		source: "https://github.com/architect/dynalite/blob/main/test/listTables.js",
		covers: func(_ Request, got, want Answer) bool {
			return onlyAt(got, want, ".TableDescription.ProvisionedThroughput", ".Table.ProvisionedThroughput")
		},
	},
	{
		name:   "the reference checks the table's name of UpdateTimeToLive like that of an item operation",
		source: "https://github.com/architect/dynalite/blob/main/test/describeTable.js",
		covers: func(_ Request, got, want Answer) bool {
			return strings.HasPrefix(got.Text(), "TableName must be at least 3 characters")
		},
	},
	{
		name:   "the reference looks for an index of any name that is to be deleted",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteGlobalSecondaryIndexAction.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "UpdateTable" && strings.Contains(got.Text(), ".member.delete.indexName' failed") && want.Failed("ResourceNotFoundException")
		},
	},
	{
		name:   "the reference looks at the class of a new table after its keys, which is documented nowhere",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "CreateTable" && strings.Contains(got.Text(), "at 'tableClass' failed") && strings.Contains(want.Text(), "not defined in AttributeDefinitions")
		},
	},
	{
		name:   "the reference finds one of two mistakes in the name of a new index, or names another member",
		source: "https://github.com/architect/dynalite/blob/main/test/createTable.js",
		covers: func(r Request, got, want Answer) bool {
			return (r.Op == "CreateTable" || r.Op == "UpdateTable") && newIndexName.MatchString(got.Text()) && newIndexName.MatchString(want.Text())
		},
	},
	{
		name:   "the reference words a new index without a key in its own way",
		source: "https://github.com/architect/dynalite/blob/main/test/createTable.js",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "UpdateTable" && strings.Contains(got.Text(), ".member.create.keySchema' failed") && strings.Contains(want.Text(), "at 'keySchema' failed")
		},
	},
	{
		name:   "the reference takes any view of a stream",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html",
		parts:  true,
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "UpdateTable" && want.Status == 200 && strings.Contains(got.Text(), "streamViewType")
		},
	},
	{
		name:   "the reference sets time to live again at once",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "UpdateTimeToLive" && strings.HasPrefix(got.Text(), "TimeToLive is a")
		},
	},
	{
		name:   "the reference makes changes of a table together that DynamoDB makes one by one",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html",
		parts:  true,
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "UpdateTable" && togetherTexts.MatchString(got.Text())
		},
	},
}
