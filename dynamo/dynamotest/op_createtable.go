package dynamotest

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

var (
	keySchemaShape   = listShape(structShape("KeySchemaElement", members(textShape, "KeyType", "AttributeName")...))
	definitionsShape = listShape(structShape("AttributeDefinition", members(textShape, "AttributeName", "AttributeType")...))
	throughputShape  = structShape("ProvisionedThroughput", members(longShape, "WriteCapacityUnits", "ReadCapacityUnits")...)
	onDemandShape    = structShape("OnDemandThroughput", members(longShape, "MaxReadRequestUnits", "MaxWriteRequestUnits")...)
	projectionShape  = structShape("Projection", append(members(textShape, "ProjectionType"), members(textsShape, "NonKeyAttributes")...)...)
	streamShape      = structShape("StreamSpecification", append(members(flagShape, "StreamEnabled"), members(textShape, "StreamViewType")...)...)
	encryptionShape  = structShape("SSESpecification", append(members(flagShape, "Enabled"), members(textShape, "SSEType", "KMSMasterKeyId")...)...)
	tagsShape        = listShape(structShape("Tag", members(textShape, "Key", "Value")...))

	createTableShape = inputShape(
		members(definitionsShape, "AttributeDefinitions"),
		members(keySchemaShape, "KeySchema"),
		members(listShape(indexShape("LocalSecondaryIndex")), "LocalSecondaryIndexes"),
		members(listShape(indexShape("GlobalSecondaryIndex")), "GlobalSecondaryIndexes"),
		members(throughputShape, "ProvisionedThroughput"),
		members(onDemandShape, "OnDemandThroughput"),
		members(streamShape, "StreamSpecification"),
		members(encryptionShape, "SSESpecification"),
		members(tagsShape, "Tags"),
		members(textShape, "TableName", "BillingMode", "TableClass"),
		members(flagShape, "DeletionProtectionEnabled"),
	)
)

func indexShape(class string) *wire.Shape {
	return structShape(class, slices.Concat(
		members(projectionShape, "Projection"),
		members(throughputShape, "ProvisionedThroughput"),
		members(onDemandShape, "OnDemandThroughput"),
		members(keySchemaShape, "KeySchema"),
		members(textShape, "IndexName"),
	)...)
}

// createTable is CreateTable. The answer says CREATING, as DynamoDB's does; the
// table is there at once.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
func createTable(r *request) (any, error) {
	if err := r.checkCreateMembers(); err != nil {
		return nil, err
	}
	name, _ := r.text("TableName")
	s := newSchema(r)
	if err := s.check(); err != nil {
		return nil, err
	}
	t := engine.NewTable(name, s.key, s.indexes)
	t.ID = r.fake.idSource.uuid()
	t.Created = r.fake.now()
	t.Attributes = s.definitions
	if err := r.settings(t); err != nil {
		return nil, err
	}
	tags, err := r.tags()
	if err != nil {
		return nil, err
	}
	if err := setTags(t, tags); err != nil {
		return nil, err
	}
	var d *tableDescription
	err = r.fake.db.Update(func(tx *engine.Tx) error {
		if tx.Table(name) != nil {
			return refusal.InUse("Table already exists: %s", name)
		}
		tx.Create(t)
		if err := r.createStream(tx, t); err != nil {
			tx.Drop(name)
			return err
		}
		d = describe(t, "CREATING", r.fake.now())
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !r.has("DeletionProtectionEnabled") {
		d.DeletionProtectionEnabled = nil
	}
	return map[string]any{"TableDescription": d}, nil
}

// settings reads what does not touch the rows.
func (r *request) settings(t *engine.Table) error {
	mode, _ := r.text("BillingMode")
	t.Settings.OnDemand = mode == "PAY_PER_REQUEST"
	t.Settings.DeletionProtected = r.flag("DeletionProtectionEnabled")
	t.Settings.Class, _ = r.text("TableClass")
	t.Settings.Throughput = r.throughput(r.node.Member("ProvisionedThroughput"))
	if n := r.node.Member("SSESpecification"); n != nil && r.inside(n).flag("Enabled") {
		key, ok := r.inside(n).text("KMSMasterKeyId")
		if !ok {
			key = "arn:aws:kms:" + Region + ":" + Account + ":key/" + r.fake.idSource.uuid()
		}
		t.Settings.Encryption = &engine.Encryption{Key: key}
	}
	var err error
	if t.Settings.OnDemandLimit, err = r.onDemandLimit(t.Settings.OnDemand); err != nil {
		return err
	}
	for _, n := range r.kids("GlobalSecondaryIndexes") {
		name, _ := r.inside(&n).text("IndexName")
		t.Index(name).Throughput = r.throughput(n.Member("ProvisionedThroughput"))
	}
	return nil
}

func (r *request) throughput(n *wire.Node) engine.Throughput {
	if n == nil {
		return engine.Throughput{}
	}
	in := r.inside(n)
	return engine.Throughput{Read: in.long("ReadCapacityUnits"), Write: in.long("WriteCapacityUnits")}
}

// onDemandLimit reads the bounds of on-demand throughput.
func (r *request) onDemandLimit(onDemand bool) (*engine.OnDemandLimit, error) {
	n := r.node.Member("OnDemandThroughput")
	if n == nil {
		return nil, nil
	}
	in := r.inside(n)
	limit := engine.OnDemandLimit{Read: -1, Write: -1}
	for _, m := range []struct {
		member string
		bound  *int64
	}{{"MaxReadRequestUnits", &limit.Read}, {"MaxWriteRequestUnits", &limit.Write}} {
		if !in.has(m.member) {
			continue
		}
		*m.bound = in.long(m.member)
		if !onDemand {
			return nil, refusal.Invalid("One or more parameter values were invalid: %s for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.", m.member)
		}
		if *m.bound < 1 {
			return nil, refusal.Invalid("One or more parameter values were invalid: Requested %s for OnDemandThroughput for table is outside of valid range", m.member)
		}
	}
	if limit == (engine.OnDemandLimit{Read: -1, Write: -1}) {
		return nil, nil
	}
	return &limit, nil
}
