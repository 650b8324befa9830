package wire

import (
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

// A Type is what a member of a request has to be.
type Type uint8

// The types of members.
const (
	Text Type = iota
	Int
	Long
	Flag
	List
	Map
	Struct
	// Anything is not checked here: attribute values have their own reader.
	Anything
)

// A Shape describes a member: its type, the Java class that DynamoDB names in
// its complaints, the shape of elements and the members of a struct in the
// order in which they are checked.
type Shape struct {
	Type    Type
	Class   string
	Elem    *Shape
	Members []Member
}

// A Member is a named part of a struct.
type Member struct {
	Name  string
	Shape *Shape
}

// Check compares n with the shape and returns DynamoDB's complaint about the
// first mismatch. Null fits everywhere, unknown members are ignored.
func (s *Shape) Check(n *Node) error { return s.check(n, false) }

func (s *Shape) check(n *Node, element bool) error {
	if n == nil || n.Kind == Null {
		return nil
	}
	switch s.Type {
	case Anything:
		return nil
	case List:
		return s.checkList(n, element)
	case Map:
		return s.checkMap(n, element)
	case Struct:
		return s.checkStruct(n, element)
	}
	return s.checkScalar(n)
}

// EachLeaf calls visit for the parts of n that are structs of unknown members,
// until it returns an error. n has to fit the shape.
func (s *Shape) EachLeaf(n *Node, visit func(*Node) error) error {
	switch {
	case n == nil || n.Kind == Null:
		return nil
	case s.Type == List || s.Type == Map:
		for i := range n.Kids {
			if err := s.Elem.EachLeaf(&n.Kids[i], visit); err != nil {
				return err
			}
		}
	case s.Type == Struct && s.Members == nil:
		return visit(n)
	case s.Type == Struct:
		for _, m := range s.Members {
			if err := m.Shape.EachLeaf(n.Member(m.Name), visit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Shape) checkList(n *Node, element bool) error {
	if n.Kind != Array {
		switch {
		case element:
			return refusal.Serialization(genericCast)
		case n.Kind == Object:
			return refusal.Serialization(unexpectedStructure)
		}
		return refusal.Serialization("Unexpected field type")
	}
	for i := range n.Kids {
		if err := s.Elem.check(&n.Kids[i], true); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shape) checkMap(n *Node, element bool) error {
	switch {
	case n.Kind == Object:
	case element:
		return refusal.Serialization(genericCast)
	case n.Kind == Array:
		return refusal.Serialization("Unrecognized collection type java.util.Map<java.lang.String, %s>", s.Class)
	default:
		return refusal.Serialization("Unexpected field type")
	}
	for i := range n.Kids {
		if err := s.Elem.check(&n.Kids[i], true); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shape) checkStruct(n *Node, element bool) error {
	switch {
	case n.Kind == Object:
	case n.Kind == Array:
		return refusal.Serialization("Unrecognized collection type class %s", s.Class)
	case element:
		return refusal.Serialization("Unexpected value type in payload")
	default:
		return refusal.Serialization("Unexpected field type")
	}
	for i := range s.Members {
		if err := s.Members[i].Shape.check(n.Member(s.Members[i].Name), false); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shape) checkScalar(n *Node) error {
	java := [...]string{Text: "String", Int: "Integer", Long: "Long", Flag: "Boolean"}[s.Type]
	switch n.Kind {
	case Object:
		return refusal.Serialization(unexpectedStructure)
	case Array:
		return refusal.Serialization("Unrecognized collection type class java.lang.%s", java)
	}
	ok := false
	switch s.Type {
	case Text:
		ok = n.Kind == String
	case Int, Long:
		ok = n.Kind == Number
	case Flag:
		_, ok = ReadFlag(n)
		if !ok && n.Kind == String {
			return refusal.Serialization("Unexpected token received from parser")
		}
	}
	if !ok {
		return refusal.Serialization("%s cannot be converted to %s", n.tokenName(), java)
	}
	return nil
}

const (
	unexpectedStructure = "Start of structure or map found where not expected"
	genericCast         = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of loader 'bootstrap')"
)

// tokenName is what DynamoDB calls a scalar in its complaints.
func (n *Node) tokenName() string {
	switch n.Kind {
	case True:
		return "TRUE_VALUE"
	case False:
		return "FALSE_VALUE"
	case Number:
		if strings.ContainsAny(n.Text, ".eE") {
			return "DECIMAL_VALUE"
		}
		return "NUMBER_VALUE"
	}
	return "STRING_VALUE"
}

// ReadFlag returns the boolean that n stands for: true or false, or one of the
// words that DynamoDB takes for them, in any case.
func ReadFlag(n *Node) (value, ok bool) {
	switch n.Kind {
	case True:
		return true, true
	case False:
		return false, true
	case String:
		switch strings.ToLower(n.Text) {
		case "true", "t", "yes", "y", "1":
			return true, true
		case "false", "f", "no", "n", "0":
			return false, true
		}
	}
	return false, false
}

// CheckText complains when n is not a string.
func CheckText(n *Node) error { return textShape.Check(n) }

// CheckFlag complains when n cannot be read as a boolean.
func CheckFlag(n *Node) error { return flagShape.Check(n) }

var (
	textShape = &Shape{Type: Text}
	flagShape = &Shape{Type: Flag}
)
