package dynamotest

import (
	"slices"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// Limits of a table's schema.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const (
	maxLocalIndexes  = 5
	maxGlobalIndexes = 20
	maxKeyParts      = 4
)

const invalidText = "One or more parameter values were invalid: "

// A schema is what CreateTable says about keys and indexes.
type schema struct {
	definitions []engine.KeyAttribute
	keyElements []keyElement
	key         engine.Key
	local       []indexInput
	global      []indexInput
	hasLocal    bool
	hasGlobal   bool
	onDemand    bool
	indexes     []engine.IndexSchema
}

// An indexInput is an index as it was sent.
type indexInput struct {
	engine.IndexSchema
	keyElements   []keyElement
	hasInclude    bool
	hasThroughput bool
}

func newSchema(r *request) *schema {
	s := &schema{
		definitions: r.definitions(),
		keyElements: elements(r.kids("KeySchema")),
		hasLocal:    r.has("LocalSecondaryIndexes"),
		hasGlobal:   r.has("GlobalSecondaryIndexes"),
	}
	mode, _ := r.text("BillingMode")
	s.onDemand = mode == "PAY_PER_REQUEST"
	for _, n := range r.kids("LocalSecondaryIndexes") {
		x := r.inside(&n).index()
		x.Local = true
		s.local = append(s.local, x)
	}
	for _, n := range r.kids("GlobalSecondaryIndexes") {
		s.global = append(s.global, r.inside(&n).index())
	}
	return s
}

func (r *request) definitions() []engine.KeyAttribute {
	var out []engine.KeyAttribute
	for _, n := range r.kids("AttributeDefinitions") {
		in := r.inside(&n)
		name, _ := in.text("AttributeName")
		typ, _ := in.text("AttributeType")
		t, _ := value.TypeNamed(typ)
		out = append(out, engine.KeyAttribute{Name: name, Type: t})
	}
	return out
}

func elements(kids []wire.Node) []keyElement {
	var out []keyElement
	for i := range kids {
		e := keyElement{}
		if n := kids[i].Member("AttributeName"); n != nil {
			e.AttributeName = n.Text
		}
		if n := kids[i].Member("KeyType"); n != nil {
			e.KeyType = n.Text
		}
		out = append(out, e)
	}
	return out
}

// index reads a global or local index.
func (r *request) index() indexInput {
	var x indexInput
	x.Name, _ = r.text("IndexName")
	x.keyElements = elements(r.kids("KeySchema"))
	x.hasThroughput = r.has("ProvisionedThroughput")
	if n := r.node.Member("Projection"); n != nil {
		in := r.inside(n)
		x.Projection, _ = in.text("ProjectionType")
		x.Include = in.texts("NonKeyAttributes")
		x.hasInclude = in.has("NonKeyAttributes")
	}
	return x
}

// check checks the schema and works out its keys.
func (s *schema) check() error {
	if err := s.checkTableKey(); err != nil {
		return err
	}
	switch {
	case s.hasLocal && len(s.local) == 0:
		return refusal.Invalid(invalidText + "List of LocalSecondaryIndexes is empty")
	case s.hasGlobal && len(s.global) == 0:
		return refusal.Invalid(invalidText + "List of GlobalSecondaryIndexes is empty")
	}
	if err := s.checkLocal(); err != nil {
		return err
	}
	if err := s.checkGlobal(); err != nil {
		return err
	}
	if err := uniqueNames(append(slices.Clone(s.local), s.global...)); err != nil {
		return err
	}
	if err := s.checkDefinitionsUsed(); err != nil {
		return err
	}
	s.key = buildKey(s.keyElements, s.definitions)
	for _, x := range append(slices.Clone(s.local), s.global...) {
		x.Key = buildKey(x.keyElements, s.definitions)
		s.indexes = append(s.indexes, x.IndexSchema)
	}
	return nil
}

func buildKey(elements []keyElement, definitions []engine.KeyAttribute) engine.Key {
	var k engine.Key
	for _, e := range elements {
		i := slices.IndexFunc(definitions, func(d engine.KeyAttribute) bool { return d.Name == e.AttributeName })
		if e.KeyType == "HASH" {
			k.Hash = append(k.Hash, definitions[i])
		} else {
			k.Sort = append(k.Sort, definitions[i])
		}
	}
	return k
}

func definitionNames(definitions []engine.KeyAttribute) []string {
	out := make([]string, len(definitions))
	for i, d := range definitions {
		out[i] = d.Name
	}
	return out
}

func elementNames(elements []keyElement) []string {
	out := make([]string, len(elements))
	for i, e := range elements {
		out[i] = e.AttributeName
	}
	return out
}

const (
	undefinedText = "Invalid KeySchema: Some index key attribute have no definition"
	sameNameText  = "Both the Hash Key and the Range Key element in the KeySchema have the same name"
	firstHashText = "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
)

func (s *schema) checkTableKey() error {
	defined := definitionNames(s.definitions)
	keys := elementNames(s.keyElements)
	missing := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return slices.Contains(defined, k) })
	same := len(keys) == 2 && keys[0] == keys[1]
	switch {
	case len(missing) == 0 && same, len(missing) > 0 && (len(defined) == 0 || len(keys) >= 2):
		return refusal.Invalid(undefinedText)
	case len(missing) > 0:
		return undefinedKeys(missing, defined)
	}
	return checkPair(s.keyElements)
}

func undefinedKeys(keys, defined []string) error {
	return refusal.Invalid(invalidText+"Some index key attributes are not defined in AttributeDefinitions. Keys: [%s], AttributeDefinitions: [%s]",
		strings.Join(keys, ", "), strings.Join(defined, ", "))
}

// checkPair checks a key of one or two attributes.
func checkPair(elements []keyElement) error {
	switch {
	case elements[0].KeyType != "HASH":
		return refusal.Invalid(firstHashText)
	case len(elements) == 2 && elements[0].AttributeName == elements[1].AttributeName:
		return refusal.Invalid(sameNameText)
	case len(elements) == 2 && elements[1].KeyType != "RANGE":
		return refusal.Invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
	}
	return nil
}

// checkDefinitionsUsed refuses definitions that no key uses.
func (s *schema) checkDefinitionsUsed() error {
	used := elementNames(s.keyElements)
	for _, x := range append(slices.Clone(s.local), s.global...) {
		used = append(used, elementNames(x.keyElements)...)
	}
	if len(slices.Compact(slices.Sorted(slices.Values(used)))) == len(s.definitions) {
		return nil
	}
	if len(s.local)+len(s.global) == 0 {
		return refusal.Invalid(invalidText + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	return refusal.Invalid(invalidText+"Some AttributeDefinitions are not used. AttributeDefinitions: [%s], keys used: [%s]",
		strings.Join(javaOrder(definitionNames(s.definitions), true), ", "), strings.Join(javaOrder(used, false), ", "))
}
