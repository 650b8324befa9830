package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-thaw/thaw/internal/template"
	"github.com/go-thaw/thaw/queue/internal/rules"
)

// settings reads the settings of a mapping.
func (t *checker) settings(m eventSource) (*rules.Mapping, error) {
	r := reader{checker: t}
	p := m.properties
	function, _ := t.Resource(m.function)
	out := &rules.Mapping{
		ResponseTypes: r.texts(p["FunctionResponseTypes"], "FunctionResponseTypes"),
		Window:        r.seconds(p["MaximumBatchingWindowInSeconds"], "MaximumBatchingWindowInSeconds", 0),
		BatchSize:     r.int(p["BatchSize"], "BatchSize", rules.DefaultBatchSize),
		Timeout:       r.seconds(function.Properties["Timeout"], "the function's Timeout", rules.DefaultTimeout),
		Concurrency:   r.int(r.object(p["ScalingConfig"], "ScalingConfig")["MaximumConcurrency"], "MaximumConcurrency", 0),
		Reserved:      r.int(function.Properties["ReservedConcurrentExecutions"], "the function's ReservedConcurrentExecutions", 0),
	}
	if m.resource.Type == "AWS::SQS::Queue" {
		out.Queue = t.queue(&r, m.resource.Properties)
	}
	return out, errors.Join(r.errs...)
}

// queue reads the settings of a queue and of its dead-letter queue.
func (t *checker) queue(r *reader, p map[string]any) *rules.Queue {
	q := &rules.Queue{
		FIFO:       r.bool(p["FifoQueue"], "FifoQueue"),
		Visibility: r.seconds(p["VisibilityTimeout"], "VisibilityTimeout", rules.DefaultVisibility),
		Retention:  r.seconds(p["MessageRetentionPeriod"], "MessageRetentionPeriod", rules.DefaultRetention),
	}
	redrive := r.object(p["RedrivePolicy"], "RedrivePolicy")
	q.Receives = r.int(redrive["maxReceiveCount"], "maxReceiveCount", 0)
	if dead, _ := t.Resource(t.sourceOf(redrive["deadLetterTargetArn"])); dead.Type == "AWS::SQS::Queue" {
		q.Dead = &rules.DeadLetter{
			FIFO:      r.bool(dead.Properties["FifoQueue"], "the dead-letter queue's FifoQueue"),
			Retention: r.seconds(dead.Properties["MessageRetentionPeriod"], "the dead-letter queue's MessageRetentionPeriod", rules.DefaultRetention),
		}
	}
	return q
}

// text returns a setting that is a text or a number; ok is false when it is not
// set.
func (t *checker) text(value any) (text string, ok bool, err error) {
	resolved, err := template.Resolve(value, t.values)
	if err != nil {
		return "", false, err
	}
	switch resolved := resolved.(type) {
	case nil:
		return "", false, nil
	case string:
		return resolved, true, nil
	case json.Number:
		return resolved.String(), true, nil
	default:
		return "", false, fmt.Errorf("%v is neither a text nor a number", resolved)
	}
}

// A reader reads settings and collects those that cannot be told.
type reader struct {
	*checker
	errs []error
}

func (r *reader) note(name string, err error) {
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", name, err))
	}
}

func (r *reader) object(value any, name string) map[string]any {
	o := template.Object(value)
	for key := range o {
		if len(o) == 1 && strings.HasPrefix(key, "Fn::") {
			_, err := template.Resolve(value, r.values)
			r.note(name, err)
		}
	}
	return o
}

func (r *reader) int(value any, name string, otherwise int) int {
	text, ok, err := r.text(value)
	if err == nil && ok {
		otherwise, err = strconv.Atoi(text)
	}
	r.note(name, err)
	return otherwise
}

func (r *reader) seconds(value any, name string, otherwise time.Duration) time.Duration {
	return time.Duration(r.int(value, name, int(otherwise/time.Second))) * time.Second
}

func (r *reader) bool(value any, name string) bool {
	if set, ok := value.(bool); ok {
		return set
	}
	text, _, err := r.text(value)
	r.note(name, err)
	return text == "true"
}

func (r *reader) texts(value any, name string) (texts []string) {
	resolved, err := template.Resolve(value, r.values)
	r.note(name, err)
	list, _ := resolved.([]any)
	for _, element := range list {
		if text, ok := element.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
