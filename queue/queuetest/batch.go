package queuetest

import (
	"cmp"
	"regexp"
)

var entryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// checkBatch finds what SQS refuses in the entries of any batch request.
func checkBatch[E any](entries []E, id func(E) string) error {
	const most = 10
	switch {
	case len(entries) == 0:
		return refuse("EmptyBatchRequest", "There should be at least one entry in the request.")
	case len(entries) > most:
		return refuse("TooManyEntriesInBatchRequest", "Maximum number of entries per request are %d. You have sent %d.", most, len(entries))
	}
	seen := make(map[string]bool)
	for _, e := range entries {
		if !entryID.MatchString(id(e)) {
			return refuse("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
		if seen[id(e)] {
			return refuse("BatchEntryIdsNotDistinct", "Id %s repeated.", id(e))
		}
		seen[id(e)] = true
	}
	return nil
}

// batchResult is the answer to a batch request; its lists are never null.
type batchResult struct {
	Successful []any
	Failed     []batchFailure
}

type batchFailure struct {
	ID          string `json:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

func newBatchResult() *batchResult {
	return &batchResult{Successful: []any{}, Failed: []batchFailure{}}
}

// add notes what came of one entry.
func (r *batchResult) add(id string, result any, err error) {
	if err == nil {
		r.Successful = append(r.Successful, result)
		return
	}
	e := err.(*Error) //nolint:errorlint,forcetypeassert // operations on entries answer nothing else
	r.Failed = append(r.Failed, batchFailure{ID: id, Code: cmp.Or(e.QueryCode, e.Code), Message: e.Message, SenderFault: e.Status < 500})
}
