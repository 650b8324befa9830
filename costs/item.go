package costs

// An Item is something that has a price. The value is its name in the table and
// stays the same; the comment gives the unit a price is for.
//
// Sizes are binary: a gigabyte is 2³⁰ bytes, as AWS meters it.
type Item string

// Lambda, from https://aws.amazon.com/lambda/pricing/.
const (
	LambdaRequests               Item = "lambda.requests"                    // request
	LambdaDurationX86            Item = "lambda.duration.x86_64"             // GB-second
	LambdaDurationARM64          Item = "lambda.duration.arm64"              // GB-second
	LambdaProvisionedX86         Item = "lambda.provisioned.x86_64"          // GB-second configured
	LambdaProvisionedARM64       Item = "lambda.provisioned.arm64"           // GB-second configured
	LambdaProvisionedDurationX86 Item = "lambda.provisioned-duration.x86_64" // GB-second run under provisioned concurrency

	LambdaProvisionedDurationARM64 Item = "lambda.provisioned-duration.arm64" // GB-second run under provisioned concurrency

	LambdaStorage          Item = "lambda.storage"           // GB-second of ephemeral storage above 512 MB
	LambdaResponseBytes    Item = "lambda.response-bytes"    // GB streamed above 6 MB of a response
	LambdaSnapStartCache   Item = "lambda.snapstart-cache"   // GB-second
	LambdaSnapStartRestore Item = "lambda.snapstart-restore" // GB restored

	LambdaDurableOperations    Item = "lambda.durable-operations"       // operation of a durable function
	LambdaDurableBytes         Item = "lambda.durable-bytes"            // GB written
	LambdaDurableStorageMonths Item = "lambda.durable-storage"          // GB-month
	LambdaTenantIsolationX86   Item = "lambda.tenant-isolation.x86_64"  // GB of an environment created for a tenant
	LambdaTenantIsolationARM64 Item = "lambda.tenant-isolation.arm64"   // GB of an environment created for a tenant
	LambdaPollerHours          Item = "lambda.poller-hours"             // event poller unit for an hour
	LambdaSQSPollerHours       Item = "lambda.sqs-poller-hours"         // event poller unit of a queue for an hour
	LambdaEdgeRequests         Item = "lambda.edge-requests"            // request to Lambda@Edge
	LambdaEdgeDuration         Item = "lambda.edge-duration"            // GB-second of Lambda@Edge
	LambdaSavingsPlanX86       Item = "lambda.savings-plan.x86_64"      // GB-second under a Compute Savings Plan of a year, nothing upfront
	LambdaSavingsPlanARM64     Item = "lambda.savings-plan.arm64"       // GB-second under a Compute Savings Plan of a year, nothing upfront
	LambdaSavingsPlanPaidX86   Item = "lambda.savings-plan-paid.x86_64" // the same, all paid upfront
	LambdaSavingsPlanPaidARM64 Item = "lambda.savings-plan-paid.arm64"  // the same, all paid upfront
)

// DynamoDB, from https://aws.amazon.com/dynamodb/pricing/.
const (
	DynamoDBReads               Item = "dynamodb.reads"                // read request unit, on demand
	DynamoDBWrites              Item = "dynamodb.writes"               // write request unit, on demand
	DynamoDBReadsIA             Item = "dynamodb.reads-ia"             // the same, infrequent-access table class
	DynamoDBWritesIA            Item = "dynamodb.writes-ia"            // the same, infrequent-access table class
	DynamoDBReadCapacityHours   Item = "dynamodb.read-capacity-hours"  // provisioned read capacity unit for an hour
	DynamoDBWriteCapacityHours  Item = "dynamodb.write-capacity-hours" // provisioned write capacity unit for an hour
	DynamoDBStorageMonths       Item = "dynamodb.storage"              // GB-month
	DynamoDBStorageIAMonths     Item = "dynamodb.storage-ia"           // GB-month
	DynamoDBPointInTimeRecovery Item = "dynamodb.pitr"                 // GB-month
	DynamoDBBackup              Item = "dynamodb.backup"               // GB-month
	DynamoDBRestore             Item = "dynamodb.restore"              // GB
	DynamoDBStreamReads         Item = "dynamodb.stream-reads"         // GetRecords request
)

