package examples_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/internal/template"
)

// The linker keeps a method of an SDK's client only if something that can run
// calls it, also through an interface. So the methods in a function's binary are
// the AWS operations that the function can call.
var clientMethod = regexp.MustCompile(`aws-sdk-go-v2/service/(\w+)\.\(\*Client\)\.([A-Z]\w+)$`)

// prefixes are those of the actions of a service, where they differ from the
// name of its package. Services without actions here are those of the credential
// chain, which Lambda's own credentials never reach.
var prefixes = map[string]string{"eventbridge": "events", "sso": "", "ssooidc": "", "sts": "", "signin": ""}

// actions are the permissions of operations that have another name than theirs.
var actions = map[string]string{
	"dynamodb.DescribeEndpoints":       "", // only with endpoint discovery, which is off
	"dynamodb.TransactGetItems":        "dynamodb:GetItem",
	"sqs.SendMessageBatch":             "sqs:SendMessage",
	"sqs.DeleteMessageBatch":           "sqs:DeleteMessage",
	"sqs.ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
	"sns.PublishBatch":                 "sns:Publish",
	"s3.HeadObject":                    "s3:GetObject",
	"s3.CopyObject":                    "s3:PutObject",
	"s3.CreateSession":                 "", // only for directory buckets
}

// writes are the permissions that an operation of a transaction needs.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
var writes = map[string]string{
	"CreateOp": "dynamodb:PutItem", "PutOp": "dynamodb:PutItem", "Op": "dynamodb:PutItem",
	"UpdateOp": "dynamodb:UpdateItem", "DeleteOp": "dynamodb:DeleteItem", "CheckOp": "dynamodb:ConditionCheckItem",
}

// unused are actions of what is linked into a function and never called there, each
// with its reason.
var unused = map[string]string{
	"gigs RegistrationFunction dynamodb:GetItem": "idempotency reads only to wait for the result of another",
	"gigs WorkerFunction dynamodb:GetItem":       "idempotency reads only to wait for the result of another",
	"gigs RelayFunction dynamodb:DeleteItem":     "an outbox deletes what was sent only with a negative Keep",
}

// TestPermissionsAreThoseThatTheCodeNeeds compares the actions that a function is
// allowed with the operations that are linked into it: all of them, and nothing
// more. Building the functions takes a while; THAW_BOOTSTRAPS names a folder with
// STARTER/FUNCTION/bootstrap, as .ci/templates makes it.
func TestPermissionsAreThoseThatTheCodeNeeds(t *testing.T) {
	built := os.Getenv("THAW_BOOTSTRAPS")
	if built == "" {
		t.Skip("THAW_BOOTSTRAPS is not set: see .ci/templates")
	}
	eachStarter(t, func(t *testing.T, s *starter) {
		for id, f := range s.functions() {
			needed := linked(t, filepath.Join(built, s.folder, id, "bootstrap"), s.code(t, id).operations)
			needed = slices.DeleteFunc(needed, func(action string) bool { return unused[s.folder+" "+id+" "+action] != "" })
			require.Equal(t, needed, allowed(f), "%s: what the code can call, and what the template allows", id)
		}
	})
}

// linked returns the actions that a binary needs.
func linked(t *testing.T, binary string, operations []string) []string {
	t.Helper()
	symbols, err := exec.Command("go", "tool", "nm", binary).Output()
	require.NoError(t, err, binary)
	needed := make(map[string]bool)
	for line := range strings.Lines(string(symbols)) {
		m := clientMethod.FindStringSubmatch(strings.TrimSpace(line))
		switch {
		case m == nil || m[2] == "Options":
		case m[1] == "dynamodb" && m[2] == "TransactWriteItems":
			for _, operation := range operations {
				require.Contains(t, writes, operation)
				needed[writes[operation]] = true
			}
		default:
			needed[action(m[1], m[2])] = true
		}
	}
	delete(needed, "")
	return append([]string{}, slices.Sorted(maps.Keys(needed))...)
}

// action returns the permission of an operation, "" if there is none.
func action(service, operation string) string {
	if known, ok := actions[service+"."+operation]; ok {
		return known
	}
	prefix, other := prefixes[service]
	switch {
	case !other:
		return service + ":" + operation
	case prefix == "":
		return ""
	}
	return prefix + ":" + operation
}

// allowed returns the actions of a function's statements.
func allowed(f template.Resource) []string {
	out := []string{}
	for _, statement := range statements(f) {
		out = append(out, list(statement["Action"])...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func statements(f template.Resource) (out []map[string]any) {
	policies, _ := f.Properties["Policies"].([]any)
	for _, policy := range policies {
		of, _ := template.Object(policy)["Statement"].([]any)
		for _, statement := range of {
			out = append(out, template.Object(statement))
		}
	}
	return out
}

// list returns a string or a list of strings as a list.
func list(value any) (out []string) {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		for _, element := range value {
			if text, ok := element.(string); ok {
				out = append(out, text)
			}
		}
	}
	return out
}

// unnamed are the actions for which a resource has no name that a template could
// give, each with its reason.
var unnamed = map[string]string{}

// TestStatementsNameActionsAndResources refuses wildcards.
func TestStatementsNameActionsAndResources(t *testing.T) {
	eachStarter(t, func(t *testing.T, s *starter) {
		for id, f := range s.functions() {
			policies, _ := f.Properties["Policies"].([]any)
			for _, policy := range policies {
				require.NotContains(t, list(policy), policy, "%s: a managed policy allows more than is needed", id)
			}
			for _, statement := range statements(f) {
				for _, action := range list(statement["Action"]) {
					require.NotContains(t, action, "*", id)
					if unnamed[action] == "" {
						require.NotContains(t, list(statement["Resource"]), "*", "%s: %s", id, action)
					}
				}
			}
		}
	})
}
