package queue

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// PayloadSizeAttribute is the message attribute that says that a body was
// offloaded and how many bytes it has. AWS's Extended Client Libraries for SQS
// and SNS use the same:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-managing-large-messages.html.
const PayloadSizeAttribute = "ExtendedPayloadSize"

// ErrOffload is the failure of an entry whose body [SenderOptions.Offload] did
// not take; it was not sent. The hook's own error is wrapped beside it.
var ErrOffload = errors.New("body not offloaded")

// offload takes the bodies that are too large out of their entries, up to ten at
// once, and waits for it. On a FIFO queue those behind an entry that cannot be
// sent are left alone.
func (d *dispatch) offload(all []*outgoing) {
	if d.options.Offload == nil {
		return
	}
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, maxEntries)
	broken := make(map[string]bool)
	for _, o := range all {
		broken[o.group] = broken[o.group] || o.err != nil
		if o.body == nil || d.fifo && broken[o.group] {
			continue
		}
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			o.err = d.offloadOne(o)
		})
	}
}

// offloadOne puts the claim into o in place of its body.
func (d *dispatch) offloadOne(o *outgoing) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %w", ErrOffload, &PanicError{Value: v, Stack: debug.Stack()})
		}
	}()
	if err := d.ctx.Err(); err != nil {
		return err
	}
	claim, err := d.options.Offload(d.ctx, o.body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOffload, err)
	}
	text := string(claim)
	if err := checkBody(text); err != nil {
		return fmt.Errorf("%w (of the claim that Offload returned)", err)
	}
	size := strconv.Itoa(len(o.body))
	if o.wire.MessageAttributes == nil {
		o.wire.MessageAttributes = make(map[string]types.MessageAttributeValue)
	}
	o.wire.MessageAttributes[PayloadSizeAttribute] = types.MessageAttributeValue{DataType: aws.String("Number"), StringValue: aws.String(size)}
	o.size += len(PayloadSizeAttribute) + len("Number") + len(size)
	return o.setBody(text, d.options.MaxBytes)
}
