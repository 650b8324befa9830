package dynamo

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// A Page is a part of what a query names.
type Page[T any] struct {
	// Items are the items in the query's order.
	Items []T
	// Next is the cursor of the next page, "" after the last one.
	Next string
}

// defaultPage is the size of a page whose query has no limit.
const defaultPage = 100

// Page returns the items that q names from cursor on: "" means from the
// beginning. A page is full, with q.Limit items, unless it is the last one, and
// Next is empty exactly on the last one; to know that, it reads one item more.
//
// A cursor is safe in a URL and opaque: it is bound to the table, the index and
// everything in q but Limit, Consistent and Project. Anything else is
// [ErrBadCursor]. It names the key of the last item, so it stays valid when
// that item is deleted, and pages neither repeat nor skip what is not written
// meanwhile. See [Options] for signing it.
func (r *Repository[T]) Page(ctx context.Context, q Query, cursor string) (Page[T], error) {
	var page Page[T]
	p, err := r.core.prepareQuery(&q)
	if err != nil {
		return page, err
	}
	start, err := p.decodeCursor(cursor)
	if err != nil {
		return page, r.core.fail(opPage, q.Partition, err)
	}
	size := q.Limit
	if size == 0 {
		size = defaultPage
	}
	size = min(size, 1<<30)
	var last map[string]types.AttributeValue
	for attributes, err := range p.items(ctx, start, size+1) {
		if err != nil {
			return Page[T]{}, cursorError(err, start != nil)
		}
		if len(page.Items) == size {
			page.Next, err = p.encodeCursor(last)
			if err != nil {
				return Page[T]{}, r.core.fail(opPage, q.Partition, err)
			}
			return page, nil
		}
		var item T
		if err := decoder.Decode(&types.AttributeValueMemberM{Value: attributes}, &item); err != nil {
			return Page[T]{}, r.core.fail(opPage, q.Partition, err)
		}
		page.Items, last = append(page.Items, item), attributes
	}
	return page, nil
}

const opPage = "page"

// cursorError says that DynamoDB refused the start key of a cursor. With a
// cursor that passed all checks only a forged one, unsigned, gets there.
func cursorError(err error, started bool) error {
	var api smithy.APIError
	if started && errors.As(err, &api) && api.ErrorCode() == "ValidationException" &&
		strings.Contains(strings.ToLower(api.ErrorMessage()), "start") {
		return errors.Join(ErrBadCursor, err)
	}
	return err
}
