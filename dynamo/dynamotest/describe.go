package dynamotest

import (
	"strconv"
	"time"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
)

// The parts of a table's description, in the form of the wire.
type (
	tableDescription struct {
		TableName                  string
		TableId                    string
		TableArn                   string
		TableStatus                string
		KeySchema                  []keyElement
		AttributeDefinitions       []attributeDefinition
		CreationDateTime           epoch
		ItemCount                  int
		TableSizeBytes             int
		ProvisionedThroughput      *throughputDescription
		BillingModeSummary         *billingSummary      `json:",omitempty"`
		TableThroughputModeSummary *throughputSummary   `json:",omitempty"`
		OnDemandThroughput         *onDemand            `json:",omitempty"`
		GlobalSecondaryIndexes     []*indexDescription  `json:",omitempty"`
		LocalSecondaryIndexes      []*indexDescription  `json:",omitempty"`
		StreamSpecification        *streamSpecification `json:",omitempty"`
		LatestStreamArn            string               `json:",omitempty"`
		LatestStreamLabel          string               `json:",omitempty"`
		SSEDescription             *encryptionSummary   `json:",omitempty"`
		TableClassSummary          *tableClassSummary   `json:",omitempty"`
		DeletionProtectionEnabled  *bool                `json:",omitempty"`
	}
	streamSpecification struct {
		StreamEnabled  bool
		StreamViewType string
	}
	keyElement struct {
		AttributeName string
		KeyType       string
	}
	attributeDefinition struct {
		AttributeName string
		AttributeType string
	}
	throughputDescription struct {
		ReadCapacityUnits      int64
		WriteCapacityUnits     int64
		NumberOfDecreasesToday int
		LastIncreaseDateTime   *epoch `json:",omitempty"`
		LastDecreaseDateTime   *epoch `json:",omitempty"`
	}
	billingSummary struct {
		BillingMode                       string
		LastUpdateToPayPerRequestDateTime *epoch `json:",omitempty"`
	}
	throughputSummary struct {
		TableThroughputMode               string
		LastUpdateToPayPerRequestDateTime *epoch `json:",omitempty"`
	}
	onDemand struct {
		MaxReadRequestUnits  *int64 `json:",omitempty"`
		MaxWriteRequestUnits *int64 `json:",omitempty"`
	}
	indexDescription struct {
		IndexName             string
		IndexArn              string
		KeySchema             []keyElement
		Projection            projectionDescription
		IndexStatus           string                 `json:",omitempty"`
		ProvisionedThroughput *throughputDescription `json:",omitempty"`
		OnDemandThroughput    *onDemand              `json:",omitempty"`
		ItemCount             int
		IndexSizeBytes        int
	}
	projectionDescription struct {
		ProjectionType   string
		NonKeyAttributes []string `json:",omitempty"`
	}
	encryptionSummary struct {
		Status          string
		SSEType         string
		KMSMasterKeyArn string
	}
	tableClassSummary struct {
		TableClass         string
		LastUpdateDateTime *epoch `json:",omitempty"`
	}
)

// An epoch is a time as DynamoDB writes it: seconds since 1970 with
// milliseconds.
type epoch time.Time

// MarshalJSON writes the seconds.
func (e epoch) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(time.Time(e).UnixMilli())/1000, 'f', 3, 64), nil
}

func since(t time.Time) *epoch {
	if t.IsZero() {
		return nil
	}
	e := epoch(t)
	return &e
}

func tableARN(name string) string {
	return "arn:aws:dynamodb:" + Region + ":" + Account + ":table/" + name
}

// describe returns the table's description; status is that of the table and of
// its global indexes.
func describe(t *engine.Table, status string, now time.Time) *tableDescription {
	d := &tableDescription{
		TableName:             t.Name,
		TableId:               t.ID,
		TableArn:              tableARN(t.Name),
		TableStatus:           status,
		KeySchema:             keyElements(t.Key),
		AttributeDefinitions:  attributeDefinitions(t.Attributes),
		CreationDateTime:      epoch(t.Created),
		ItemCount:             t.Len(),
		TableSizeBytes:        t.Bytes(),
		ProvisionedThroughput: describeThroughput(t.Settings.Throughput, now),
	}
	d.describeSettings(t.Settings)
	if s := t.Stream; s != nil {
		d.LatestStreamArn, d.LatestStreamLabel = s.ARN, s.Label
		if !s.Closed {
			d.StreamSpecification = &streamSpecification{true, s.View}
		}
	}
	for _, x := range t.Indexes {
		if x.Local {
			d.LocalSecondaryIndexes = append(d.LocalSecondaryIndexes, describeIndex(t, x, "", now))
		} else {
			d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, describeIndex(t, x, status, now))
		}
	}
	return d
}

func (d *tableDescription) describeSettings(s engine.Settings) {
	if s.OnDemand || !s.BillingChanged.IsZero() {
		mode := "PROVISIONED"
		if s.OnDemand {
			mode = "PAY_PER_REQUEST"
		}
		d.BillingModeSummary = &billingSummary{mode, since(s.BillingChanged)}
		d.TableThroughputModeSummary = &throughputSummary{mode, since(s.BillingChanged)}
	}
	d.OnDemandThroughput = describeLimit(s.OnDemandLimit)
	if s.Encryption != nil {
		d.SSEDescription = &encryptionSummary{"ENABLED", "KMS", s.Encryption.Key}
	}
	if s.Class != "" {
		d.TableClassSummary = &tableClassSummary{s.Class, since(s.ClassChanged)}
	}
	d.DeletionProtectionEnabled = &s.DeletionProtected
}

func describeIndex(t *engine.Table, x *engine.Index, status string, now time.Time) *indexDescription {
	d := &indexDescription{
		IndexName:      x.Name,
		IndexArn:       tableARN(t.Name) + "/index/" + x.Name,
		KeySchema:      keyElements(x.Key),
		Projection:     projectionDescription{x.Projection, x.Include},
		IndexStatus:    status,
		ItemCount:      x.Len(),
		IndexSizeBytes: x.Bytes(),
	}
	if !x.Local {
		d.ProvisionedThroughput = describeThroughput(x.Throughput, now)
		d.OnDemandThroughput = describeLimit(x.OnDemandLimit)
	}
	return d
}

func describeThroughput(t engine.Throughput, now time.Time) *throughputDescription {
	return &throughputDescription{
		ReadCapacityUnits:      t.Read,
		WriteCapacityUnits:     t.Write,
		NumberOfDecreasesToday: t.DecreasesOn(now),
		LastIncreaseDateTime:   since(t.Raised),
		LastDecreaseDateTime:   since(t.Lowered),
	}
}

func describeLimit(l *engine.OnDemandLimit) *onDemand {
	if l == nil {
		return nil
	}
	var out onDemand
	if l.Read >= 0 {
		out.MaxReadRequestUnits = &l.Read
	}
	if l.Write >= 0 {
		out.MaxWriteRequestUnits = &l.Write
	}
	return &out
}

func keyElements(k engine.Key) []keyElement {
	var out []keyElement
	for _, a := range k.Hash {
		out = append(out, keyElement{a.Name, "HASH"})
	}
	for _, a := range k.Sort {
		out = append(out, keyElement{a.Name, "RANGE"})
	}
	return out
}

func attributeDefinitions(attrs []engine.KeyAttribute) []attributeDefinition {
	out := make([]attributeDefinition, len(attrs))
	for i, a := range attrs {
		out[i] = attributeDefinition{a.Name, a.Type.String()}
	}
	return out
}
