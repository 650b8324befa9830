// Package secrets keeps secrets and configuration in a [cache.Cache]: loaders for
// AWS Secrets Manager, Systems Manager Parameter Store and AWS AppConfig, values
// that do not show themselves in logs, and [Do], which survives a rotation.
//
// A loader is a function for Load of [cache.Options]; the cache does the rest.
// This package needs no SDK. Loaders that do are in packages of their own, so
// that one service's SDK does not come with the other's:
//
//   - secretsmgr: secrets, one by one and by the batch
//   - paramstore: parameters by name, by names and by path
//   - this package, [Extension]: both, and AppConfig, from the AWS Lambda
//     extensions that listen on localhost
//
// # Getting started
//
// A key says all that the value depends on. A value is typed:
//
//	type Login struct{ Username, Password string }
//
//	logins := cache.New(&cache.Options[secrets.SecretID, secrets.Secret[Login]]{
//		Load: secrets.JSON[Login](secretsmgr.Load(client)), // a *secretsmanager.Client
//	})
//	err := secrets.Do(ctx, logins, secrets.SecretID{ID: "prod/db"},
//		func(ctx context.Context, login secrets.Secret[Login]) error {
//			return connect(ctx, login.Reveal())
//		})
//
// # Semantics and limits
//
// Keys. [SecretID], [Parameter], [ParameterPath] and [Configuration] are
// comparable structs with every option that changes the value: another version,
// label or decryption is another key, and another entry.
//
// Redaction. A [Secret] prints as [redacted] with every verb of package fmt, in
// slog, and when it is encoded as JSON or text; a dump by reflection finds a
// function. It protects from logging by accident, not from who calls Reveal.
// Errors never contain a value or a part of one.
//
// Rotation. [Do] calls a function with the secret. If the function fails because
// the secret was not accepted, the value is dropped, loaded again and tried once
// more. Secrets Manager moves the label AWSCURRENT at the end of a rotation; with
// the single-user strategy the old password is refused a moment before that, and
// one retry may not be enough. The alternating-users strategy has no such moment
// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-strategy.html).
//
// Freshness. The time to live is the cache's, 5 minutes by default. Options
// StaleIfError and StaleWhileRevalidate are worth setting: a secret that was
// good an hour ago is better than none while Secrets Manager is out of reach, and
// Do finds out if it is not. Do not configure a [cache.Store] for secrets: it
// would write them down.
//
// # Errors
//
// What does not exist is [cache.ErrNotFound]. What is not the JSON it should be
// is a [*DecodeError]. What an extension answers instead of a value is a
// [*ExtensionError]. All come inside the [*cache.LoadError] of the cache.
//
// # Cost
//
// One request per key, life and execution environment, however many callers ask:
// GetSecretValue or GetParameter, or one per 20 secrets and per 10 parameters
// with LoadMany. Do adds one when a secret was not accepted. Parameter Store is
// free for standard parameters up to its standard throughput, Secrets Manager is
// billed per request (https://aws.amazon.com/secrets-manager/pricing/).
//
// # Concurrency
//
// All functions and methods may be called concurrently.
//
// # Testing
//
// Package secretstest has the services and the extensions in memory, for the real
// SDK clients. Loaders take small interfaces for those who prefer stubs.
package secrets
