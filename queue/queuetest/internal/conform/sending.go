package conform

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	mebibyte = 1 << 20

	invalidValue = "InvalidParameterValue"
	missing      = "MissingParameter"
)

var sending = []Rule{
	{"sending/a message arrives whole", "A message arrives with its body, its attributes and what SQS adds.", attributesGuide, func(p *Probe) {
		url := p.queue()
		sent, err := p.trySend(url, "é <&> \"\t\n", func(in *sqs.SendMessageInput) {
			in.MessageAttributes = map[string]types.MessageAttributeValue{
				"text.a": text("String", "x"), "n": text("Number.int", "-7"), "b": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}},
			}
			in.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1-2")}}
		})
		p.succeed("SendMessage", err)
		m := p.one(url, "é <&> \"\t\n")
		p.want(*m.MessageId == *sent.MessageId, "the message's id is %s, SendMessage answered %s", *m.MessageId, *sent.MessageId)
		p.want(aws.ToString(m.MD5OfMessageAttributes) == aws.ToString(sent.MD5OfMessageAttributes), "the digests of the attributes differ")
		p.want(len(m.MessageAttributes) == 3 && *m.MessageAttributes["text.a"].StringValue == "x" && *m.MessageAttributes["n"].DataType == "Number.int" && m.MessageAttributes["b"].BinaryValue[1] == 255,
			"the attributes are %v", m.MessageAttributes)
		p.want(m.Attributes["ApproximateReceiveCount"] == "1" && m.Attributes["SentTimestamp"] != "" && m.Attributes["ApproximateFirstReceiveTimestamp"] != "", "the system attributes are %v", m.Attributes)
		p.want(m.Attributes["AWSTraceHeader"] == "Root=1-2", "the trace header is %q", m.Attributes["AWSTraceHeader"])
	}},
	{"sending/a group on a standard queue", "A message group on a standard queue, a fair queue's tenant, is delivered with the message.", fairGuide, func(p *Probe) {
		url := p.queue()
		_, err := p.trySend(url, "x", ordered("tenant", ""))
		p.succeed("SendMessage", err)
		m := p.one(url, "x")
		p.want(m.Attributes["MessageGroupId"] == "tenant", "the group is %q", m.Attributes["MessageGroupId"])
	}},
	{"sending/largest message", "A message of 1,048,576 bytes is taken, one byte more is not.", quotas, func(p *Probe) {
		url := p.queue()
		p.send(url, strings.Repeat("x", mebibyte))
		_, err := p.trySend(url, strings.Repeat("x", mebibyte+1), nil)
		p.refuse("SendMessage", err, invalidValue)
	}},
	{"sending/attributes count", "Names, types and values of attributes count towards the size of a message.", quotas, func(p *Probe) {
		url := p.queue()
		a := func(in *sqs.SendMessageInput) {
			in.MessageAttributes = map[string]types.MessageAttributeValue{"name": text("String", "value")}
		}
		_, err := p.trySend(url, strings.Repeat("x", mebibyte-len("nameStringvalue")), a)
		p.succeed("SendMessage", err)
		_, err = p.trySend(url, strings.Repeat("x", mebibyte-len("nameStringvalue")+1), a)
		p.refuse("SendMessage", err, invalidValue)
	}},
	{"sending/the trace header is free", "AWSTraceHeader does not count towards the size of a message.", attributesGuide, func(p *Probe) {
		url := p.queue()
		_, err := p.trySend(url, strings.Repeat("x", mebibyte), func(in *sqs.SendMessageInput) {
			in.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1-2")}}
		})
		p.succeed("SendMessage", err)
	}},
	{"sending/a queue's own limit", "A queue's MaximumMessageSize bounds its messages.", apiSetAttributes, func(p *Probe) {
		url := p.queue("MaximumMessageSize", "1024")
		p.send(url, strings.Repeat("x", 1024))
		_, err := p.trySend(url, strings.Repeat("x", 1025), nil)
		p.refuse("SendMessage", err, invalidValue)
	}},
	{"sending/characters", "A body with a character that XML does not have is refused.", apiSend, func(p *Probe) {
		url := p.queue()
		for _, body := range []string{"\x01", "a\x1f", "\ufffe"} {
			_, err := p.trySend(url, body, nil)
			p.refuse(fmt.Sprintf("SendMessage of %q", body), err, "InvalidMessageContents")
		}
		p.send(url, "\t\n\r \ufffd\U0010ffff")
	}},
	{"sending/empty body", "A message needs a body.", apiSend, func(p *Probe) {
		_, err := p.trySend(p.queue(), "", nil)
		p.refuse("SendMessage", err, missing)
	}},
	{"sending/attribute types", "An attribute is a String, a Number or a Binary and has a value.", attributesGuide, func(p *Probe) {
		url := p.queue()
		for _, a := range []types.MessageAttributeValue{text("Text", "x"), text("String", ""), text("Number", "seven")} {
			_, err := p.trySend(url, "x", func(in *sqs.SendMessageInput) {
				in.MessageAttributes = map[string]types.MessageAttributeValue{"a": a}
			})
			p.refuse(fmt.Sprintf("SendMessage with %s %q", *a.DataType, *a.StringValue), err, invalidValue)
		}
	}},
	{"sending/attribute names", "The name of an attribute has only certain characters and no reserved beginning.", attributesGuide, func(p *Probe) {
		url := p.queue()
		for _, name := range []string{"AWS.a", "amazon.a", "a b", ".a", "a."} {
			_, err := p.trySend(url, "x", func(in *sqs.SendMessageInput) {
				in.MessageAttributes = map[string]types.MessageAttributeValue{name: text("String", "x")}
			})
			p.refuse(fmt.Sprintf("SendMessage with %q", name), err, invalidValue)
		}
	}},
	{"sending/ten attributes", "A message has at most ten attributes.", attributesGuide, func(p *Probe) {
		url := p.queue()
		many := make(map[string]types.MessageAttributeValue)
		for i := range 10 {
			many[fmt.Sprint("a", i)] = text("String", "x")
		}
		_, err := p.trySend(url, "x", func(in *sqs.SendMessageInput) { in.MessageAttributes = many })
		p.succeed("SendMessage with ten attributes", err)
		many["more"] = text("String", "x")
		_, err = p.trySend(url, "x", func(in *sqs.SendMessageInput) { in.MessageAttributes = many })
		p.refuse("SendMessage with eleven attributes", err, invalidValue)
	}},
	{"sending/delay", "A delayed message is invisible until its delay is over; the most is 900 s.", apiSend, func(p *Probe) {
		url := p.queue()
		_, err := p.trySend(url, "later", func(in *sqs.SendMessageInput) { in.DelaySeconds = 1 })
		p.succeed("SendMessage", err)
		p.bodies(p.now(url))
		p.one(url, "later")
		_, err = p.trySend(url, "x", func(in *sqs.SendMessageInput) { in.DelaySeconds = 901 })
		p.refuse("SendMessage with 901 s", err, invalidValue)
	}},
	{"sending/delay of a queue", "A queue's DelaySeconds holds for every message without a delay of its own.", delayGuide, func(p *Probe) {
		url := p.queue("DelaySeconds", "1")
		p.send(url, "later")
		p.bodies(p.now(url))
		p.one(url, "later")
	}},
	{"sending/batch", "Every entry of a batch has its own answer; one that is refused leaves the others alone.", apiSendBatch, func(p *Probe) {
		url := p.queue()
		out, err := p.trySendBatch(url, entry("b", "1"), entry("bad", "\x01"), entry("a", "2"))
		p.succeed("SendMessageBatch", err)
		p.want(len(out.Successful) == 2 && *out.Successful[0].Id == "b" && *out.Successful[1].Id == "a", "the successful ones are %v", out.Successful)
		p.want(len(out.Failed) == 1 && *out.Failed[0].Id == "bad" && out.Failed[0].SenderFault, "the failed ones are %v", out.Failed)
		p.want(*out.Failed[0].Code == "InvalidMessageContents", "the code is %s", *out.Failed[0].Code)
		p.want(len(p.receive(url, nil)) > 0, "nothing was sent")
	}},
	{"sending/batch limits", "A batch has 1 to 10 entries with different ids of certain characters.", apiSendBatch, func(p *Probe) {
		url := p.queue()
		var eleven []types.SendMessageBatchRequestEntry
		for i := range 11 {
			eleven = append(eleven, entry(fmt.Sprint("e", i), "x"))
		}
		_, err := p.trySendBatch(url, eleven...)
		p.refuse("SendMessageBatch of 11", err, "TooManyEntriesInBatchRequest")
		_, err = p.trySendBatch(url, entry("a", "x"), entry("a", "y"))
		p.refuse("SendMessageBatch with one id twice", err, "BatchEntryIdsNotDistinct")
		_, err = p.trySendBatch(url, entry("a b", "x"))
		p.refuse("SendMessageBatch with a space in an id", err, "InvalidBatchEntryId")
	}},
	{"sending/empty batch", "A batch without entries is refused.", apiSendBatch, func(p *Probe) {
		_, err := p.trySendBatch(p.queue(), []types.SendMessageBatchRequestEntry{}...)
		p.refuse("SendMessageBatch", err, "EmptyBatchRequest", missing)
	}},
	{"sending/batch size", "All messages of a batch together have at most 1,048,576 bytes.", apiSendBatch, func(p *Probe) {
		url := p.queue()
		half := strings.Repeat("x", mebibyte/2)
		out, err := p.trySendBatch(url, entry("a", half), entry("b", half))
		p.succeed("SendMessageBatch", err)
		p.want(len(out.Successful) == 2, "%d were sent", len(out.Successful))
		_, err = p.trySendBatch(url, entry("a", half), entry("b", half), entry("c", "x"))
		p.refuse("SendMessageBatch", err, "BatchRequestTooLong")
	}},
}

func text(kind, value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: &kind, StringValue: &value}
}
