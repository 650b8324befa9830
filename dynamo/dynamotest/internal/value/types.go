package value

import (
	"errors"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// CheckTypes returns the complaint about the first part of a value that is of
// the wrong JSON type, or is no base64. DynamoDB reads the whole document before
// it looks at what a value says, so such a complaint comes before all others.
func CheckTypes(n *wire.Node) error {
	if n.Kind == wire.Null {
		return nil
	}
	if _, err := Decode(n, Current); err == nil || isSerialization(err) {
		return err
	}
	for i := range n.Kids {
		k := &n.Kids[i]
		if t, ok := TypeNamed(k.Name); ok && k.Kind != wire.Null {
			if err := checkMember(k, t); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkMember(m *wire.Node, t Type) error {
	switch t {
	case M:
		if err := mapShape.Check(m); err != nil {
			return err
		}
		return checkEach(m, CheckTypes)
	case L, SS, NS, BS:
		if err := listShape.Check(m); err != nil {
			return err
		}
	}
	switch t {
	case L:
		return checkEach(m, CheckTypes)
	case SS, NS:
		return checkEach(m, func(n *wire.Node) error { return checkRead(n, S) })
	case BS:
		return checkEach(m, func(n *wire.Node) error { return checkRead(n, B) })
	case N: // any text will do
		return wire.CheckText(m)
	}
	_, err := decodeMember(m, t, Current)
	return serialization(err)
}

func checkRead(n *wire.Node, t Type) error {
	_, err := decodeMemberOf(n, t, Current)
	return serialization(err)
}

func checkEach(n *wire.Node, check func(*wire.Node) error) error {
	for i := range n.Kids {
		if err := check(&n.Kids[i]); err != nil {
			return err
		}
	}
	return nil
}

// serialization returns err if it is about a type, and else nothing.
func serialization(err error) error {
	if isSerialization(err) {
		return err
	}
	return nil
}

func isSerialization(err error) bool {
	var e *refusal.Error
	return errors.As(err, &e) && e.Code == refusal.SerializationCode
}
