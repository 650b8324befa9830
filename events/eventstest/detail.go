package eventstest

import (
	"errors"
	"strconv"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// maxDepth is how deep a detail may be nested, see
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html.
const maxDepth = 1000

// wellFormed reports whether EventBridge takes text as a detail: one JSON object,
// not nested too deep, with no integer beyond int64.
func wellFormed(text string) bool {
	s := jsonscan.New(text)
	isObject := s.Kind() == jsonscan.Object
	fits := valueFits(&s, 1)
	return isObject && fits && s.End() == nil
}

func valueFits(s *jsonscan.Scanner, level int) bool {
	fits := true
	switch kind := s.Kind(); {
	case kind == jsonscan.Object && level <= maxDepth:
		for s.Object(); s.Member(); {
			fits = valueFits(s, level+1) && fits
		}
	case kind == jsonscan.Array && level <= maxDepth:
		for s.Array(); s.Element(); {
			fits = valueFits(s, level+1) && fits
		}
	case kind == jsonscan.Number:
		_, err := strconv.ParseInt(s.Number(), 10, 64)
		fits = !errors.Is(err, strconv.ErrRange)
	default:
		s.Skip()
		fits = kind != jsonscan.Object && kind != jsonscan.Array
	}
	return fits
}
