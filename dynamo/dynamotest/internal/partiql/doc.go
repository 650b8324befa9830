// Package partiql reads the PartiQL statements that DynamoDB understands and
// says which keys they are about. What a statement tests and changes becomes
// conditions and updates of package expr.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
package partiql
