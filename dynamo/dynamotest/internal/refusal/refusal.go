// Package refusal holds the errors that DynamoDB answers.
package refusal

import (
	"errors"
	"fmt"
)

// An Error is a refusal. Its code is the short name of the exception.
type Error struct {
	Code    string
	Message string
	// Request marks a failed check of the request itself, which PutItem,
	// UpdateItem and DeleteItem report as "1 validation error detected: …" and
	// all other operations as it is.
	Request bool
	// Fields are further members of the answer: Item, CancellationReasons.
	Fields map[string]any
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// As returns the refusal that err is.
func As(err error) (*Error, bool) { return errors.AsType[*Error](err) }

// Codes that are used in more than one place.
const (
	ValidationCode      = "ValidationException"
	SerializationCode   = "SerializationException"
	NotFoundCode        = "ResourceNotFoundException"
	InUseCode           = "ResourceInUseException"
	ConditionFailedCode = "ConditionalCheckFailedException"
)

// Invalid is a ValidationException.
func Invalid(format string, args ...any) *Error {
	return &Error{Code: ValidationCode, Message: text(format, args)}
}

// Request is a ValidationException about the request itself; see
// [Error.Request].
func Request(format string, args ...any) *Error {
	return &Error{Code: ValidationCode, Message: text(format, args), Request: true}
}

// Serialization is the answer to a document of the wrong shape.
func Serialization(format string, args ...any) *Error {
	return &Error{Code: SerializationCode, Message: text(format, args)}
}

// NotFound is a ResourceNotFoundException.
func NotFound(format string, args ...any) *Error {
	return &Error{Code: NotFoundCode, Message: text(format, args)}
}

// InUse is a ResourceInUseException.
func InUse(format string, args ...any) *Error {
	return &Error{Code: InUseCode, Message: text(format, args)}
}

// text leaves a format without arguments alone, so that a message may hold a
// per cent sign from the request.
func text(format string, args []any) string {
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}
