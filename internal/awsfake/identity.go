package awsfake

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The region and the account of everything in a fake. The account is the one
// that other emulators use too, so that answers can be compared with theirs.
const (
	Region  = "us-east-1"
	Account = "000000000000"
)

// Credentials are the credentials of a fake's clients; no fake checks them.
var Credentials aws.CredentialsProviderFunc = func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "fake", SecretAccessKey: "fake", Source: "awsfake"}, nil
}
