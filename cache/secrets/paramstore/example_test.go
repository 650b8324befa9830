package paramstore_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/go-thaw/thaw/cache"
	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/cache/secrets/paramstore"
	"github.com/go-thaw/thaw/cache/secrets/secretstest"
)

// Several parameters in one request, and none in the next five minutes.
func ExampleLoadMany() {
	fake := secretstest.New(nil)
	fake.PutParameter("/prod/region", "eu-west-1", nil)
	fake.PutParameter("/prod/key", "k-1", &secretstest.ParameterOptions{Secure: true})
	client := ssm.NewFromConfig(fake.Config())

	parameters := cache.New(&cache.Options[secrets.Parameter, secrets.Secret[string]]{
		Load:     paramstore.Load(client),
		LoadMany: paramstore.LoadMany(client),
	})
	region, key := secrets.Parameter{Name: "/prod/region"}, secrets.Parameter{Name: "/prod/key"}
	for range 2 {
		values, err := parameters.GetMany(context.Background(), []secrets.Parameter{region, key})
		fmt.Println(values[region].Reveal(), values[key], err)
	}
	fmt.Println("requests:", len(fake.Calls()))

	// Output:
	// eu-west-1 [redacted] <nil>
	// eu-west-1 [redacted] <nil>
	// requests: 1
}

// All parameters below a path.
func ExampleLoadPath() {
	fake := secretstest.New(nil)
	fake.PutParameter("/prod/db/host", "db.internal", nil)
	fake.PutParameter("/prod/db/port", "5432", nil)

	settings := cache.New(&cache.Options[secrets.ParameterPath, secrets.Secret[map[string]string]]{
		Load: paramstore.LoadPath(ssm.NewFromConfig(fake.Config())),
	})
	all, err := settings.Get(context.Background(), secrets.ParameterPath{Path: "/prod", Recursive: true})
	fmt.Println(all.Reveal()["db/host"], all.Reveal()["db/port"], err)

	// Output:
	// db.internal 5432 <nil>
}
