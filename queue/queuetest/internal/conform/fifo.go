package conform

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

var fifo = []Rule{
	{"fifo/order", "Messages of a group are received in the order in which they were sent, several at once.", fifoGuide, func(p *Probe) {
		url := p.queue("FifoQueue", "true")
		for _, body := range []string{"1", "2", "3"} {
			p.sendTo(url, "g", body, body)
		}
		p.bodies(p.receive(url, nil), "1", "2", "3")
	}},
	{"fifo/a group in flight", "While a message of a group is in flight, nothing more of the group is received; other groups go on.", fifoGuide, func(p *Probe) {
		url := p.queue("FifoQueue", "true")
		p.sendTo(url, "a", "1", "a1")
		p.sendTo(url, "a", "2", "a2")
		p.sendTo(url, "b", "3", "b1")
		first := p.receive(url, func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })
		p.bodies(first, "a1")
		p.bodies(p.now(url), "b1")
		p.bodies(p.now(url))
		p.delete(url, first...)
		p.bodies(p.receive(url, nil), "a2")
	}},
	{"fifo/a failed message", "A message that comes back is received before what follows it in its group.", fifoGuide, func(p *Probe) {
		url := p.queue("FifoQueue", "true")
		p.sendTo(url, "a", "1", "a1")
		p.sendTo(url, "a", "2", "a2")
		first := p.receive(url, func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })
		p.bodies(first, "a1")
		p.succeed("ChangeMessageVisibility", p.changeVisibility(url, first[0], 0))
		p.bodies(p.receive(url, func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 }), "a1")
	}},
	{"fifo/deduplication", "A message whose deduplication id was sent within five minutes is a success and not delivered, also after the first was deleted.", dedupGuide, func(p *Probe) {
		url := p.queue("FifoQueue", "true")
		p.sendTo(url, "g", "d", "x")
		p.sendTo(url, "g", "d", "x")
		got := p.receive(url, nil)
		p.bodies(got, "x")
		p.delete(url, got...)
		p.sendTo(url, "g", "d", "x")
		p.bodies(p.now(url))
	}},
	{"fifo/deduplication keeps the id", "The answer to a repeated message has the id and the sequence number of the first.", dedupGuide, func(p *Probe) {
		url := p.queue("FifoQueue", "true")
		first, again := p.sendTo(url, "g", "d", "x"), p.sendTo(url, "g", "d", "x")
		p.want(*first.MessageId == *again.MessageId, "the ids are %s and %s", *first.MessageId, *again.MessageId)
		p.want(aws.ToString(first.SequenceNumber) == aws.ToString(again.SequenceNumber), "the sequence numbers are %s and %s", aws.ToString(first.SequenceNumber), aws.ToString(again.SequenceNumber))
	}},
	{"fifo/deduplication by content", "ContentBasedDeduplication takes the body as the deduplication id, and not the attributes.", dedupGuide, func(p *Probe) {
		url := p.queue("FifoQueue", "true", "ContentBasedDeduplication", "true")
		for _, body := range []string{"x", "x", "y"} {
			p.sendTo(url, "g", "", body)
		}
		p.bodies(p.receive(url, nil), "x", "y")
	}},
	{"fifo/deduplication within a group", "With the scope messageGroup another group may use the same deduplication id.", throughputGuide, func(p *Probe) {
		url := p.queue("FifoQueue", "true", "DeduplicationScope", "messageGroup", "FifoThroughputLimit", "perMessageGroupId")
		p.sendTo(url, "a", "d", "1")
		p.sendTo(url, "b", "d", "2")
		p.sendTo(url, "a", "d", "3")
		p.bodies(p.receive(url, nil), "1", "2")
	}},
	{"fifo/what a message needs", "A message of a FIFO queue needs a group and a deduplication id and takes no delay.", apiSend, func(p *Probe) {
		url := p.queue("FifoQueue", "true")
		_, err := p.trySend(url, "x", ordered("", "d"))
		p.refuse("SendMessage without a group", err, missing)
		_, err = p.trySend(url, "x", ordered("g", ""))
		p.refuse("SendMessage without a deduplication id", err, invalidValue)
		_, err = p.trySend(url, "x", func(in *sqs.SendMessageInput) { ordered("g", "d")(in); in.DelaySeconds = 1 })
		p.refuse("SendMessage with a delay", err, invalidValue)
	}},
	{"fifo/not on a standard queue", "A standard queue takes no deduplication id.", apiSend, func(p *Probe) {
		_, err := p.trySend(p.queue(), "x", ordered("", "d"))
		p.refuse("SendMessage", err, invalidValue)
	}},
	{"fifo/sequence numbers", "Sequence numbers grow and are answered to the sender and the receiver.", apiSend, func(p *Probe) {
		url := p.queue("FifoQueue", "true")
		first, second := p.sendTo(url, "g", "1", "1"), p.sendTo(url, "g", "2", "2")
		got := p.receive(url, nil)
		p.bodies(got, "1", "2")
		p.want(aws.ToString(first.SequenceNumber) < aws.ToString(second.SequenceNumber), "the sequence numbers are %s and %s", aws.ToString(first.SequenceNumber), aws.ToString(second.SequenceNumber))
		p.want(got[0].Attributes["SequenceNumber"] == aws.ToString(first.SequenceNumber), "received with %s", got[0].Attributes["SequenceNumber"])
		p.want(got[0].Attributes["MessageGroupId"] == "g" && got[0].Attributes["MessageDeduplicationId"] == "1", "the attributes are %v", got[0].Attributes)
	}},
	{"fifo/sequence numbers of a batch", "SendMessageBatch answers sequence numbers.", apiSendBatch, func(p *Probe) {
		url := p.queue("FifoQueue", "true", "ContentBasedDeduplication", "true")
		e := entry("a", "x")
		e.MessageGroupId = aws.String("g")
		out, err := p.trySendBatch(url, e)
		p.succeed("SendMessageBatch", err)
		p.want(len(out.Successful) == 1 && aws.ToString(out.Successful[0].SequenceNumber) != "", "got %v", out.Successful)
	}},
	{"fifo/repeated receive", "A receive with the same attempt id gets the same messages again.", attemptGuide, func(p *Probe) {
		url := p.queue("FifoQueue", "true")
		p.sendTo(url, "g", "1", "x")
		attempt := func(in *sqs.ReceiveMessageInput) {
			in.ReceiveRequestAttemptId, in.WaitTimeSeconds = aws.String("attempt"), 0
		}
		p.bodies(p.receive(url, attempt), "x")
		p.bodies(p.receive(url, attempt), "x")
		p.bodies(p.now(url))
	}},
	{"fifo/redrive", "A poisoned message of a FIFO queue goes to the dead-letter queue and frees its group.", redriveGuide, func(p *Probe) {
		url, dead := p.redriving("FifoQueue", "true", "VisibilityTimeout", "0")
		p.sendTo(url, "g", "1", "poison")
		p.bodies(p.receive(url, nil), "poison")
		p.sendTo(url, "g", "2", "next")
		p.wait(50 * time.Millisecond)
		p.bodies(p.receive(url, nil), "next")
		p.one(dead, "poison")
	}},
}
