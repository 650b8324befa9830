package queue

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// sqsRecord is a record as it stands in an event.
type sqsRecord struct {
	ReceiptHandle     string                   `json:"receiptHandle"`
	Body              string                   `json:"body"`
	Attributes        sqsAttributes            `json:"attributes"`
	MessageAttributes map[string]wireAttribute `json:"messageAttributes"`
	EventSourceARN    string                   `json:"eventSourceARN"`
}

type sqsAttributes struct {
	ApproximateReceiveCount          string
	SentTimestamp                    string
	SenderID                         string `json:"SenderId"`
	ApproximateFirstReceiveTimestamp string
	SequenceNumber                   string
	MessageDeduplicationID           string `json:"MessageDeduplicationId"`
	MessageGroupID                   string `json:"MessageGroupId"`
	AWSTraceHeader                   string
	DeadLetterQueueSourceARN         string `json:"DeadLetterQueueSourceArn"`
}

type wireAttribute struct {
	StringValue string `json:"stringValue"`
	BinaryValue []byte `json:"binaryValue"`
	DataType    string `json:"dataType"`
}

// decodeRecord decodes raw; id is its id as a JSON string.
func decodeRecord(raw, id []byte) (Record, error) {
	r := Record{ID: text(id)}
	var wire sqsRecord
	if err := json.Unmarshal(raw, &wire); err != nil {
		return r, &DecodeError{ID: r.ID, Err: err}
	}
	a := &wire.Attributes
	r.Queue, r.ReceiptHandle, r.Text = wire.EventSourceARN, wire.ReceiptHandle, wire.Body
	r.Group, r.DeduplicationID, r.SequenceNumber = a.MessageGroupID, a.MessageDeduplicationID, a.SequenceNumber
	r.Sender, r.Trace, r.DeadLetterSource = a.SenderID, a.AWSTraceHeader, a.DeadLetterQueueSourceARN

	var err error
	if r.ReceiveCount, err = parseCount(a.ApproximateReceiveCount); err != nil {
		return r, &DecodeError{ID: r.ID, Err: err}
	}
	if r.Sent, err = parseMillis(a.SentTimestamp); err != nil {
		return r, &DecodeError{ID: r.ID, Err: err}
	}
	if r.FirstReceived, err = parseMillis(a.ApproximateFirstReceiveTimestamp); err != nil {
		return r, &DecodeError{ID: r.ID, Err: err}
	}
	for name, attribute := range wire.MessageAttributes {
		if r.Attributes == nil {
			r.Attributes = make(map[string]Attribute, len(wire.MessageAttributes))
		}
		r.Attributes[name] = Attribute{Type: attribute.DataType, String: attribute.StringValue, Binary: attribute.BinaryValue}
	}
	return r, nil
}

func parseCount(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("receive count: %w", err)
	}
	return n, nil
}

// parseMillis reads a time in milliseconds since 1970.
func parseMillis(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("timestamp: %w", err)
	}
	return time.UnixMilli(n), nil
}
