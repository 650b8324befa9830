package conform

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

const noQueue = "NonExistentQueue"

var queues = []Rule{
	{"queues/create again", "A queue can be created again with the same attributes and not with others.", apiCreate, func(p *Probe) {
		name := p.name()
		in := &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"VisibilityTimeout": "60"}}
		first, err := p.client.CreateQueue(p.ctx, in)
		p.succeed("CreateQueue", err)
		p.queues = append(p.queues, *first.QueueUrl)
		again, err := p.client.CreateQueue(p.ctx, in)
		p.succeed("CreateQueue again", err)
		p.want(*first.QueueUrl == *again.QueueUrl, "the URLs are %s and %s", *first.QueueUrl, *again.QueueUrl)
		in.Attributes["VisibilityTimeout"] = "61"
		_, err = p.client.CreateQueue(p.ctx, in)
		p.refuse("CreateQueue with another attribute", err, "QueueAlreadyExists")
	}},
	{"queues/names", "A name has up to 80 letters, digits, hyphens and underscores; .fifo goes with FifoQueue.", apiCreate, func(p *Probe) {
		for _, name := range []string{"a b", strings.Repeat("x", 81), "a.b"} {
			_, err := p.client.CreateQueue(p.ctx, &sqs.CreateQueueInput{QueueName: &name})
			p.refuse(fmt.Sprintf("CreateQueue %q", name), err, invalidValue)
		}
		_, err := p.client.CreateQueue(p.ctx, &sqs.CreateQueueInput{QueueName: aws.String(p.name()), Attributes: map[string]string{"FifoQueue": "true"}})
		p.refuse("CreateQueue of a FIFO queue without .fifo", err, invalidValue)
	}},
	{"queues/codes", "Errors carry the code of the query protocol, by which the SDKs know them.", apiErrors, func(p *Probe) {
		_, err := p.client.GetQueueUrl(p.ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(p.name())})
		var typed *types.QueueDoesNotExist
		p.want(errors.As(err, &typed), "GetQueueUrl: %v is no QueueDoesNotExist", err)
		p.want(typed.ErrorCode() == legacy+noQueue, "GetQueueUrl: the code is %s", typed.ErrorCode())
		_, err = p.trySend(p.queue(), "", nil)
		var other smithy.APIError
		p.want(errors.As(err, &other), "SendMessage without a body: %v", err)
		p.want(other.ErrorCode() == missing, "SendMessage without a body: the code is %s", other.ErrorCode())
	}},
	{"queues/no queue", "Requests to a queue that does not exist are refused.", apiErrors, func(p *Probe) {
		url := strings.Replace(p.queue(), "conformance", "none", 1)
		_, err := p.trySend(url, "x", nil)
		p.refuse("SendMessage", err, noQueue)
		_, err = p.client.ReceiveMessage(p.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url})
		p.refuse("ReceiveMessage", err, noQueue)
		_, err = p.client.GetQueueUrl(p.ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(p.name())})
		p.refuse("GetQueueUrl", err, noQueue)
	}},
	{"queues/attributes", "Attributes are answered as they were set, or with their defaults.", apiSetAttributes, func(p *Probe) {
		url := p.queue("VisibilityTimeout", "45", "ReceiveMessageWaitTimeSeconds", "3")
		_, err := p.client.SetQueueAttributes(p.ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"DelaySeconds": "7"}})
		p.succeed("SetQueueAttributes", err)
		out, err := p.client.GetQueueAttributes(p.ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"All"}})
		p.succeed("GetQueueAttributes", err)
		for name, want := range map[string]string{
			"VisibilityTimeout": "45", "ReceiveMessageWaitTimeSeconds": "3", "DelaySeconds": "7",
			"MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600", "ApproximateNumberOfMessages": "0",
		} {
			p.want(out.Attributes[name] == want, "%s is %q, want %q", name, out.Attributes[name], want)
		}
		p.want(strings.HasSuffix(out.Attributes["QueueArn"], url[strings.LastIndexByte(url, '/')+1:]), "the ARN is %q", out.Attributes["QueueArn"])
	}},
	{"queues/attribute values", "An attribute that is out of its range or unknown is refused.", apiSetAttributes, func(p *Probe) {
		for name, value := range map[string]string{
			"VisibilityTimeout": "43201", "DelaySeconds": "901", "MaximumMessageSize": "1023", "MessageRetentionPeriod": "59", "ReceiveMessageWaitTimeSeconds": "21",
		} {
			_, err := p.client.CreateQueue(p.ctx, &sqs.CreateQueueInput{QueueName: aws.String(p.name()), Attributes: map[string]string{name: value}})
			p.refuse(fmt.Sprintf("CreateQueue with %s %s", name, value), err, "InvalidAttributeValue")
		}
		url := p.queue()
		_, err := p.client.SetQueueAttributes(p.ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"Unknown": "1"}})
		p.refuse("SetQueueAttributes with Unknown", err, "InvalidAttributeName")
	}},
	{"queues/counts", "The numbers of messages tell visible from invisible and delayed ones.", apiGetAttributes, func(p *Probe) {
		url := p.queue()
		for range 3 {
			p.send(url, "x")
		}
		_, err := p.trySend(url, "later", func(in *sqs.SendMessageInput) { in.DelaySeconds = 900 })
		p.succeed("SendMessage", err)
		p.want(len(p.receive(url, func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })) == 1, "nothing was received")
		for name, want := range map[types.QueueAttributeName]string{
			types.QueueAttributeNameApproximateNumberOfMessages:           "2",
			types.QueueAttributeNameApproximateNumberOfMessagesNotVisible: "1",
			types.QueueAttributeNameApproximateNumberOfMessagesDelayed:    "1",
		} {
			got := p.attribute(url, name)
			p.want(got == want, "%s is %s, want %s", name, got, want)
		}
	}},
	{"queues/list", "ListQueues answers the queues whose names begin with a prefix.", apiList, func(p *Probe) {
		url := p.queue()
		name := url[strings.LastIndexByte(url, '/')+1:]
		out, err := p.client.ListQueues(p.ctx, &sqs.ListQueuesInput{QueueNamePrefix: &name})
		p.succeed("ListQueues", err)
		p.want(slices.Equal(out.QueueUrls, []string{url}), "got %q, want %q", out.QueueUrls, url)
		found, err := p.client.GetQueueUrl(p.ctx, &sqs.GetQueueUrlInput{QueueName: &name})
		p.succeed("GetQueueUrl", err)
		p.want(*found.QueueUrl == url, "the URL is %s, want %s", *found.QueueUrl, url)
	}},
	{"queues/tags", "Tags are kept, listed and removed.", tagsGuide, func(p *Probe) {
		url := p.queue()
		_, err := p.client.TagQueue(p.ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: map[string]string{"a": "1", "b": "2"}})
		p.succeed("TagQueue", err)
		_, err = p.client.UntagQueue(p.ctx, &sqs.UntagQueueInput{QueueUrl: &url, TagKeys: []string{"a"}})
		p.succeed("UntagQueue", err)
		out, err := p.client.ListQueueTags(p.ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})
		p.succeed("ListQueueTags", err)
		p.want(len(out.Tags) == 1 && out.Tags["b"] == "2", "the tags are %v", out.Tags)
	}},
	{"queues/purge", "PurgeQueue deletes every message, those in flight too.", apiPurge, func(p *Probe) {
		url := p.queue("VisibilityTimeout", "1")
		p.send(url, "x")
		p.one(url, "x")
		p.send(url, "y")
		_, err := p.client.PurgeQueue(p.ctx, &sqs.PurgeQueueInput{QueueUrl: &url})
		p.succeed("PurgeQueue", err)
		p.bodies(p.receive(url, nil))
	}},
	{"queues/delete", "A deleted queue is gone.", apiDeleteQueue, func(p *Probe) {
		url := p.queue()
		_, err := p.client.DeleteQueue(p.ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
		p.succeed("DeleteQueue", err)
		_, err = p.trySend(url, "x", nil)
		p.refuse("SendMessage", err, noQueue)
	}},
	{"queues/dead-letter queue", "A dead-letter queue must exist and be of the same type; it knows its sources.", redriveGuide, func(p *Probe) {
		url, dead := p.redriving()
		out, err := p.client.ListDeadLetterSourceQueues(p.ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &dead})
		p.succeed("ListDeadLetterSourceQueues", err)
		p.want(slices.Equal(out.QueueUrls, []string{url}), "the sources are %q, want %q", out.QueueUrls, url)
		other := p.attribute(p.queue("FifoQueue", "true"), types.QueueAttributeNameQueueArn)
		for _, target := range []string{other, other[:strings.LastIndexByte(other, ':')] + ":none"} {
			policy := fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":1}`, target)
			_, err := p.client.SetQueueAttributes(p.ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"RedrivePolicy": policy}})
			p.refuse("SetQueueAttributes with "+policy, err, "InvalidAttributeValue", invalidValue, noQueue)
		}
	}},
}

// Rules returns all rules.
func Rules() []Rule { return slices.Concat(sending, receiving, fifo, queues) }