// Messaging: https://aws.amazon.com/eventbridge/pricing/,
// https://aws.amazon.com/sqs/pricing/ and https://aws.amazon.com/sns/pricing/.
const (
	EventBridgeEvents          Item = "eventbridge.events"           // custom event, per 64 KB begun
	EventBridgePipes           Item = "eventbridge.pipes"            // request
	EventBridgeScheduler       Item = "eventbridge.scheduler"        // invocation
	EventBridgeAPIDestinations Item = "eventbridge.api-destinations" // invocation
	EventBridgeArchive         Item = "eventbridge.archive"          // GB
	EventBridgeArchiveMonths   Item = "eventbridge.archive-storage"  // GB-month
	SQSRequests                Item = "sqs.requests"                 // request to a standard queue, per 64 KB begun
	SQSFIFORequests            Item = "sqs.fifo-requests"            // request to a FIFO queue, per 64 KB begun
	SNSPublishes               Item = "sns.publishes"                // publish to a standard topic, per 64 KB begun
)

// API Gateway, from https://aws.amazon.com/api-gateway/pricing/.
const (
	APIGatewayREST              Item = "apigateway.rest"               // request
	APIGatewayHTTP              Item = "apigateway.http"               // request, per 512 KB begun
	APIGatewayWebSocketMessages Item = "apigateway.websocket-messages" // message
	APIGatewayWebSocketMinutes  Item = "apigateway.websocket-minutes"  // connection minute
)

// CloudWatch, from https://aws.amazon.com/cloudwatch/pricing/.
const (
	CloudWatchMetricMonths  Item = "cloudwatch.metric-months"   // custom metric for a month, prorated by the hours with data
	CloudWatchPutMetricData Item = "cloudwatch.put-metric-data" // request
	CloudWatchLambdaLogs    Item = "cloudwatch.lambda-logs"     // GB of logs taken in from Lambda
	CloudWatchLogs          Item = "cloudwatch.logs"            // GB of other logs taken in
	CloudWatchLogStorage    Item = "cloudwatch.log-storage"     // GB-month
	CloudWatchLogQueries    Item = "cloudwatch.log-queries"     // GB scanned
	CloudWatchAlarms        Item = "cloudwatch.alarms"          // alarm for a month
	CloudWatchHighResAlarms Item = "cloudwatch.high-res-alarms" // alarm for a month
)

// S3, CloudFront and data transfer: https://aws.amazon.com/s3/pricing/ and
// https://aws.amazon.com/cloudfront/pricing/.
const (
	S3Standard              Item = "s3.standard"               // GB-month
	S3StandardIA            Item = "s3.standard-ia"            // GB-month
	S3OneZoneIA             Item = "s3.onezone-ia"             // GB-month
	S3GlacierInstant        Item = "s3.glacier-instant"        // GB-month
	S3GlacierFlexible       Item = "s3.glacier-flexible"       // GB-month
	S3GlacierDeepArchive    Item = "s3.glacier-deep-archive"   // GB-month
	S3Puts                  Item = "s3.puts"                   // request
	S3Gets                  Item = "s3.gets"                   // request
	S3PutsIA                Item = "s3.puts-ia"                // request
	S3RetrievalIA           Item = "s3.retrieval-ia"           // GB
	S3TransitionsIA         Item = "s3.transitions-ia"         // object
	S3TransitionsFlexible   Item = "s3.transitions-flexible"   // object
	S3TransitionsDeep       Item = "s3.transitions-deep"       // object
	CloudFrontBytes         Item = "cloudfront.bytes"          // GB to the internet, US and Europe
	CloudFrontHTTPRequests  Item = "cloudfront.http-requests"  // request, US
	CloudFrontHTTPSRequests Item = "cloudfront.https-requests" // request, US
	DataTransferOut         Item = "data-transfer.out"         // GB to the internet
)
