package dynamotest

import (
	"fmt"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/partiql"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

// checkStatementTargets refuses statements whose items cannot be told, and two
// on one item.
func checkStatementTargets(tx *engine.Tx, statements []*statement) error {
	seen := map[[2]string]bool{}
	for i, s := range statements {
		t := tx.Table(s.Table)
		if t == nil {
			continue
		}
		if err := s.checkTransactTarget(tx, t); err != nil {
			return inTransaction(i, err)
		}
		key := s.target(t)
		if key == nil {
			continue
		}
		id := [2]string{s.Table, string(key.AppendJSON(nil))}
		if seen[id] {
			return refusal.Invalid(twiceText)
		}
		seen[id] = true
	}
	return nil
}

func (s *statement) checkTransactTarget(tx *engine.Tx, t *engine.Table) error {
	if s.Reads() {
		return s.checkKeyed(tx, "ExecuteTransaction")
	}
	if s.Kind == partiql.Insert {
		return nil
	}
	for _, a := range t.Key.Attributes() {
		for _, v := range partiql.Equalities(s.Where, a.Name) {
			if !v.Type().Ordered() {
				return keyType(a, v)
			}
		}
	}
	return nil
}

// wrongKeys returns the error of statements with keys of another type than the
// table's, which cancels all of them before any runs.
func wrongKeys(tx *engine.Tx, statements []*statement) error {
	reasons := make([]cancellationReason, len(statements))
	for i, s := range statements {
		reasons[i] = cancellationReason{Code: "None"}
		t := tx.Table(s.Table)
		if t == nil || s.Kind == partiql.Insert {
			continue
		}
		for _, a := range t.Key.Attributes() {
			for _, v := range s.keyValues(a.Name) {
				if v.Type() != a.Type {
					reasons[i] = cancellationReason{Code: "ValidationError", Message: schemaText}
				}
			}
		}
	}
	return canceled(reasons)
}

// statementReason is reasonFor with the reasons that only statements have.
func statementReason(err error) (cancellationReason, bool) {
	e, ok := refusal.As(err)
	switch {
	case ok && e.Code == duplicateCode:
		return cancellationReason{Code: "DuplicateItem", Message: e.Message}, true
	case ok && e.Code == refusal.NotFoundCode:
		return cancellationReason{Code: "ResourceNotFound", Message: e.Message}, true
	}
	return reasonFor(err)
}

// inTransaction says which statement a complaint is about.
func inTransaction(i int, err error) error {
	e, ok := refusal.As(err)
	if !ok {
		return err
	}
	return refusal.Invalid("%s", fmt.Sprintf("Validation failed in TransactStatements[%d]: ", i)+e.Message)
}
