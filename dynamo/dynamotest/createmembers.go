package dynamotest

import (
	"fmt"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

// maxThroughput bounds each provisioned unit.
const maxThroughput = 1_000_000_000_000

// checkCreateMembers checks the members of CreateTable one by one.
func (r *request) checkCreateMembers() error {
	name, ok := r.text("TableName")
	if !ok {
		return refusal.Invalid("The parameter 'TableName' is required but was not present in the request")
	}
	if !validName(name) {
		r.violates("Value '%s' at 'tableName' failed to satisfy constraint: %s", name, patternConstraint)
	}
	if c := lengthConstraint(name); c != "" {
		r.violates("Value '%s' at 'tableName' failed to satisfy constraint: %s", name, c)
	}
	if err := r.violations(); err != nil {
		return err
	}
	r.enum("BillingMode", "PROVISIONED", "PAY_PER_REQUEST")
	r.throughputMember("")
	r.keySchemaMember("", 2)
	if !r.has("AttributeDefinitions") {
		r.nullAt("attributeDefinitions")
	}
	r.definitionMembers()
	r.indexMembers("GlobalSecondaryIndexes", 8)
	r.indexMembers("LocalSecondaryIndexes", 2)
	r.broken = r.broken[:min(len(r.broken), 10)]
	if err := r.violations(); err != nil {
		return err
	}
	return r.checkBilling()
}

// checkBilling checks that throughput goes with the billing mode.
func (r *request) checkBilling() error {
	mode, hasMode := r.text("BillingMode")
	n := r.node.Member("ProvisionedThroughput")
	if mode == "PAY_PER_REQUEST" && n != nil {
		return refusal.Invalid(onDemandThroughputText)
	}
	if err := r.checkThroughputBounds(n); err != nil {
		return err
	}
	if hasMode && mode == "PROVISIONED" && n == nil {
		return refusal.Invalid(invalidText + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	}
	r.enum("TableClass", "STANDARD", "STANDARD_INFREQUENT_ACCESS")
	return r.violations()
}

func (r *request) checkThroughputBounds(n *wire.Node) error {
	if n == nil {
		return nil
	}
	for _, member := range []string{"ReadCapacityUnits", "WriteCapacityUnits"} {
		if units := r.inside(n).long(member); units > maxThroughput {
			return refusal.Invalid("Given value %d for %s is out of bounds", units, member)
		}
	}
	return nil
}

// nullAt notes a missing member at a path.
func (r *request) nullAt(path string) {
	r.violates("Value null at '%s' failed to satisfy constraint: Member must not be null", path)
}

// throughputMember checks ProvisionedThroughput below a path.
func (r *request) throughputMember(path string) {
	n := r.node.Member("ProvisionedThroughput")
	if n == nil {
		return
	}
	for _, member := range []string{"WriteCapacityUnits", "ReadCapacityUnits"} {
		at := path + "provisionedThroughput." + lower(member)
		switch m := n.Member(member); {
		case m == nil:
			r.nullAt(at)
		case r.inside(n).long(member) < 1:
			r.violates("Value '%s' at '%s' failed to satisfy constraint: Member must have value greater than or equal to 1", m.Text, at)
		}
	}
}

// keySchemaMember checks KeySchema below a path.
func (r *request) keySchemaMember(path string, most int) {
	n := r.node.Member("KeySchema")
	switch {
	case n == nil:
		r.nullAt(path + "keySchema")
		return
	case len(n.Kids) == 0:
		r.violates("Value '[]' at '%skeySchema' failed to satisfy constraint: Member must have length greater than or equal to 1", path)
	case len(n.Kids) > most:
		r.violates("Value '%s' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to %d", javaKeySchema(n.Kids), most)
	}
	for i := range n.Kids {
		r.keyElementMember(&n.Kids[i], fmt.Sprintf("%skeySchema.%d.member.", path, i+1))
	}
}

func javaKeySchema(kids []wire.Node) string {
	var parts []string
	for _, e := range elements(kids) {
		parts = append(parts, "KeySchemaElement(attributeName="+e.AttributeName+", keyType="+e.KeyType+")")
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (r *request) keyElementMember(n *wire.Node, path string) {
	if n.Member("AttributeName") == nil {
		r.nullAt(path + "attributeName")
	}
	switch t := n.Member("KeyType"); {
	case t == nil:
		r.nullAt(path + "keyType")
	case t.Text != "HASH" && t.Text != "RANGE":
		r.violates("Value '%s' at '%skeyType' failed to satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]", t.Text, path)
	}
}

func (r *request) definitionMembers() {
	for i, n := range r.kids("AttributeDefinitions") {
		path := fmt.Sprintf("attributeDefinitions.%d.member.", i+1)
		if n.Member("AttributeName") == nil {
			r.nullAt(path + "attributeName")
		}
		switch t := n.Member("AttributeType"); {
		case t == nil:
			r.nullAt(path + "attributeType")
		case t.Text != "S" && t.Text != "N" && t.Text != "B":
			r.violates("Value '%s' at '%sattributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]", t.Text, path)
		}
	}
}

// indexMembers checks each index of a list.
func (r *request) indexMembers(list string, mostKeys int) {
	for i, n := range r.kids(list) {
		r.indexMember(&n, fmt.Sprintf("%s.%d.member.", lower(list), i+1), mostKeys)
	}
}

// indexMember checks an index at a path.
func (r *request) indexMember(n *wire.Node, path string, mostKeys int) {
	in := r.inside(n)
	if mostKeys == 2 {
		in.indexNameMember(path)
	}
	in.keySchemaMember(path, mostKeys)
	if p := n.Member("Projection"); p == nil {
		in.nullAt(path + "projection")
	} else {
		in.projectionMember(p, path+"projection.")
	}
	if mostKeys != 2 {
		in.indexNameMember(path)
		in.throughputMember(path)
	}
	r.broken = append(r.broken, in.broken...)
}

func (r *request) indexNameMember(path string) {
	name, ok := r.text("IndexName")
	if !ok {
		r.nullAt(path + "indexName")
		return
	}
	if !validName(name) {
		r.violates("Value '%s' at '%sindexName' failed to satisfy constraint: %s", name, path, patternConstraint)
	}
	if c := lengthConstraint(name); c != "" {
		r.violates("Value '%s' at '%sindexName' failed to satisfy constraint: %s", name, path, c)
	}
}

func (r *request) projectionMember(n *wire.Node, path string) {
	if t := n.Member("ProjectionType"); t != nil && t.Text != "ALL" && t.Text != "INCLUDE" && t.Text != "KEYS_ONLY" {
		r.violates("Value '%s' at '%sprojectionType' failed to satisfy constraint: Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]", t.Text, path)
	}
	if a := n.Member("NonKeyAttributes"); a != nil && len(a.Kids) == 0 {
		r.violates("Value '[]' at '%snonKeyAttributes' failed to satisfy constraint: Member must have length greater than or equal to 1", path)
	}
}
