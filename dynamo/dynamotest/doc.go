// Package dynamotest is DynamoDB in memory, for tests.
package dynamotest
