package queuetest

import (
	"maps"
	"slices"
	"unicode/utf8"
)

// checkTags holds tags to their lengths:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html.
func checkTags(tags map[string]string) error {
	for key, value := range tags {
		if n := utf8.RuneCountInString(key); n < 1 || n > 128 || utf8.RuneCountInString(value) > 256 {
			return errValue("Tag keys must be between 1 and 128 characters in length, tag values at most 256.")
		}
	}
	return nil
}

func (f *Fake) tagQueue(in *struct {
	queueInput
	Tags map[string]string
}) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	maps.Copy(q.tags, in.Tags)
	return nil, nil
}

func (f *Fake) untagQueue(in *struct {
	queueInput
	TagKeys []string
}) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(q.tags, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
	return nil, nil
}

func (f *Fake) listQueueTags(in *queueInput) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Tags": maps.Clone(q.tags)}, nil
}
