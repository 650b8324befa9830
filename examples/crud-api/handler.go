package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-thaw/thaw/dynamo"
	"github.com/go-thaw/thaw/httpapi"
)

// A Note is what the table holds and what clients see.
type Note struct {
	ID      string    `dynamodbav:"id" dynamo:"partition" json:"id"`
	Text    string    `dynamodbav:"text" json:"text"`
	Changed time.Time `dynamodbav:"changed" json:"changed"`
	Version int64     `dynamodbav:"version" dynamo:"version" json:"-"`
}

// notes are the operations on notes.
type notes struct{ table *dynamo.Repository[Note] }

// newHandler returns the API on a table of notes.
func newHandler(table *dynamo.Repository[Note]) http.Handler {
	n := notes{table}
	mux := http.NewServeMux()
	mux.Handle("POST /notes", httpapi.JSON(n.create))
	mux.Handle("GET /notes/{id}", httpapi.JSON(n.read))
	mux.Handle("PUT /notes/{id}", httpapi.JSON(n.change))
	mux.Handle("DELETE /notes/{id}", httpapi.JSON(n.delete))
	return mux
}

// text is the part of a note that clients write.
type text struct {
	Text string `json:"text"`
}

func (in text) Validate() error {
	if strings.TrimSpace(in.Text) == "" || len(in.Text) > 10_000 {
		return &httpapi.FieldError{Field: "text", Detail: "must have 1 to 10000 bytes"}
	}
	return nil
}

func (n notes) create(ctx context.Context, in text) (httpapi.Response[Note], error) {
	note := Note{ID: rand.Text(), Text: in.Text, Changed: time.Now().UTC()}
	if err := n.table.Create(ctx, &note); err != nil {
		return httpapi.Response[Note]{}, explain(err)
	}
	return respond(http.StatusCreated, note), nil
}

type noteID struct {
	ID string `path:"id"`
}

func (n notes) read(ctx context.Context, in noteID) (httpapi.Response[Note], error) {
	note, err := n.table.Get(ctx, dynamo.Key{in.ID})
	if err != nil {
		return httpapi.Response[Note]{}, explain(err)
	}
	return respond(http.StatusOK, note), nil
}

type changed struct {
	ID    string `path:"id"`
	Match string `header:"If-Match,required"`
	text
}

// change writes with the version that the client read: if somebody else has
// written in between, it is a conflict and not a lost change.
func (n notes) change(ctx context.Context, in changed) (httpapi.Response[Note], error) {
	var none httpapi.Response[Note]
	version, err := strconv.ParseInt(strings.Trim(in.Match, `"`), 10, 64)
	if err != nil {
		return none, httpapi.Error(http.StatusPreconditionFailed, "If-Match is no version of a note")
	}
	note := Note{ID: in.ID, Text: in.Text, Changed: time.Now().UTC(), Version: version}
	if err := n.table.Put(ctx, &note); err != nil {
		return none, explain(err)
	}
	return respond(http.StatusOK, note), nil
}

func (n notes) delete(ctx context.Context, in noteID) (struct{}, error) {
	return struct{}{}, explain(n.table.Delete(ctx, dynamo.Key{in.ID}))
}

// respond shows note with its version as ETag.
func respond(status int, note Note) httpapi.Response[Note] {
	return httpapi.Response[Note]{
		Status: status,
		Header: http.Header{"Etag": {strconv.Quote(strconv.FormatInt(note.Version, 10))}, "Location": {"/notes/" + note.ID}},
		Body:   note,
	}
}

// explain gives an error of the table the status that it has for a client.
func explain(err error) error {
	switch {
	case errors.Is(err, dynamo.ErrNotFound):
		return httpapi.Error(http.StatusNotFound, "there is no such note")
	case errors.Is(err, dynamo.ErrConflict):
		return httpapi.Error(http.StatusPreconditionFailed, "the note was changed in the meantime: read it again")
	}
	return err
}
