package dynamotest

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

var scanShape = readMembers

// maxSegments bounds TotalSegments.
const maxSegments = 1_000_000

// scan is Scan.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
func scan(r *request) (any, error) {
	x, err := newReading(r)
	if err != nil {
		return nil, err
	}
	if err := x.checkScanMembers(); err != nil {
		return nil, err
	}
	if err := x.scanExpressions(); err != nil {
		return nil, err
	}
	if err := x.checkSegments(); err != nil {
		return nil, err
	}
	var out []byte
	err = r.fake.view(r.flag("ConsistentRead"), func(tx *engine.Tx) error {
		if err := x.bindScan(tx); err != nil {
			return err
		}
		out = x.answer(x.read())
		return nil
	})
	return out, err
}

func (x *reading) checkScanMembers() error {
	if x.older() {
		return x.olderReadMembers("ScanFilter")
	}
	if !x.has("TableName") {
		x.selectEnum()
		x.bounded("TotalSegments", 1, maxSegments)
		x.capacityEnum()
		x.needs("TableName")
		x.enum("ConditionalOperator", "OR", "AND")
		x.bounded("Segment", 0, maxSegments-1)
		x.limitMember()
		return x.violations()
	}
	x.limitMember()
	x.bounded("Segment", 0, maxSegments-1)
	x.bounded("TotalSegments", 1, maxSegments)
	if name, _ := x.text("TableName"); name == "" {
		x.violatesEmptyTable()
	}
	if err := x.violations(); err != nil {
		return err
	}
	x.tableName()
	x.capacityEnum()
	x.missingOperators("ScanFilter")
	return x.violations()
}

func (x *reading) scanExpressions() (err error) {
	if err := x.emptyNames(x.params, x.startNames()); err != nil {
		return err
	}
	if err := x.checkParams(x.params,
		[]string{"AttributesToGet", "ScanFilter", "ConditionalOperator"},
		[]string{"ProjectionExpression", "FilterExpression"},
		[]string{"FilterExpression"}); err != nil {
		return err
	}
	if x.isLegacy("ScanFilter", "AttributesToGet") {
		err = x.legacyScan()
	} else {
		err = x.parseScan()
	}
	if err != nil {
		return err
	}
	if err := x.checkSelectEnum(); err != nil {
		return err
	}
	return x.checkSelect()
}

// parseScan reads the starting key and the expressions.
func (x *reading) parseScan() (err error) {
	if err := x.readStart(true); err != nil {
		return err
	}
	if err := x.parseFilter(); err != nil {
		return err
	}
	x.projection, err = x.request.projection(x.params)
	return err
}

// legacyScan reads the parameters from before expressions and the starting key.
func (x *reading) legacyScan() error {
	filter, err := x.legacies("ScanFilter")
	if err != nil {
		return err
	}
	if x.filter, x.legacy, err = x.legacyFilter(filter); err != nil {
		return err
	}
	if x.projection, err = x.request.projection(x.params); err != nil {
		return err
	}
	return x.readStart(true)
}

func (x *reading) checkSegments() error {
	segment, hasSegment := x.number("Segment")
	total, hasTotal := x.number("TotalSegments")
	switch {
	case hasSegment && hasTotal && segment >= total:
		return refusal.Invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments")
	case hasSegment && !hasTotal:
		return refusal.Invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case hasTotal && !hasSegment:
		return refusal.Invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	case hasTotal:
		x.keys = engine.Segment(segment, total)
	}
	return nil
}

// bindScan finds the table and index, and checks what depends on them.
func (x *reading) bindScan(tx *engine.Tx) error {
	if err := x.open(tx); err != nil {
		return err
	}
	if err := x.checkIndexSelect(); err != nil {
		return err
	}
	if err := x.checkStart(true); err != nil {
		return err
	}
	if x.start != nil {
		key := x.rowKey(x.start)
		if key < x.keys.From || x.keys.To != "" && key >= x.keys.To {
			return refusal.Invalid("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: %d Segment: %d",
				x.mustNumber("TotalSegments"), x.mustNumber("Segment"))
		}
	}
	if err := x.checkNestedKeys(); err != nil {
		return err
	}
	if err := x.params.CheckUsed(); err != nil {
		return err
	}
	x.resume()
	return nil
}

func (x *reading) mustNumber(member string) int {
	n, _ := x.number(member)
	return n
}
