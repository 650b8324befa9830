// Package paramstore loads parameters from AWS Systems Manager Parameter Store
// into a cache, see package secrets: [Load] by name, [LoadMany] by names and
// [LoadPath] by path.
//
//	Load: paramstore.Load(client), // an *ssm.Client
//
// The function needs the permissions ssm:GetParameter, ssm:GetParameters and
// ssm:GetParametersByPath, each only if it uses the loader, and kms:Decrypt for
// SecureStrings under a key of your own.
package paramstore
