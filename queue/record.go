package queue

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// decodeRecord decodes raw into r; id is its id as a JSON string. The record's
// strings are parts of one copy of raw, as far as they have no escapes.
func decodeRecord(r *Record, raw, id []byte) error {
	d := recordDecoder{Scanner: jsonscan.New(string(raw)), Record: r}
	d.record()
	err := d.End()
	if err == nil {
		err = d.err
	}
	if err == nil {
		return nil
	}
	if r.ID == "" {
		r.ID = text(id)
	}
	return &DecodeError{ID: r.ID, Err: err}
}

// A recordDecoder fills a Record from JSON.
type recordDecoder struct {
	jsonscan.Scanner
	*Record
	err error // the first value that is JSON and still makes no sense
}

// record reads a record as it stands in an event.
func (d *recordDecoder) record() {
	for d.Object(); d.Member(); {
		switch d.Key() {
		case "messageId":
			d.ID = d.text()
		case "receiptHandle":
			d.ReceiptHandle = d.text()
		case "body":
			d.Text = d.text()
		case "eventSourceARN":
			d.Queue = d.text()
		case "attributes":
			d.system()
		case "messageAttributes":
			d.attributes()
		default:
			d.Skip()
		}
	}
}

// text reads a string; null is an empty one.
func (d *recordDecoder) text() string {
	if d.Null() {
		return ""
	}
	return d.String()
}

// system reads the attributes that SQS gives to a message.
func (d *recordDecoder) system() {
	if d.Null() {
		return
	}
	for d.Object(); d.Member(); {
		switch d.Key() {
		case "ApproximateReceiveCount":
			d.ReceiveCount = int(d.number("receive count"))
		case "SentTimestamp":
			d.Sent = d.time()
		case "SenderId":
			d.Sender = d.text()
		case "ApproximateFirstReceiveTimestamp":
			d.FirstReceived = d.time()
		case "SequenceNumber":
			d.SequenceNumber = d.text()
		case "MessageDeduplicationId":
			d.DeduplicationID = d.text()
		case "MessageGroupId":
			d.Group = d.text()
		case "AWSTraceHeader":
			d.Trace = d.text()
		case "DeadLetterQueueSourceArn":
			d.DeadLetterSource = d.text()
		default:
			d.Skip()
		}
	}
}

// number reads a number in a string, 0 when that is empty.
func (d *recordDecoder) number(name string) int64 {
	s := d.text()
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	d.note(name, err)
	return n
}

// time reads a time in milliseconds since 1970.
func (d *recordDecoder) time() time.Time {
	if n := d.number("timestamp"); n != 0 {
		return time.UnixMilli(n)
	}
	return time.Time{}
}

// attributes reads the attributes that the sender gave to a message.
func (d *recordDecoder) attributes() {
	if d.Null() {
		return
	}
	for d.Object(); d.Member(); {
		name := d.Key()
		if d.Attributes == nil {
			d.Attributes = make(map[string]Attribute)
		}
		d.Attributes[name] = d.attribute(name)
	}
}

func (d *recordDecoder) attribute(name string) (a Attribute) {
	if d.Null() {
		return a
	}
	for d.Object(); d.Member(); {
		switch d.Key() {
		case "dataType":
			a.Type = d.text()
		case "stringValue":
			a.String = d.text()
		case "binaryValue":
			if d.Null() {
				continue
			}
			binary, err := base64.StdEncoding.DecodeString(d.String())
			d.note("attribute "+name, err)
			a.Binary = binary
		default:
			d.Skip()
		}
	}
	return a
}

func (d *recordDecoder) note(name string, err error) {
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("%s: %w", name, err)
	}
}
