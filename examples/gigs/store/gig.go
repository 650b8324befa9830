package store

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/go-thaw/thaw/dynamo"
)

// The states of a gig.
const (
	Open   = "open"
	Closed = "closed"
)

// ErrClosed means that a gig takes no applications.
var ErrClosed = errors.New("the gig is closed")

// A Gig is a piece of work that somebody offers.
type Gig struct {
	ID    string `dynamodbav:"id"`
	Title string `dynamodbav:"title"`
	City  string `dynamodbav:"city"`
	// Pay is in cents.
	Pay          int64     `dynamodbav:"pay"`
	Status       string    `dynamodbav:"status"`
	Applications int64     `dynamodbav:"applications"`
	Created      time.Time `dynamodbav:"created"`
	Version      int64     `dynamodbav:"version" dynamo:"version"`
}

// An Application is a user's wish to do a gig.
type Application struct {
	Gig     string    `dynamodbav:"gig"`
	User    string    `dynamodbav:"user"`
	Message string    `dynamodbav:"message"`
	Created time.Time `dynamodbav:"created"`
}

// CreateGig stores a new, open gig, or returns [dynamo.ErrExists].
func (s *Store) CreateGig(ctx context.Context, g *Gig) error {
	g.Status, g.Created = Open, s.now().UTC()
	return s.gigs.Create(ctx, g)
}

// Gig returns the gig with id, or [dynamo.ErrNotFound].
func (s *Store) Gig(ctx context.Context, id string) (Gig, error) {
	return s.gigs.Get(ctx, dynamo.Key{id})
}

// PutGig stores a changed gig. When it was changed by somebody else since it was
// read, that is [dynamo.ErrConflict].
func (s *Store) PutGig(ctx context.Context, g *Gig) error { return s.gigs.Put(ctx, g) }

// Apply stores a new application for an open gig and counts it, in one
// transaction. It returns [dynamo.ErrExists] when the user has applied before,
// [dynamo.ErrNotFound] when there is no such gig, and [ErrClosed] when it takes
// no applications.
func (s *Store) Apply(ctx context.Context, a *Application) error {
	a.Created = s.now().UTC()
	open := expression.Name("status").Equal(expression.Value(Open))
	count := expression.Add(expression.Name("applications"), expression.Value(1))
	err := dynamo.Transact(ctx, s.client,
		s.applications.CreateOp(a),
		s.gigs.UpdateOp(dynamo.Key{a.Gig}, count, dynamo.If(open)),
	)
	if errors.Is(err, dynamo.ErrCondition) {
		return ErrClosed
	}
	return err
}

// Applications walks through the applications for a gig, by user.
func (s *Store) Applications(ctx context.Context, gig string) iter.Seq2[Application, error] {
	return s.applications.Query(ctx, dynamo.Query{Partition: dynamo.Key{gig}})
}

// Gigs returns a page of the gigs in a status, oldest first, and the cursor of
// the next page: "" after the last. The cursor "" is that of the first page.
func (s *Store) Gigs(ctx context.Context, status string, limit int, cursor string) ([]Gig, string, error) {
	page, err := s.gigs.Page(ctx, dynamo.Query{Index: ByStatus, Partition: dynamo.Key{status}, Limit: limit}, cursor)
	return page.Items, page.Next, err
}
