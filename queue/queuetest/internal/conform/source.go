package conform

// Where AWS documents the rules.
const (
	api   = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/"
	guide = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"

	apiChangeVisibility = api + "API_ChangeMessageVisibility.html"
	apiCreate           = api + "API_CreateQueue.html"
	apiDelete           = api + "API_DeleteMessage.html"
	apiDeleteQueue      = api + "API_DeleteQueue.html"
	apiErrors           = api + "CommonErrors.html"
	apiGetAttributes    = api + "API_GetQueueAttributes.html"
	apiList             = api + "API_ListQueues.html"
	apiMove             = api + "API_StartMessageMoveTask.html"
	apiPurge            = api + "API_PurgeQueue.html"
	apiReceive          = api + "API_ReceiveMessage.html"
	apiSend             = api + "API_SendMessage.html"
	apiSendBatch        = api + "API_SendMessageBatch.html"
	apiSetAttributes    = api + "API_SetQueueAttributes.html"

	attemptGuide    = guide + "using-receiverequestattemptid-request-parameter.html"
	attributesGuide = guide + "sqs-message-metadata.html"
	dedupGuide      = guide + "using-messagededuplicationid-property.html"
	delayGuide      = guide + "sqs-delay-queues.html"
	fairGuide       = guide + "sqs-fair-queues.html"
	fifoGuide       = guide + "FIFO-queues-understanding-logic.html"
	pollingGuide    = guide + "sqs-short-and-long-polling.html"
	quotas          = guide + "quotas-messages.html"
	redriveGuide    = guide + "sqs-dead-letter-queues.html"
	tagsGuide       = guide + "sqs-queue-tags.html"
	throughputGuide = guide + "high-throughput-fifo.html"
	visibilityGuide = guide + "sqs-visibility-timeout.html"
)
