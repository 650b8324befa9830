package conform

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var receiving = []Rule{
	{"receiving/visibility timeout", "A message that was received is invisible, and comes back with a receive count of 2.", visibilityGuide, func(p *Probe) {
		url := p.queue("VisibilityTimeout", "1")
		p.send(url, "x")
		p.one(url, "x")
		p.bodies(p.now(url))
		m := p.one(url, "x")
		p.want(m.Attributes["ApproximateReceiveCount"] == "2", "the receive count is %s", m.Attributes["ApproximateReceiveCount"])
	}},
	{"receiving/visibility timeout of a request", "A request's visibility timeout takes the place of the queue's.", apiReceive, func(p *Probe) {
		url := p.queue("VisibilityTimeout", "0")
		p.send(url, "x")
		p.bodies(p.receive(url, func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = 30 }), "x")
		p.bodies(p.now(url))
	}},
	{"receiving/change of visibility", "ChangeMessageVisibility to 0 makes a message visible at once, to more keeps it invisible.", apiChangeVisibility, func(p *Probe) {
		url := p.queue("VisibilityTimeout", "1")
		p.send(url, "x")
		m := p.one(url, "x")
		p.succeed("ChangeMessageVisibility", p.changeVisibility(url, m, 0))
		m = p.one(url, "x")
		p.succeed("ChangeMessageVisibility", p.changeVisibility(url, m, 30))
		p.wait(1100 * time.Millisecond)
		p.bodies(p.now(url))
		p.refuse("ChangeMessageVisibility to 43,201 s", p.changeVisibility(url, m, 43_201), invalidValue)
	}},
	{"receiving/visibility of a batch", "Every entry of ChangeMessageVisibilityBatch has its own answer.", apiChangeVisibility, func(p *Probe) {
		url := p.queue()
		p.send(url, "x")
		m := p.one(url, "x")
		out, err := p.client.ChangeMessageVisibilityBatch(p.ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
			{Id: aws.String("good"), ReceiptHandle: m.ReceiptHandle}, {Id: aws.String("bad"), ReceiptHandle: aws.String("x")},
		}})
		p.succeed("ChangeMessageVisibilityBatch", err)
		p.want(len(out.Successful) == 1 && *out.Successful[0].Id == "good" && len(out.Failed) == 1 && *out.Failed[0].Code == "ReceiptHandleIsInvalid", "got %v and %v", out.Successful, out.Failed)
		p.one(url, "x")
	}},
	{"receiving/not in flight", "The visibility of a message that is not in flight cannot be changed.", apiChangeVisibility, func(p *Probe) {
		url := p.queue("VisibilityTimeout", "0")
		p.send(url, "x")
		m := p.one(url, "x")
		p.refuse("ChangeMessageVisibility", p.changeVisibility(url, m, 30), "MessageNotInflight", invalidValue)
	}},
	{"receiving/delete", "A deleted message does not come back, and can be deleted again.", apiDelete, func(p *Probe) {
		url := p.queue("VisibilityTimeout", "1")
		p.send(url, "x")
		m := p.one(url, "x")
		p.delete(url, m, m)
		p.wait(1100 * time.Millisecond)
		p.bodies(p.now(url))
	}},
	{"receiving/delete of a batch", "Every entry of DeleteMessageBatch has its own answer.", apiDelete, func(p *Probe) {
		url := p.queue()
		p.send(url, "x")
		m := p.one(url, "x")
		out, err := p.client.DeleteMessageBatch(p.ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: []types.DeleteMessageBatchRequestEntry{
			{Id: aws.String("good"), ReceiptHandle: m.ReceiptHandle}, {Id: aws.String("bad"), ReceiptHandle: aws.String("x")},
		}})
		p.succeed("DeleteMessageBatch", err)
		p.want(len(out.Successful) == 1 && *out.Successful[0].Id == "good" && len(out.Failed) == 1 && *out.Failed[0].Code == "ReceiptHandleIsInvalid", "got %v and %v", out.Successful, out.Failed)
	}},
	{"receiving/unknown receipt", "A receipt handle that SQS never gave out is refused.", apiDelete, func(p *Probe) {
		url := p.queue()
		_, err := p.client.DeleteMessage(p.ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: aws.String("x")})
		p.refuse("DeleteMessage", err, "ReceiptHandleIsInvalid")
	}},
	{"receiving/long poll", "A long poll waits for a message, or for its time.", pollingGuide, func(p *Probe) {
		url := p.queue()
		start := time.Now()
		p.bodies(p.receive(url, func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 1 }))
		p.want(time.Since(start) >= 900*time.Millisecond, "it waited %v, want 1 s", time.Since(start))
		_, err := p.trySend(url, "x", func(in *sqs.SendMessageInput) { in.DelaySeconds = 1 })
		p.succeed("SendMessage", err)
		start = time.Now()
		p.bodies(p.receive(url, func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 20 }), "x")
		p.want(time.Since(start) < 15*time.Second, "it waited %v for a message of 1 s", time.Since(start))
	}},
	{"receiving/limits", "A receive gets 1 to 10 messages and waits up to 20 s.", apiReceive, func(p *Probe) {
		url := p.queue()
		for _, in := range []sqs.ReceiveMessageInput{{MaxNumberOfMessages: 11}, {WaitTimeSeconds: 21}, {VisibilityTimeout: 43_201}} {
			in.QueueUrl = &url
			_, err := p.client.ReceiveMessage(p.ctx, &in)
			p.refuse("ReceiveMessage", err, invalidValue)
		}
	}},
	{"receiving/attributes asked for", "Attributes are answered when they are asked for, by name or by prefix.", apiReceive, func(p *Probe) {
		url := p.queue("VisibilityTimeout", "0")
		_, err := p.trySend(url, "x", func(in *sqs.SendMessageInput) {
			in.MessageAttributes = map[string]types.MessageAttributeValue{"a.x": text("String", "1"), "a.y": text("String", "2"), "b": text("String", "3")}
		})
		p.succeed("SendMessage", err)
		for patterns, want := range map[string]int{"": 0, "a.*": 2, "a.x b": 2, "All": 3, "c": 0} {
			got := p.receive(url, func(in *sqs.ReceiveMessageInput) {
				in.MessageAttributeNames, in.MessageSystemAttributeNames = strings.Fields(patterns), nil
			})
			p.bodies(got, "x")
			p.want(len(got[0].MessageAttributes) == want, "%q: got %d attributes, want %d", patterns, len(got[0].MessageAttributes), want)
			p.want(len(got[0].Attributes) == 0, "system attributes that nobody asked for: %v", got[0].Attributes)
		}
	}},
	{"receiving/redrive", "A message that was received maxReceiveCount times goes to the dead-letter queue, with its origin.", redriveGuide, func(p *Probe) {
		url, dead := p.redriving("VisibilityTimeout", "0")
		sent := p.send(url, "poison")
		p.one(url, "poison")
		p.bodies(p.now(url))
		m := p.one(dead, "poison")
		p.want(*m.MessageId == *sent.MessageId, "the id in the dead-letter queue is %s, want %s", *m.MessageId, *sent.MessageId)
		source := p.attribute(url, types.QueueAttributeNameQueueArn)
		p.want(m.Attributes["DeadLetterQueueSourceArn"] == source, "the source is %q, want %q", m.Attributes["DeadLetterQueueSourceArn"], source)
	}},
	{"receiving/move task", "A message move task brings messages of a dead-letter queue back.", apiMove, func(p *Probe) {
		url, dead := p.redriving("VisibilityTimeout", "0")
		p.send(url, "poison")
		p.one(url, "poison")
		p.bodies(p.now(url))
		p.want(p.attribute(dead, types.QueueAttributeNameApproximateNumberOfMessages) == "1", "the dead-letter queue is empty")
		_, err := p.client.StartMessageMoveTask(p.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: aws.String(p.attribute(dead, types.QueueAttributeNameQueueArn))})
		p.succeed("StartMessageMoveTask", err)
		p.one(url, "poison")
	}},
}
