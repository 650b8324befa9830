package eventstest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A target is a target and how it is retried.
type target struct {
	Target
	deadLetterARN string
	lambda        bool
}

func newTarget(t Target) *target {
	out := &target{Target: t, lambda: strings.Contains(t.ARN, ":lambda:")}
	retries, age := 185, 24*time.Hour
	if out.lambda {
		retries, age = 2, 6*time.Hour
	}
	if t.MaximumRetries == 0 {
		out.MaximumRetries = retries
	}
	if t.MaximumAge == 0 {
		out.MaximumAge = age
	}
	return out
}

// wait returns how long to wait after the given number of failed attempts.
// Doubling from a second to eight minutes, 185 retries take 511 s + 176 x 480 s,
// 23.6 hours. Lambda waits one minute and then two, see
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html.
func (t *target) wait(attempts int) time.Duration {
	if t.lambda {
		return time.Duration(attempts) * time.Minute
	}
	const most = 8 * time.Minute
	if attempts > 9 { // 2^9 s is more than eight minutes
		return most
	}
	return min(time.Second<<(attempts-1), most)
}

// payload returns what the target gets of an event.
func (t *target) payload(event []byte) ([]byte, error) {
	switch {
	case t.Input != "":
		return []byte(t.Input), nil
	case t.InputPath != "":
		return selectPath(event, t.InputPath)
	default:
		return event, nil
	}
}

// selectPath returns the part of an event at a path of plain names, such as
// "$.detail.id"; null when it is not there.
func selectPath(event []byte, path string) ([]byte, error) {
	if path == "$" {
		return event, nil
	}
	names, ok := strings.CutPrefix(path, "$.")
	if !ok || strings.ContainsAny(names, "[]*?@") {
		return nil, fmt.Errorf("the path %q is not made of plain names", path)
	}
	for name := range strings.SplitSeq(names, ".") {
		var object map[string]json.RawMessage
		if json.Unmarshal(event, &object) != nil || object[name] == nil {
			return []byte("null"), nil
		}
		event = object[name]
	}
	return event, nil
}
