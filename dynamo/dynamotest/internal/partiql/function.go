package partiql

import (
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// arity holds the functions of conditions with the number of their operands.
var arity = map[string]int{
	"attribute_exists":     1,
	"attribute_not_exists": 1,
	"attribute_type":       2,
	"begins_with":          2,
	"contains":             2,
	"size":                 1,
}

// call reads a function of a condition.
func (p *parser) call() *expr.Operand {
	t := p.take()
	name := lower(t)
	n, known := arity[name]
	if !known {
		p.unknownCall(t)
		return refusedCall()
	}
	p.operator()
	p.expect("(")
	var args []*expr.Operand
	parameters := p.used
	for ok := !p.accept(")"); ok && p.err == nil; {
		parameters = p.used
		args = append(args, p.operand())
		if ok = p.accept(","); !ok {
			p.expect(")")
		}
	}
	if len(args) != n {
		p.noteOperand("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", name, len(args))
		return refusedCall()
	}
	p.checkCall(name, args)
	if name == "attribute_type" && p.used == parameters { // a parameter is looked at later
		if e, ok := refusal.As(checkTypeName(args[1])); ok {
			p.noteOperand("%s", e.Message)
		}
	}
	return expr.CallOperand(name, args...)
}

// refusedCall stands for a call whose mistake has been noted, and can be a
// condition as well as an operand.
func refusedCall() *expr.Operand {
	return expr.CallOperand("attribute_exists", expr.PathOperand(expr.Path{{}}))
}

// unknownCall refuses a function that there is not, and a subquery.
func (p *parser) unknownCall(t token) {
	if t.is("EXISTS") {
		for i, open := p.at, 0; i < len(p.tokens) && (i == p.at || open > 0); i++ {
			switch s := p.tokens[i]; {
			case s.is("("):
				open++
			case s.is(")"):
				open--
			case s.is("SELECT"):
				p.note("Unsupported token in expression: SELECT at %s", p.position(s))
			}
		}
	}
	p.note("Unrecognized function: %s at %s", lower(t), p.position(t))
	p.skipCall()
}

func (p *parser) checkCall(name string, args []*expr.Operand) {
	first, isPath := args[0].Path()
	switch name {
	case "attribute_exists", "attribute_not_exists":
		if !isPath {
			p.noteOperand("Operator or function requires a document path; operator or function: %s", name)
		}
	case "attribute_type":
		p.checkTypeOperand(first, isPath, args[1])
	}
}

// typeOperands is what DynamoDB says of the operand type that a path has.
const typeOperands = "{S,HDS,N,FS,BS,NULL,DOUBLE,NS,DECIMAL,SS,DECIMALSET,BOOL,HD,DICT,INTSET,M,L,B,FLOAT,INT,DOUBLESET}"

func (p *parser) checkTypeOperand(first expr.Path, isPath bool, o *expr.Operand) {
	const text = "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: "
	path, ok := o.Path()
	function, _ := o.Call()
	switch {
	case ok && isPath && path.String() == first.String():
		p.noteOperand("The first operand must be distinct from the remaining operands for this operator or function; operator: attribute_type, first operand: %s", path)
	case ok:
		p.noteOperand("%s", text+typeOperands)
	case function == "size":
		p.noteOperand("%s", text+"N")
	case function != "":
		p.noteOperand("%s", text+"BOOL")
	}
}

// typeTests are the types that IS knows, with their descriptors.
var typeTests = map[string]string{
	"NULL": "NULL", "BOOL": "BOOL", "BOOLEAN": "BOOL", "BLOB": "B", "STRING": "S", "NUMERIC": "N", "STRUCT": "M", "TUPLE": "M", "LIST": "L",
}

// otherTypes are PartiQL's types that DynamoDB does not have.
var otherTypes = map[string]string{
	"SMALLINT": "SmallintType", "INT": "IntegerType", "INTEGER": "IntegerType", "INT4": "Integer4Type", "INT8": "Integer8Type",
	"BIGINT": "Integer8Type", "FLOAT": "FloatType", "REAL": "RealType", "DOUBLE PRECISION": "DoublePrecisionType", "DECIMAL": "DecimalType",
	"TIMESTAMP": "TimestampType", "DATE": "DateType", "TIME": "TimeType", "CHARACTER VARYING": "CharacterVaryingType", "CHAR": "CharacterType",
	"CHARACTER": "CharacterType", "VARCHAR": "CharacterVaryingType", "SYMBOL": "SymbolType", "CLOB": "ClobType", "SEXP": "SexpType",
	"BAG": "BagType", "ANY": "AnyType",
}

// isType reads the type after IS.
func (p *parser) isType(start token, left *expr.Operand) *expr.Condition {
	if function, _ := left.Call(); function != "" {
		p.noteOperand("The left hand side argument to IS must be a Variable Reference, Literal, or Path")
	}
	negated := p.accept("NOT")
	name := p.typeName()
	test := expr.NewTest("attribute_not_exists", left)
	switch kind, ok := typeTests[name]; {
	case ok:
		test = expr.NewTest("attribute_type", left, expr.ValueOperand(value.String(kind)))
	case name == "MISSING":
	case otherTypes[name] != "":
		p.note("Unsupported data type for IS operator: %s. Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST] at %s",
			otherTypes[name], p.position(start))
	default:
		p.fail("Expected type name")
	}
	if negated {
		return expr.NewLogic("NOT", test)
	}
	return test
}

// typeName reads the name of a type, with the numbers that may follow it.
func (p *parser) typeName() string {
	name := strings.ToUpper(p.take().text)
	for _, second := range []string{"PRECISION", "VARYING"} {
		if (name == "DOUBLE" || name == "CHARACTER") && p.accept(second) {
			name += " " + second
		}
	}
	if p.accept("(") {
		for p.err == nil && !p.accept(")") {
			if t := p.take(); t.kind != digits && !t.is(",") {
				p.fail("Expected type name")
			}
		}
	}
	return name
}
