package partiql

import (
	"fmt"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

// malformed is the complaint about a statement that does not parse. DynamoDB
// gives no detail about what it cannot read at all.
func malformed(detail string) error {
	return refusal.Invalid("%s", "Statement wasn't well formed, can't be processed: "+detail)
}

const (
	unexpectedTerm     = "Unexpected term"
	unexpectedKeyword  = "Unexpected keyword"
	unexpectedOperator = "Unexpected operator"
	unexpectedToken    = "Unexpected token after expression"
	noRightSide        = "Missing right-hand side expression of infix operator"
	noSimplePath       = "Expected identifier for simple path"
	noManipulation     = "Expected data manipulation"
	emptyComponent     = "Path component cannot be an empty string"
	parametersText     = "Number of parameters in request and statement don't match."
)

// A clause is a part of a statement whose mistakes are collected. A statement
// is refused for those of the first clause that has any, whatever the order in
// which they are written.
type clause int

const (
	inWhere clause = iota
	inSet
	inValue
	clauses
)

// complaints are the mistakes that do not keep a statement from being parsed:
// the first of each clause, and the first about the operands of a condition or
// function, which counts when there is no other.
type complaints struct {
	byClause [clauses]string
	operand  string
}

func (c *complaints) first() error {
	for _, text := range append(c.byClause[:], c.operand) {
		if text != "" {
			return refusal.Invalid("%s", text)
		}
	}
	return nil
}

// note remembers a mistake in the clause that is being read.
func (p *parser) note(format string, args ...any) {
	if text := &p.complaints.byClause[p.clause]; *text == "" {
		*text = fmt.Sprintf(format, args...)
	}
}

// noteOperand remembers a mistake about operands.
func (p *parser) noteOperand(format string, args ...any) {
	if p.complaints.operand == "" {
		p.complaints.operand = fmt.Sprintf(format, args...)
	}
}

// fail ends the parsing of a malformed statement.
func (p *parser) fail(format string, args ...any) {
	p.stop(malformed(fmt.Sprintf(format, args...)))
}

// stop ends the parsing with the error, unless it has ended already.
func (p *parser) stop(err error) {
	if p.err == nil {
		p.err = err
	}
}
