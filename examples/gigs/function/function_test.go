package function_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/examples/gigs/function"
)

func TestEnv(t *testing.T) {
	t.Setenv("TABLE", "gigs")
	t.Setenv("BUS", "")
	var table, bus string
	require.NoError(t, function.Env(map[string]*string{"TABLE": &table}))
	require.Equal(t, "gigs", table)
	require.EqualError(t, function.Env(map[string]*string{"BUS": &bus}), "environment variable BUS must be set")
}
