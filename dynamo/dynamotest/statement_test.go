package dynamotest_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo/dynamotest"
)

// statements returns a client of a fake with two partitions of five things.
func statements(t *testing.T) *dynamodb.Client {
	fake := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{
		dynamotest.Index(dynamotest.Table("things", "pk", "sk:N"), "by-kind", "kind", "sk:N"),
	}})
	client := fake.Client()
	for _, pk := range []string{"a", "b"} {
		for sk := range 5 {
			execute(t, client, fmt.Sprintf("INSERT INTO things VALUE {'pk': '%s', 'sk': %d, 'kind': 'k%d', 'n': %d}", pk, sk, sk%2, 10*sk))
		}
	}
	return client
}

func execute(t *testing.T, client *dynamodb.Client, statement string, parameters ...types.AttributeValue) *dynamodb.ExecuteStatementOutput {
	t.Helper()
	out, err := client.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{
		Statement: &statement, Parameters: parameters, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	})
	require.NoError(t, err, "%s", statement)
	return out
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func TestStatementPagesOfSeveralPartitions(t *testing.T) {
	client := statements(t)
	for _, c := range []struct {
		statement string
		want      []string // partition and sort key
	}{
		{"SELECT * FROM things WHERE pk IN ('b', 'a') ORDER BY pk, sk", []string{"a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2", "b3", "b4"}},
		{"SELECT * FROM things WHERE pk IN ('b', 'a') ORDER BY pk DESC, sk DESC", []string{"b4", "b3", "b2", "b1", "b0", "a4", "a3", "a2", "a1", "a0"}},
		{"SELECT * FROM things WHERE pk = 'a' AND sk > 1 ORDER BY sk", []string{"a2", "a3", "a4"}},
		{`SELECT * FROM things."by-kind" WHERE kind = 'k1' AND sk = 3 AND pk = 'b'`, []string{"b3"}},
		{"SELECT * FROM things WHERE (pk = 'a' AND sk < 1) OR (pk = 'a' AND sk > 3)", []string{"a0", "a4"}},
	} {
		var got []string
		pages := dynamodb.ExecuteStatementInput{Statement: &c.statement, Limit: aws.Int32(3)}
		for {
			out, err := client.ExecuteStatement(t.Context(), &pages)
			require.NoError(t, err)
			for _, item := range out.Items {
				got = append(got, item["pk"].(*types.AttributeValueMemberS).Value+item["sk"].(*types.AttributeValueMemberN).Value)
			}
			if pages.NextToken = out.NextToken; out.NextToken == nil {
				break
			}
		}
		require.Equal(t, c.want, got, "%s", c.statement)
	}
}

func TestStatementTokenBelongsToItsStatement(t *testing.T) {
	client := statements(t)
	first := dynamodb.ExecuteStatementInput{Statement: aws.String("SELECT * FROM things WHERE pk = 'a'"), Limit: aws.Int32(2)}
	out, err := client.ExecuteStatement(t.Context(), &first)
	require.NoError(t, err)
	for _, c := range []struct{ statement, token, want string }{
		{"SELECT * FROM things WHERE pk = 'b'", *out.NextToken, "NextToken does not match request"},
		{*first.Statement, "bm90IGEgdG9rZW4=", "Invalid NextToken"},
		{*first.Statement, "?", "Invalid NextToken"},
	} {
		_, err := client.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{Statement: &c.statement, NextToken: &c.token})
		require.ErrorContains(t, err, "ValidationException: "+c.want)
	}
}

func TestStatementReadsNamedPartitionsOnly(t *testing.T) {
	client := statements(t)
	large := str(string(make([]byte, 100<<10)))
	execute(t, client, "INSERT INTO things VALUE {'pk': 'large', 'sk': 0, 'text': ?}", large)
	for _, c := range []struct {
		statement string
		want      float64
	}{
		{"SELECT * FROM things", 13},
		{"SELECT * FROM things WHERE n = 10", 13},
		{"SELECT * FROM things WHERE pk = 'a' OR n = 10", 13},
		{"SELECT * FROM things WHERE pk = 'a'", 0.5},
		{"SELECT * FROM things WHERE pk = 'a' AND (n = 10 OR n = 20)", 0.5},
		{"SELECT * FROM things WHERE pk IN ('a', 'b')", 0.5},
		{"SELECT * FROM things WHERE pk = 'a' OR pk = 'b'", 0.5},
	} {
		require.InDelta(t, c.want, *execute(t, client, c.statement).ConsumedCapacity.CapacityUnits, 0.01, "%s", c.statement)
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
func TestStatementValues(t *testing.T) {
	client := statements(t)
	execute(t, client, "INSERT INTO things VALUE {'pk': 'v', 'sk': 0, 'list': [?, {'a': ?}]}", str("x"), str("y"))
	out := execute(t, client, `UPDATE things SET "copy" = "list", first = list[0] WHERE pk = 'v' AND sk = 0 RETURNING MODIFIED NEW *`)
	list := &types.AttributeValueMemberL{Value: []types.AttributeValue{
		str("x"), &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"a": str("y")}},
	}}
	require.Equal(t, []map[string]types.AttributeValue{{"copy": list, "first": str("x")}}, out.Items)
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.exists.html
// A keyed read of an index may only name what the index holds, unless there are
// several ways of meeting its condition.
func TestStatementFiltersOfAnIndex(t *testing.T) {
	table := dynamotest.Index(dynamotest.Table("things", "pk", "sk:N"), "keys", "kind")
	table.GlobalSecondaryIndexes[0].Projection = &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
	client := dynamotest.New(&dynamotest.Options{Tables: []*dynamodb.CreateTableInput{table}}).Client()
	execute(t, client, "INSERT INTO things VALUE {'pk': 'a', 'sk': 1, 'kind': 'k', 'n': 1, 'other': 1}")
	for _, where := range []string{
		"kind = 'k' AND n = 1",
		"kind IN ('k', 'l') AND n = 1",
		"kind = 'k' AND NOT n = 2",
		"kind = 'k' AND NOT (n = 2 OR other = 2)",
	} {
		_, err := client.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{
			Statement: aws.String(`SELECT pk FROM things."keys" WHERE ` + where),
		})
		require.ErrorContains(t, err, "Secondary index keys does not project one or more filter attributes: [n", "%s", where)
	}
	for where, want := range map[string]int{
		"n = 1":                                0,
		"(kind = 'k' AND n = 1) OR kind = 'l'": 0,
		"kind = 'k' AND (n = 1 OR other = 1)":  0,
		"kind = 'l' OR kind = 'k'":             1,
	} {
		require.Len(t, execute(t, client, `SELECT pk FROM things."keys" WHERE `+where).Items, want, "%s", where)
	}
}

