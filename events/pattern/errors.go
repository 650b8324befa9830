package pattern

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// A SyntaxError is a pattern that EventBridge would refuse, and where.
type SyntaxError struct {
	// Offset is the byte at which the pattern goes wrong, from 0; Line and
	// Column are the same place, from 1, the column in bytes.
	Offset, Line, Column int
	// Path is the field the place belongs to, such as "detail.state"; empty at
	// the top.
	Path string
	// Message says what is wrong.
	Message string
}

// Error returns the place and the message.
func (e *SyntaxError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("pattern: line %d, column %d: %s", e.Line, e.Column, e.Message)
	}
	return fmt.Sprintf("pattern: line %d, column %d: %s: %s", e.Line, e.Column, e.Path, e.Message)
}

// An EventError is an event that cannot be matched because it is not a JSON
// object.
type EventError struct {
	// Offset is the byte at which the event goes wrong, from 0.
	Offset int
	// Message says what is wrong.
	Message string
}

// Error returns the place and the message.
func (e *EventError) Error() string {
	return fmt.Sprintf("pattern: the event is not a JSON object: byte %d: %s", e.Offset, e.Message)
}

func eventError(err error) error {
	var scan *jsonscan.SyntaxError
	if errors.As(err, &scan) {
		return &EventError{Offset: scan.Offset, Message: scan.Detail}
	}
	return err
}

func syntaxError(source []byte, offset int, path, message string) *SyntaxError {
	before := source[:min(offset, len(source))]
	return &SyntaxError{
		Offset:  offset,
		Line:    bytes.Count(before, []byte("\n")) + 1,
		Column:  offset - bytes.LastIndexByte(before, '\n'),
		Path:    path,
		Message: message,
	}
}
