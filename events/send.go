package events

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
)

// send sends one request's worth of entries until each is accepted, has failed
// for good or cannot be tried again.
func (c *call) send(ctx context.Context, entries []*entry) {
	for attempt := 1; len(entries) > 0; attempt++ {
		failures := c.attempt(ctx, entries)
		again := entries[:0:0]
		for _, f := range failures {
			if c.mayRetry(f) {
				again = append(again, f.entry)
			} else {
				c.fail(f.EntryError)
			}
		}
		if len(again) == 0 {
			return
		}
		if err := c.retry.Wait(ctx, attempt); err != nil {
			c.fail(ended(failures, again, err)...)
			return
		}
		entries = again
	}
}

// A failure is what came of an entry in one attempt.
type failure struct {
	*EntryError
	entry *entry
	known bool // the code is one of those that AWS documents
}

// unknownAttempts bounds the attempts of an entry whose error code is none of
// those that AWS documents: it may be a passing condition that is new, but it
// must not take the rest of the invocation.
const unknownAttempts = 3

func (c *call) mayRetry(f failure) bool {
	if !f.Retryable || c.options.Attempts > 0 && f.Attempts >= c.options.Attempts {
		return false
	}
	return f.known || f.Attempts < unknownAttempts
}

// ended returns the failures of entries that the context's end leaves behind.
func ended(failures []failure, entries []*entry, cause error) []*EntryError {
	var out []*EntryError
	for _, f := range failures {
		if !slices.Contains(entries, f.entry) {
			continue
		}
		switch {
		case f.Err == nil:
			f.Err = cause
		case !errors.Is(f.Err, cause):
			f.Err = fmt.Errorf("%w; %w", f.Err, cause)
		}
		out = append(out, f.EntryError)
	}
	return out
}

// attempt makes one request and returns the entries that were not accepted.
func (c *call) attempt(ctx context.Context, entries []*entry) []failure {
	if err := ctx.Err(); err != nil {
		return c.refuse(entries, err)
	}
	input := &eventbridge.PutEventsInput{
		EndpointId: optional(&c.options.EndpointID),
		Entries:    make([]types.PutEventsRequestEntry, len(entries)),
	}
	for i, e := range entries {
		e.attempts++
		c.request(&input.Entries[i], e)
	}
	output, err := c.api.PutEvents(ctx, input)
	switch {
	case err != nil && len(entries) > 1 && blamesRequest(err):
		half := len(entries) / 2
		return append(c.attempt(ctx, entries[:half]), c.attempt(ctx, entries[half:])...)
	case err != nil:
		return c.refuse(entries, err)
	case len(output.Entries) != len(entries):
		return c.refuse(entries, fmt.Errorf("events: %d results for %d entries", len(output.Entries), len(entries)))
	}
	return c.judge(entries, output.Entries)
}

// blamesRequest reports whether err is about the content of a request, so that
// one entry may be at fault for all.
func blamesRequest(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	code := api.ErrorCode()
	return code == "ValidationException" || code == "RequestEntityTooLarge" || code == "RequestTooLarge"
}

// refuse fails all entries with the error of their request.
func (c *call) refuse(entries []*entry, err error) []failure {
	var code, message string
	var api smithy.APIError
	if errors.As(err, &api) {
		code, message = api.ErrorCode(), api.ErrorMessage()
	}
	failures := make([]failure, len(entries))
	for i, e := range entries {
		f := c.failure(e, err)
		f.Code, f.Message, f.Retryable = code, message, passing(err)
		failures[i] = failure{f, e, true}
	}
	return failures
}

// passing reports whether the error of a request may not come again. The end of
// a context is one: another call has another context.
func passing(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var quota ratelimit.QuotaExceededError // the SDK's own bound on its retries
	if errors.As(err, &quota) {
		return true
	}
	return retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}

// codes are the error codes of entries that AWS documents, and whether trying
// again can help, see
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html.
func codes(code string) (retryable, known bool) {
	switch code {
	case "InternalFailure", "InternalException", "ThrottlingException":
		return true, true
	case "AccessDeniedException", "InvalidAccountIdException", "InvalidArgument", "MalformedDetail",
		"RedactionFailure", "NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException":
		return false, true
	default:
		return true, false
	}
}

// judge pairs entries with their results, which are in the same order.
func (c *call) judge(entries []*entry, results []types.PutEventsResultEntry) []failure {
	var failures []failure
	for i, result := range results {
		if result.ErrorCode == nil {
			continue
		}
		f := c.failure(entries[i], nil)
		f.Code, f.Message = *result.ErrorCode, aws.ToString(result.ErrorMessage)
		retryable, known := codes(f.Code)
		f.Retryable = retryable
		failures = append(failures, failure{f, entries[i], known})
	}
	return failures
}
