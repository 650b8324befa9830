package awsfake

import (
	"maps"
	"net/http"
)

// An Error is what an operation answers instead of its output. It implements
// error, so that an operation just returns it.
type Error struct {
	// Code is the short name of the error, such as "ResourceNotFoundException".
	Code string
	// Message is the text that goes with it.
	Message string
	// Status is the HTTP status; 0 means 400.
	Status int
	// Fields are further members of the answer, such as CancellationReasons.
	Fields map[string]any
	// MessageKey is the member that carries Message; empty means "message".
	MessageKey string
	// QueryCode is the code in the x-amzn-query-error header of a service that
	// once spoke the query protocol; empty means Code.
	QueryCode string
}

// Error returns the code and the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

func (e *Error) status() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

// body returns the members of the error's JSON answer.
func (e *Error) body(typ string) map[string]any {
	members := map[string]any{"__type": typ}
	if e.Message != "" {
		key := e.MessageKey
		if key == "" {
			key = "message"
		}
		members[key] = e.Message
	}
	maps.Copy(members, e.Fields)
	return members
}