func TestStatementExists(t *testing.T) {
	client := statements(t)
	run := func(statements ...string) error {
		in := &dynamodb.ExecuteTransactionInput{}
		for _, s := range statements {
			in.TransactStatements = append(in.TransactStatements, types.ParameterizedStatement{Statement: &s})
		}
		_, err := client.ExecuteTransaction(t.Context(), in)
		return err
	}
	remove := "DELETE FROM things WHERE pk = 'b' AND sk = 1"
	err := run("EXISTS(SELECT * FROM things WHERE pk = 'a' AND sk = 1 AND n = 11)", remove)
	var canceled *types.TransactionCanceledException
	require.ErrorAs(t, err, &canceled)
	require.Equal(t, []string{"ConditionalCheckFailed", "None"}, []string{*canceled.CancellationReasons[0].Code, *canceled.CancellationReasons[1].Code})
	require.Len(t, execute(t, client, "SELECT * FROM things WHERE pk = 'b' AND sk = 1").Items, 1)

	require.NoError(t, run("EXISTS(SELECT * FROM things WHERE pk = 'a' AND sk = 1 AND n = 10)", remove))
	require.Empty(t, execute(t, client, "SELECT * FROM things WHERE pk = 'b' AND sk = 1").Items)

	require.ErrorAs(t, run("EXISTS(SELECT * FROM things WHERE n = 10)", remove), &canceled)
	require.Equal(t, "Where clause does not contain a mandatory equality on all key attributes", *canceled.CancellationReasons[0].Message)
	_, err = client.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{Statement: aws.String("EXISTS(SELECT * FROM things WHERE pk = 'a')")})
	require.ErrorContains(t, err, "EXISTS can only be used in ExecuteTransaction write requests.")
}

func TestStatementErrorsAreTyped(t *testing.T) {
	client := statements(t)
	_, err := client.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{Statement: aws.String("INSERT INTO things VALUE {'pk': 'a', 'sk': 1}")})
	var duplicate *types.DuplicateItemException
	require.ErrorAs(t, err, &duplicate)

	_, err = client.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{
		Statement:                           aws.String("UPDATE things SET n = 1 WHERE pk = 'a' AND sk = 1 AND n = 2"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var failed *types.ConditionalCheckFailedException
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "The conditional request failed", failed.ErrorMessage())
	require.Equal(t, &types.AttributeValueMemberN{Value: "10"}, failed.Item["n"])

	out, err := client.BatchExecuteStatement(t.Context(), &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{
		{Statement: aws.String("INSERT INTO things VALUE {'pk': 'a', 'sk': 1}")},
		{Statement: aws.String("INSERT INTO things VALUE {'pk': 'c', 'sk': 1}")},
		{Statement: aws.String("no statement")},
	}})
	require.NoError(t, err)
	require.Equal(t, types.BatchStatementErrorCodeEnumDuplicateItem, out.Responses[0].Error.Code)
	require.Nil(t, out.Responses[1].Error)
	require.Equal(t, types.BatchStatementErrorCodeEnumValidationError, out.Responses[2].Error.Code)
}

func TestStatementTransactionRunsOncePerToken(t *testing.T) {
	client := statements(t)
	in := &dynamodb.ExecuteTransactionInput{
		ClientRequestToken: aws.String("once"),
		TransactStatements: []types.ParameterizedStatement{{Statement: aws.String("UPDATE things SET n = n + 1 WHERE pk = 'a' AND sk = 1")}},
	}
	for range 3 {
		_, err := client.ExecuteTransaction(t.Context(), in)
		require.NoError(t, err)
	}
	out := execute(t, client, "SELECT n FROM things WHERE pk = 'a' AND sk = 1")
	require.Equal(t, []map[string]types.AttributeValue{{"n": &types.AttributeValueMemberN{Value: "11"}}}, out.Items)

	in.TransactStatements[0].Statement = aws.String("UPDATE things SET n = 0 WHERE pk = 'a' AND sk = 1")
	_, err := client.ExecuteTransaction(t.Context(), in)
	var mismatch *types.IdempotentParameterMismatchException
	require.ErrorAs(t, err, &mismatch)
}
