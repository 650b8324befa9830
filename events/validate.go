package events

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-thaw/thaw/events/internal/jsonscan"
)

// check returns why EventBridge would not take e, nil when it would. The reasons
// are those of
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html,
// checked here because EventBridge answers some of them with success and drops
// the event.
func check(e Event, limits Limits) error {
	if e.err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, e.err)
	}
	if err := checkNames(e.Source, e.DetailType, limits); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
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

// checkDetail reads the detail once without decoding it.
func checkDetail(detail []byte) error {
	d := detailCheck{jsonscan.New(detail)}
	if d.Kind() != jsonscan.Object {
		return errors.New("must be a JSON object")
	}
	err := d.Object(func(key []byte) error {
		if string(key) == metadataKey {
			return errors.New("must not have a member \"" + metadataKey + "\", which carries the event's id")
		}
		return d.value()
	})
	if err != nil {
		return err
	}
	return d.End()
}

type detailCheck struct{ jsonscan.Cursor }

func (d *detailCheck) value() error {
	switch d.Kind() {
	case jsonscan.Object:
		return d.Object(func([]byte) error { return d.value() })
	case jsonscan.Array:
		return d.Array(func(int) error { return d.value() })
	case jsonscan.Number:
		return d.number()
	default:
		return d.Skip()
	}
}

// digitsOfInt64 is the number of decimal digits that always fit into an int64.
const digitsOfInt64 = 18

// number refuses an integer that is no int64: EventBridge answers MalformedDetail.
func (d *detailCheck) number() error {
	raw, err := d.Number()
	if err != nil || len(raw) <= digitsOfInt64 {
		return err
	}
	if _, err := strconv.ParseInt(string(raw), 10, 64); errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("the integer %s is outside of int64", raw)
	}
	return nil
}
