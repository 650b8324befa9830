package dynamotest

import (
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// What may be wrong with an expression value as it is read, by a part of the
// complaint.
const (
	emptyFault   = "AttributeValue is empty"
	severalFault = "more than one datatypes"
	nullFault    = "Null attribute value"
	setFault     = "not be empty"
	numberFault  = "umber" // of four complaints about numbers
	numericFault = "numeric value"
)

// namesValue tells which complaints about an expression value an operation puts
// behind "ExpressionAttributeValues contains invalid value" with the value's
// name. Those of the second list are named only by the older layer.
var namesValue = map[string]struct{ always, older []string }{
	"Query":              {always: []string{emptyFault, nullFault}},
	"UpdateItem":         {always: []string{nullFault}, older: []string{severalFault, setFault, numberFault, numericFault}},
	"DeleteItem":         {always: []string{emptyFault, nullFault}, older: []string{severalFault, setFault, numberFault, numericFault}},
	"TransactWriteItems": {older: []string{numberFault, numericFault}},
}

// aboutValue names the expression value in a complaint where the operation
// does.
func (r *request) aboutValue(name string, err error) error {
	e, ok := refusal.As(err)
	switch {
	case !ok || e.Code != refusal.ValidationCode:
		return err
	case r.older():
		return invalidValue(e.Message, name)
	case e.Request:
		return err
	}
	about := func(fault string) bool { return strings.Contains(e.Message, fault) }
	rule := namesValue[r.op]
	if slices.ContainsFunc(rule.always, about) || r.layer == value.Older && slices.ContainsFunc(rule.older, about) {
		return invalidValue(e.Message, name)
	}
	return err
}

func invalidValue(complaint, name string) *refusal.Error {
	return refusal.Invalid("%s", "ExpressionAttributeValues contains invalid value: "+complaint+" for key "+name)
}
