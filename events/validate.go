package events

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// check returns why EventBridge would not take e, nil when it would. The reasons
// are those of
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html,
// checked here because EventBridge answers some of them with success and drops
// the event.
func check(e *Event, limits Limits) error {
	if e.err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, e.err)
	}
	if err := checkNames(e.Source, e.DetailType, limits); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if len(e.Detail) > 0 && len(e.Detail) == len(e.checked) && &e.Detail[0] == &e.checked[0] {
		return nil // the very bytes that New has checked
	}
	if err := checkDetail(e.Detail); err != nil {
		return fmt.Errorf("%w: the detail: %w", ErrInvalid, err)
	}
	return nil
}

func checkNames(source, detailType string, limits Limits) error {
	switch {
	case strings.TrimSpace(source) == "":
		return errors.New("the source is empty")
	case strings.HasPrefix(source, "aws."):
		return fmt.Errorf("the source %q starts with \"aws.\", which only AWS may use", source)
	case strings.TrimSpace(detailType) == "":
		return errors.New("the detail type is empty")
	case utf8.RuneCountInString(detailType) > limits.DetailType:
		return fmt.Errorf("the detail type is longer than %d characters", limits.DetailType)
	}
	return nil
}

// maxDepth is how deep a detail may be nested, see
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html.
const maxDepth = 1000

// checkDetail reads the detail once without decoding it.
func checkDetail(detail []byte) error {
	d := detailCheck{Scanner: jsonscan.New(string(detail))}
	if d.Kind() != jsonscan.Object {
		return errNoObject
	}
	for d.Object(); d.Member(); {
		if d.Key() == metadataKey {
			return errors.New("must not have a member \"" + metadataKey + "\", which carries the event's id")
		}
		d.value(2)
	}
	if err := d.End(); err != nil {
		return err
	}
	return d.err
}

type detailCheck struct {
	jsonscan.Scanner
	err error
}

// value reads a value at the given level of nesting.
func (d *detailCheck) value(level int) {
	kind := d.Kind()
	if level > maxDepth && (kind == jsonscan.Object || kind == jsonscan.Array) {
		d.err = fmt.Errorf("must not be nested deeper than %d levels", maxDepth)
		d.Skip()
		return
	}
	switch kind {
	case jsonscan.Object:
		for d.Object(); d.Member(); {
			d.value(level + 1)
		}
	case jsonscan.Array:
		for d.Array(); d.Element(); {
			d.value(level + 1)
		}
	case jsonscan.Number:
		d.number()
	default:
		d.Skip()
	}
}

// digitsOfInt64 is the number of decimal digits that always fit into an int64.
const digitsOfInt64 = 18

// number refuses an integer that is no int64: EventBridge answers MalformedDetail.
func (d *detailCheck) number() {
	raw := d.Number()
	if len(raw) <= digitsOfInt64 {
		return
	}
	if _, err := strconv.ParseInt(raw, 10, 64); errors.Is(err, strconv.ErrRange) {
		d.err = fmt.Errorf("the integer %s is outside of int64", raw)
	}
}
