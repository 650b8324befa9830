package secretstest_test

import (
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache/secrets/secretstest"
)

func TestClientsSeeWhatTheServicesAnswer(t *testing.T) {
	now := time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)
	fake := secretstest.New(&secretstest.Options{Now: func() time.Time { return now }})
	id := fake.PutSecret("db", "v")
	secret, err := secretsmanager.NewFromConfig(fake.Config()).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("db")})
	require.NoError(t, err)
	require.Equal(t, "db", *secret.Name)
	require.Equal(t, id, *secret.VersionId)
	require.Equal(t, []string{"AWSCURRENT"}, secret.VersionStages)
	require.Equal(t, now, *secret.CreatedDate)
	require.Regexp(t, `^arn:aws:secretsmanager:us-east-1:000000000000:secret:db-[0-9a-f]{6}$`, *secret.ARN)

	fake.PutParameter("/p", "v", &secretstest.ParameterOptions{Secure: true, Labels: []string{"a"}})
	require.EqualValues(t, 2, fake.PutParameter("/p", "w", &secretstest.ParameterOptions{Secure: true, Labels: []string{"a"}}))
	p, err := ssm.NewFromConfig(fake.Config()).GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String("/p:a"), WithDecryption: aws.Bool(true)})
	require.NoError(t, err)
	require.Equal(t, "w", *p.Parameter.Value, "a label moves")
	require.Equal(t, ":a", *p.Parameter.Selector)
	require.EqualValues(t, 2, p.Parameter.Version)
	require.Equal(t, types.ParameterTypeSecureString, p.Parameter.Type)
	require.Equal(t, now, *p.Parameter.LastModifiedDate)

	fake.DeleteSecret("db")
	fake.DeleteParameter("/p")
	_, err = secretsmanager.NewFromConfig(fake.Config()).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("db")})
	var noSecret *smtypes.ResourceNotFoundException
	require.ErrorAs(t, err, &noSecret)
	_, err = ssm.NewFromConfig(fake.Config()).GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String("/p")})
	var noParameter *types.ParameterNotFound
	require.ErrorAs(t, err, &noParameter)
}

func TestImpossibleRequests(t *testing.T) {
	fake := secretstest.New(nil)
	parameters, manager := ssm.NewFromConfig(fake.Config()), secretsmanager.NewFromConfig(fake.Config())
	requests := map[string]func() error{
		"ValidationException": func() error {
			_, err := parameters.GetParameters(t.Context(), &ssm.GetParametersInput{Names: make([]string, 11)})
			return err
		},
		"InvalidFilterKey": func() error {
			_, err := parameters.GetParametersByPath(t.Context(), &ssm.GetParametersByPathInput{Path: aws.String("/"),
				ParameterFilters: []types.ParameterStringFilter{{Key: aws.String("Type"), Values: []string{"String"}}}})
			return err
		},
		"InvalidNextToken": func() error {
			_, err := parameters.GetParametersByPath(t.Context(), &ssm.GetParametersByPathInput{Path: aws.String("/"), NextToken: aws.String("x")})
			return err
		},
		"InvalidParameterException": func() error {
			_, err := manager.BatchGetSecretValue(t.Context(), &secretsmanager.BatchGetSecretValueInput{
				Filters: []smtypes.Filter{{Key: smtypes.FilterNameStringTypeAll, Values: []string{"x"}}}})
			return err
		},
		"UnknownOperationException": func() error {
			_, err := manager.ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{})
			return err
		},
	}
	for code, request := range requests {
		var api smithy.APIError
		require.ErrorAs(t, request(), &api, code)
		require.Equal(t, code, api.ErrorCode())
	}
}

func TestFaultsAndCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := secretstest.New(nil)
		fake.PutSecret("db", "v")
		client := secretsmanager.NewFromConfig(fake.Config())
		get := func() error {
			_, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("db")})
			return err
		}
		fake.Inject("GetSecretValue", secretstest.Fault{Cut: secretstest.CutAfter})
		fake.Inject("GetSecretValue", secretstest.Fault{Delay: time.Second})
		began := time.Now()
		require.NoError(t, get(), "the client tries again")
		require.GreaterOrEqual(t, time.Since(began), time.Second)
		require.Len(t, fake.Calls(), 2)

		fake.ResetCalls()
		fake.Inject("", secretstest.Fault{Times: 9, Error: &secretstest.Error{Code: "AccessDeniedException"}})
		require.Error(t, get())
		fake.ClearFaults()
		require.NoError(t, get())
		require.Len(t, fake.Calls("GetSecretValue"), 2)
	})
}

func TestServedOnAPort(t *testing.T) {
	fake := secretstest.New(nil)
	fake.PutSecret("db", "v")
	server := httptest.NewServer(fake.Handler())
	defer server.Close()
	config := fake.Config()
	config.HTTPClient = server.Client()
	config.BaseEndpoint = aws.String(server.URL)
	out, err := secretsmanager.NewFromConfig(config).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("db")})
	require.NoError(t, err)
	require.Equal(t, "v", *out.SecretString)
}
