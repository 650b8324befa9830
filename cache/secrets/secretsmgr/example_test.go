package secretsmgr_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/cache/secrets/secretsmgr"
	"github.com/go-thaw/thaw/cache/secrets/secretstest"
)

// A login that is rotated while it is in the cache.
func Example() {
	fake := secretstest.New(nil)
	fake.PutSecret("prod/db", `{"username": "app", "password": "first"}`)
	client := secretsmanager.NewFromConfig(fake.Config()) // elsewhere: of the application's configuration

	type Login struct {
		Username string
		Password secrets.Secret[string]
	}
	logins := cache.New(&cache.Options[secrets.SecretID, secrets.Secret[Login]]{
		Load: secrets.JSON[Login](secretsmgr.Load(client)),
	})

	accepted := "first" // by the database
	query := func(ctx context.Context, secret secrets.Secret[Login]) error {
		login := secret.Reveal()
		fmt.Printf("connecting as %+v\n", login)
		if login.Password.Reveal() != accepted {
			return fmt.Errorf("%w: %w", secrets.ErrAuthentication, errors.New("access denied"))
		}
		return nil
	}
	ctx, key := context.Background(), secrets.SecretID{ID: "prod/db"}
	fmt.Println(secrets.Do(ctx, logins, key, query))

	fake.PutSecret("prod/db", `{"username": "app", "password": "second"}`)
	accepted = "second"
	fmt.Println(secrets.Do(ctx, logins, key, query))
	fmt.Println("requests:", len(fake.Calls()))

	// Output:
	// connecting as {Username:app Password:[redacted]}
	// <nil>
	// connecting as {Username:app Password:[redacted]}
	// connecting as {Username:app Password:[redacted]}
	// <nil>
	// requests: 2
}
