package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/go-thaw/thaw/dynamo/dynamotest"

	"github.com/go-thaw/thaw/examples/gigs/local"
)

// A fault is a button that breaks something.
type fault struct {
	ID, Label, Text string
	apply           func(*Console, *http.Request) (message string, err error)
}

const (
	throttledCalls = 2
	failedHandlers = 2
	frozenFor      = time.Hour
)

var faults = []fault{
	{
		"throttle", "Throttle the table",
		fmt.Sprintf("The next %d calls of the table are refused. The client waits and tries again; a request gets slower and does not fail.", throttledCalls),
		func(c *Console, _ *http.Request) (string, error) {
			c.platform.Tables.Throttle("", throttledCalls)
			return fmt.Sprintf("The next %d calls of the table will be throttled.", throttledCalls), nil
		},
	},
	{
		"handler", "Fail a handler",
		fmt.Sprintf("The handler “profile” fails the next %d times. The event comes again; the other three do not do their work twice.", failedHandlers),
		func(c *Console, _ *http.Request) (string, error) {
			c.watch.fail(failedHandlers)
			return fmt.Sprintf("The handler “profile” will fail %d times. Register a user to see it.", failedHandlers), nil
		},
	},
	{
		"cut", "Kill a connection",
		"The next write takes effect and its answer is lost. The client sends it again and recognises its own item instead of reporting a conflict.",
		func(c *Console, _ *http.Request) (string, error) {
			for _, operation := range []string{"PutItem", "TransactWriteItems"} {
				c.platform.Tables.Inject(operation, dynamotest.Fault{Cut: dynamotest.CutAfter})
			}
			return "The answer of the next write will be lost. Post a gig or register a user to see it.", nil
		},
	},
	{
		"freeze", "Freeze for an hour",
		"An hour passes on the wall clock and none on the monotonic one, and the pooled connections die. Nothing expired is served afterwards; messages that waited come back.",
		func(c *Console, r *http.Request) (string, error) {
			c.clock.Freeze(frozenFor)
			// What was still to come has come to an end meanwhile: connections do
			// not die twice.
			c.platform.Tables.ClearFaults()
			c.platform.Tables.Inject("", dynamotest.Fault{Cut: dynamotest.CutBefore})
			c.platform.Queues.Wake()
			_, err := c.platform.Bus.Deliver(r.Context())
			return "An hour has passed. What was cached has expired, and the first connection is dead.", err
		},
	},
}

// inject presses one of the buttons.
func (c *Console) inject(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(faults, func(f fault) bool { return f.ID == r.PathValue("fault") })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	message, err := faults[i].apply(c, r)
	c.answer(w, message, err)
}

// redrive moves the dead letters back to their queue, as the button of the AWS
// console does.
func (c *Console) redrive(w http.ResponseWriter, r *http.Request) {
	n := c.platform.Queues.Counts(local.FailedEmails).Total()
	if n == 0 {
		c.answer(w, "There are no dead letters.", nil)
		return
	}
	client := c.platform.Queues.Client()
	arn := func(queue string) (*string, error) {
		url, err := client.GetQueueUrl(r.Context(), &sqs.GetQueueUrlInput{QueueName: &queue})
		if err != nil {
			return nil, err
		}
		attributes, err := client.GetQueueAttributes(r.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: url.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
		})
		if err != nil {
			return nil, err
		}
		return aws.String(attributes.Attributes[string(types.QueueAttributeNameQueueArn)]), nil
	}
	from, err := arn(local.FailedEmails)
	if err == nil {
		var to *string
		if to, err = arn(local.Emails); err == nil {
			_, err = client.StartMessageMoveTask(r.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: from, DestinationArn: to})
		}
	}
	c.answer(w, fmt.Sprintf("%d dead letters are on their way again.", n), err)
}

// answer tells the page what a button did.
func (c *Console) answer(w http.ResponseWriter, message string, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		c.logger.Error("console", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		message = err.Error()
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}
