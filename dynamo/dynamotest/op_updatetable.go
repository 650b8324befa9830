package dynamotest

import (
	"fmt"
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

var updateTableShape = inputShape(
	members(listShape(structShape("GlobalSecondaryIndexUpdate",
		wire.Member{Name: "Create", Shape: indexShape("CreateGlobalSecondaryIndexAction")},
		wire.Member{Name: "Update", Shape: indexShape("UpdateGlobalSecondaryIndexAction")},
		wire.Member{Name: "Delete", Shape: indexShape("DeleteGlobalSecondaryIndexAction")},
	)), "GlobalSecondaryIndexUpdates"),
	members(definitionsShape, "AttributeDefinitions"),
	members(throughputShape, "ProvisionedThroughput"),
	members(onDemandShape, "OnDemandThroughput"),
	members(streamShape, "StreamSpecification"),
	members(encryptionShape, "SSESpecification"),
	members(textShape, "TableName", "BillingMode", "TableClass"),
	members(flagShape, "DeletionProtectionEnabled"),
)

// An indexUpdate is one entry of GlobalSecondaryIndexUpdates.
type indexUpdate struct {
	kind string // Create, Update or Delete; empty when it is none of them
	name string
	node *wire.Node
}

// updateTable is UpdateTable. Changes take effect at once, new indexes with the
// items that are there. Only a change of throughput is answered as one that is
// still under way.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
func updateTable(r *request) (any, error) {
	name, err := r.administered()
	if err != nil {
		return nil, err
	}
	updates := r.indexUpdates()
	if err := r.checkUpdateTableMembers(updates); err != nil {
		return nil, err
	}
	var d *tableDescription
	err = r.fake.db.Update(func(tx *engine.Tx) error {
		t, err := administer(tx, name)
		if err != nil {
			return err
		}
		before := describeThroughput(t.Settings.Throughput, r.fake.now())
		if err := r.changeTable(tx, t, updates); err != nil {
			return err
		}
		d = describe(t, "ACTIVE", r.fake.now())
		if r.has("ProvisionedThroughput") {
			before.NumberOfDecreasesToday = d.ProvisionedThroughput.NumberOfDecreasesToday
			d.TableStatus, d.ProvisionedThroughput = "UPDATING", before
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"TableDescription": d}, nil
}

func (r *request) indexUpdates() []indexUpdate {
	var out []indexUpdate
	kids := r.kids("GlobalSecondaryIndexUpdates")
	for i := range kids {
		u := indexUpdate{}
		for _, kind := range []string{"Update", "Create", "Delete"} {
			if n := kids[i].Member(kind); n != nil && u.kind == "" {
				u.kind, u.node = kind, n
				u.name, _ = r.inside(n).text("IndexName")
			}
		}
		out = append(out, u)
	}
	return out
}

func (r *request) checkUpdateTableMembers(updates []indexUpdate) error {
	r.definitionMembers()
	r.throughputMember("")
	for i, u := range updates {
		path := fmt.Sprintf("globalSecondaryIndexUpdates.%d.member.%s.", i+1, lowerKind(u.kind))
		switch u.kind {
		case "Create":
			r.indexMember(u.node, path, 8)
		case "Update", "Delete":
			in := r.inside(u.node)
			in.indexNameMember(path)
			in.throughputMember(path)
			r.broken = append(r.broken, in.broken...)
		}
	}
	r.broken = r.broken[:min(len(r.broken), 10)]
	if err := r.violations(); err != nil {
		return err
	}
	r.enum("BillingMode", "PROVISIONED", "PAY_PER_REQUEST")
	if err := r.violations(); err != nil {
		return err
	}
	if err := r.checkBillingUpdate(); err != nil {
		return err
	}
	return r.checkSomeUpdate(updates)
}

// lowerKind is the member of an index update as paths name it.
func lowerKind(kind string) string {
	if kind == "" {
		return kind
	}
	return lower(kind)
}

// checkBillingUpdate checks what the request says about throughput.
func (r *request) checkBillingUpdate() error {
	r.enum("TableClass", "STANDARD", "STANDARD_INFREQUENT_ACCESS")
	if err := r.violations(); err != nil {
		return err
	}
	mode, _ := r.text("BillingMode")
	n := r.node.Member("ProvisionedThroughput")
	if mode == "PAY_PER_REQUEST" && n != nil {
		return refusal.Invalid(onDemandThroughputText)
	}
	return r.checkThroughputBounds(n)
}

const onDemandThroughputText = invalidText + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"

// checkSomeUpdate refuses a request that changes nothing, and index updates
// that are none or meet in one index.
func (r *request) checkSomeUpdate(updates []indexUpdate) error {
	some := len(updates) > 0
	for _, member := range []string{"ProvisionedThroughput", "BillingMode", "StreamSpecification", "DeletionProtectionEnabled",
		"TableClass", "OnDemandThroughput", "SSESpecification"} {
		some = some || r.has(member)
	}
	if !some {
		return refusal.Invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")
	}
	for i, u := range updates {
		if u.kind == "" {
			return refusal.Invalid(invalidText + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null")
		}
		if slices.ContainsFunc(updates[:i], func(o indexUpdate) bool { return o.name == u.name }) {
			return refusal.Invalid(invalidText+"Only one global secondary index update per index is allowed simultaneously. Index: %s", u.name)
		}
	}
	return r.checkTogether(updates)
}

// checkTogether refuses changes that DynamoDB does not make in one request.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
func (r *request) checkTogether(updates []indexUpdate) error {
	online := slices.ContainsFunc(updates, func(u indexUpdate) bool { return u.kind != "Update" })
	switch throughput, stream := r.has("ProvisionedThroughput"), r.has("StreamSpecification"); {
	case throughput && stream:
		return refusal.Invalid(invalidText + "You cannot modify stream status while updating table IOPS")
	case throughput && online:
		return refusal.Invalid(invalidText + "You cannot create or delete index while updating table IOPS")
	case stream && online:
		return refusal.Invalid(invalidText + "You cannot create or delete index while changing stream status")
	}
	changes := r.present([]string{"ProvisionedThroughput", "BillingMode", "StreamSpecification", "GlobalSecondaryIndexUpdates",
		"OnDemandThroughput", "SSESpecification", "TableClass", "DeletionProtectionEnabled"})
	for _, alone := range []struct{ member, change string }{
		{"SSESpecification", "Server-Side Encryption"},
		{"TableClass", "TableClass"},
		{"DeletionProtectionEnabled", "DeletionProtection"},
	} {
		if r.has(alone.member) && len(changes) > 1 {
			return refusal.Invalid("%s", invalidText+alone.change+" modification must be the only operation in the request")
		}
	}
	return nil
}

// changeTable checks the changes against the table, all before the first is
// made.
func (r *request) changeTable(tx *engine.Tx, t *engine.Table, updates []indexUpdate) error {
	settings, err := r.changedSettings(t)
	if err != nil {
		return err
	}
	creates, err := r.checkIndexUpdates(t, updates)
	if err != nil {
		return err
	}
	if err := r.changeStream(tx, t); err != nil {
		return err
	}
	t.Settings = settings
	for _, u := range updates {
		if u.kind == "Update" {
			if x := t.Index(u.name); u.node.Member("ProvisionedThroughput") != nil {
				x.Throughput = r.throughput(u.node.Member("ProvisionedThroughput"))
			}
		}
		if u.kind == "Delete" {
			t.RemoveIndex(u.name)
		}
	}
	for _, s := range creates {
		t.AddIndex(s)
	}
	r.mergeDefinitions(t)
	return nil
}

// checkIndexUpdates checks the updates and returns the indexes to create.
func (r *request) checkIndexUpdates(t *engine.Table, updates []indexUpdate) ([]engine.IndexSchema, error) {
	online := 0
	for _, u := range updates {
		x := t.Index(u.name)
		if u.kind == "Update" && (x == nil || x.Local) {
			return nil, refusal.Invalid("This operation cannot be performed with given input values. Please contact DynamoDB service team for more info: Action Blocked: IndexUpdate")
		}
		if u.kind != "Update" {
			online++
		}
	}
	if online > 1 {
		return nil, &refusal.Error{Code: "LimitExceededException", Message: "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"}
	}
	var creates []engine.IndexSchema
	for _, u := range updates {
		switch x := t.Index(u.name); {
		case u.kind == "Create":
			s, err := r.newIndex(t, r.inside(u.node))
			if err != nil {
				return nil, err
			}
			creates = append(creates, s)
		case u.kind == "Delete" && (x == nil || x.Local):
			return nil, refusal.NotFound("Requested resource not found: Table: %s not found", u.name)
		}
	}
	return creates, nil
}

// newIndex checks an index that is to be created on a table.
func (r *request) newIndex(t *engine.Table, in *request) (engine.IndexSchema, error) {
	x := in.index()
	if t.Index(x.Name) != nil {
		return x.IndexSchema, refusal.Invalid(invalidText+"Index already exists: %s", x.Name)
	}
	definitions := r.definitions()
	if err := x.checkGlobalKey(); err != nil {
		return x.IndexSchema, err
	}
	if err := checkIndexDefined(x, definitions); err != nil {
		return x.IndexSchema, err
	}
	global := 0
	for _, y := range t.Indexes {
		if !y.Local {
			global++
		}
	}
	if global >= maxGlobalIndexes {
		return x.IndexSchema, refusal.Invalid(invalidText + "GlobalSecondaryIndex count exceeds the per-table limit of 20")
	}
	// What the table defines keeps its type, whatever the request says
	// (https://github.com/paritysuite/dynamodb-conformance/issues/78).
	x.Key = buildKey(x.keyElements, slices.Concat(t.Attributes, definitions))
	return x.IndexSchema, nil
}

// mergeDefinitions adds the request's definitions to the table's and drops those
// that no key uses any more.
func (r *request) mergeDefinitions(t *engine.Table) {
	merged := slices.Clone(t.Attributes)
	for _, d := range r.definitions() {
		if !slices.Contains(definitionNames(merged), d.Name) {
			merged = append(merged, d)
		}
	}
	t.Attributes = slices.DeleteFunc(merged, func(d engine.KeyAttribute) bool {
		return !t.Key.Has(d.Name) && !slices.ContainsFunc(t.Indexes, func(x *engine.Index) bool { return x.Key.Has(d.Name) })
	})
}
