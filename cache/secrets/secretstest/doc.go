// Package secretstest is AWS Secrets Manager, Parameter Store and the Lambda
// extensions on localhost in memory, for tests and for running an application
// locally.
//
// # Getting started
//
//	fake := secretstest.New(nil)
//	fake.PutSecret("prod/db", `{"username":"app","password":"first"}`)
//	client := secretsmanager.NewFromConfig(fake.Config()) // or ssm.NewFromConfig
//	extension := secrets.NewExtension(fake.ExtensionOptions())
//
// The clients are the real ones of the SDK, on a transport within the process.
//
// # Semantics and limits
//
// The fake has the operations that read values: GetSecretValue,
// BatchGetSecretValue (by ids), GetParameter, GetParameters and
// GetParametersByPath, with versions, labels, pages, limits and error codes.
// What is read is put there by methods of [Fake].
//
// The Parameters and Secrets extension asks the fake's services each time: it is
// one whose own cache is switched off. The AppConfig agent has what
// [Fake.PutConfiguration] says, at once. SecureStrings without decryption are an
// opaque text. Filters other than by label, tags and policies are not there.
//
// # Errors
//
// [Fake.Inject] makes calls fail, wait, or lose their connection. A filter or an
// operation that is not there is an error, not an empty answer.
//
// # Cost
//
// None. Calls are recorded ([Fake.Calls]), so that a test can count what code
// under test would pay for. Their documents have the values in the clear.
//
// # Concurrency
//
// All methods may be called concurrently. Nothing starts a goroutine.
//
// # Testing
//
// In a testing/synctest bubble, delays and the clients' retries take no time.
package secretstest
