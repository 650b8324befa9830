package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/httpapi"

	"github.com/go-thaw/thaw/examples/gigs/store"
)

// explain gives an error of the store the status that it has for a client. What
// it does not know is a fault of ours and stays an internal error.
func explain(what string, err error) error {
	switch {
	case errors.Is(err, dynamo.ErrExists):
		return httpapi.Error(http.StatusConflict, what+" exists")
	case errors.Is(err, dynamo.ErrNotFound):
		return httpapi.Error(http.StatusNotFound, what+" not found")
	case errors.Is(err, dynamo.ErrConflict):
		return httpapi.Error(http.StatusPreconditionFailed, what+" was changed in the meantime: read it again")
	case errors.Is(err, dynamo.ErrBadCursor):
		return httpapi.Error(http.StatusBadRequest, "the cursor does not belong to this listing")
	case errors.Is(err, store.ErrClosed):
		return httpapi.Error(http.StatusConflict, what+" takes no applications")
	}
	return err
}

// wrong collects what is wrong with the fields of a request.
type wrong []error

func (w *wrong) add(bad bool, field, detail string) {
	if bad {
		*w = append(*w, &httpapi.FieldError{Field: field, Detail: detail})
	}
}

// text checks a text that must have 1 to most bytes.
func (w *wrong) text(field, value string, most int) {
	w.add(strings.TrimSpace(value) == "", field, "must not be empty")
	w.add(len(value) > most, field, "is too long")
}

// key checks a text that becomes part of a key in the table, which the
// character # divides.
func (w *wrong) key(field, value string) {
	w.text(field, value, 64)
	w.add(strings.ContainsFunc(value, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
	}), field, "must consist of letters, digits and hyphens")
}

func (w *wrong) err() error { return errors.Join(*w...) }
