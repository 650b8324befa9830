package costs_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

func TestBreakEvens(t *testing.T) {
	prices := costs.DefaultPrices()

	dynamoDB, err := prices.DynamoDBBreakEven("us-east-1")
	require.NoError(t, err)
	require.InDelta(t, 0.289, dynamoDB, 0.0005)
	require.InDelta(t, 0.116, dynamoDB*(1-0.6), 0.0005, "utilisation at which on-demand saves 60 %")
	require.InDelta(t, 3.46, 1/dynamoDB, 0.005)

	for _, a := range []costs.Architecture{costs.X86, costs.ARM64, ""} {
		provisioned, err := prices.ProvisionedConcurrencyBreakEven("us-east-1", a)
		require.NoError(t, err)
		require.InDelta(t, 0.6, provisioned, 0.0005)
	}

	arm, err := prices.ARM64BreakEven("eu-west-1")
	require.NoError(t, err)
	require.InDelta(t, 1.25, arm, 0.0005)

	saving, err := prices.StorageSaving("us-east-1", costs.S3Standard, costs.S3StandardIA)
	require.NoError(t, err)
	require.InDelta(t, 0.457, saving, 0.0005)

	size, err := prices.TransitionBreakEven("us-east-1", costs.S3Standard, costs.S3StandardIA, costs.S3TransitionsIA, 1)
	require.NoError(t, err)
	require.Equal(t, int64(1_022_612), size)
	for months, from := range map[float64]costs.Item{0: costs.S3Standard, 1: costs.S3GlacierInstant} {
		size, err = prices.TransitionBreakEven("us-east-1", from, costs.S3StandardIA, costs.S3TransitionsIA, months)
		require.NoError(t, err)
		require.Equal(t, int64(math.MaxInt64), size)
	}
}

func TestBreakEvensNeedTheirPrices(t *testing.T) {
	prices := costs.DefaultPrices()
	_, err := prices.DynamoDBBreakEven("eu-west-1")
	require.ErrorIs(t, err, costs.ErrUnknownPrice)
	_, err = prices.ProvisionedConcurrencyBreakEven("eu-west-1", costs.ARM64)
	require.ErrorIs(t, err, costs.ErrUnknownPrice)
	_, err = prices.ProvisionedConcurrencyBreakEven("us-east-1", "mips")
	require.Error(t, err)
	_, err = prices.ARM64BreakEven("me-central-1")
	require.ErrorIs(t, err, costs.ErrUnknownPrice)
	_, err = prices.StorageSaving("us-west-9", costs.S3Standard, costs.S3StandardIA)
	require.ErrorIs(t, err, costs.ErrUnknownRegion)
	_, err = prices.TransitionBreakEven("us-west-9", costs.S3Standard, costs.S3StandardIA, costs.S3TransitionsIA, 1)
	require.ErrorIs(t, err, costs.ErrUnknownRegion)
}
