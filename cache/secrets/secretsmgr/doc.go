// Package secretsmgr loads secrets from AWS Secrets Manager into a cache, see
// package secrets.
//
//	Load: secrets.JSON[Login](secretsmgr.Load(client)), // a *secretsmanager.Client
//
// The function needs the permission secretsmanager:GetSecretValue on its secrets,
// and for [LoadMany] secretsmanager:BatchGetSecretValue too.
package secretsmgr
