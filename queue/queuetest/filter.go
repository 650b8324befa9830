package queuetest

import "encoding/json"

// maxFilters is how many filters a mapping can have, with a raised quota:
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html.
const maxFilters = 10

// matches tells whether a message with the given body is delivered. Filters see
// nothing else of it:
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html.
func (o *MappingOptions) matches(body string) bool {
	if len(o.Filters) == 0 {
		return true
	}
	var value any = body
	if json.Valid([]byte(body)) {
		value = json.RawMessage(body)
	}
	record := encode(struct {
		Body any `json:"body"`
	}{value})
	for _, match := range o.Filters {
		if ok, err := match(record); ok && err == nil {
			return true
		}
	}
	return false
}
