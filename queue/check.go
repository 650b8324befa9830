package queue

import (
	"errors"
	"fmt"

	"github.com/go-thaw/thaw/queue/internal/rules"
)

// ErrMapping is wrapped by every [*MappingError].
var ErrMapping = errors.New("event source mapping loses or repeats messages")

// A MappingError is one finding of [CheckMapping], or of a check of a template by
// package mapping.
type MappingError struct {
	// Function and Source tell which mapping, by name and ARN or by their logical
	// ids; Source is empty when there is none.
	Function, Source string
	// Problem says what was found, Fix what to set.
	Problem, Fix string
}

func (e *MappingError) Error() string {
	return fmt.Sprintf("queue: mapping of %q to %q: %s; %s", e.Source, e.Function, e.Problem, e.Fix)
}

func (e *MappingError) Unwrap() error { return ErrMapping }

// mappingErrors returns findings as errors of one mapping.
func mappingErrors(function, source string, found []rules.Finding) (errs []error) {
	for _, f := range found {
		errs = append(errs, &MappingError{Function: function, Source: source, Problem: f.Problem, Fix: f.Fix})
	}
	return errs
}
