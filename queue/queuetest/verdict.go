package queuetest

import (
	"bytes"
	"encoding/json"
)

// keep returns which of the messages of a batch come back, given what the
// handler returned. The rules are those of
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html:
//
//   - an error keeps everything;
//   - an empty or null list, an empty or null response, and no response keep
//     nothing;
//   - a response that is not valid JSON, and an item whose identifier is
//     missing, empty, null, misspelt or not of this batch keep everything;
//   - otherwise the items of the list are kept.
//
// A response that is JSON but no object counts as invalid.
func (m *Mapping) keep(b *gathered, response []byte, err error) map[string]bool {
	everything := make(map[string]bool, len(b.messages))
	for _, r := range b.messages {
		everything[r.id] = true
	}
	if err != nil {
		return everything
	}
	if m.options.IgnoreFailures {
		return nil
	}
	ids, ok := failures(response)
	if !ok {
		return everything
	}
	kept := make(map[string]bool, len(ids))
	for _, id := range ids {
		if !everything[id] {
			return everything
		}
		kept[id] = true
	}
	return kept
}

// failures returns the identifiers in a partial batch response, and whether it
// can be read. Keys are compared exactly, which decoding into a struct would
// not.
func failures(response []byte) (ids []string, ok bool) {
	if len(bytes.TrimSpace(response)) == 0 {
		return nil, true
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(response, &fields); err != nil {
		return nil, false
	}
	var items []map[string]json.RawMessage
	if list, found := fields["batchItemFailures"]; found {
		if err := json.Unmarshal(list, &items); err != nil {
			return nil, false
		}
	}
	for _, item := range items {
		var id *string
		if err := json.Unmarshal(item["itemIdentifier"], &id); err != nil || id == nil { // an empty one is of no batch
			return nil, false
		}
		ids = append(ids, *id)
	}
	return ids, true
}
