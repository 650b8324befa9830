package costs_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

// startedAt returns, over the published curves that were measured at a size, the
// median of what the cheapest size saves, and the share of curves in which that is
// a quarter or more. Both in per cent.
func startedAt(t *testing.T, memoryMB int) (curves int, median, quarter float64) {
	var savings []float64
	for _, c := range publishedCurves(t) {
		if _, ok := c.points[memoryMB]; ok && len(c.sizes) >= 4 {
			savings = append(savings, 100*(1-c.cheapest()/c.cost(memoryMB)))
		}
	}
	slices.Sort(savings)
	n := len(savings)
	first, _ := slices.BinarySearch(savings, 25)
	return n, (savings[(n-1)/2] + savings[n/2]) / 2, 100 * float64(n-first) / float64(n)
}

// TestSavings holds every figure of savings.md to the prices and the curves.
func TestSavings(t *testing.T) {
	data, err := os.ReadFile("savings.md")
	require.NoError(t, err)
	text := strings.Join(strings.Fields(string(data)), " ")
	prices := costs.DefaultPrices()
	holds := func(format string, figures ...any) {
		t.Helper()
		require.Contains(t, text, fmt.Sprintf(format, figures...))
	}

	for _, size := range []int{128, 256, 512, 1024, 2048, 3008} {
		n, median, quarter := startedAt(t, size)
		holds("| %d | %d | %.0f %% | %.0f %% |", size, n, median, quarter)
	}

	capacity, err := prices.DynamoDBBreakEven("us-east-1")
	require.NoError(t, err)
	holds("below %.1f %%", 100*capacity)
	holds("at most %.1f %%", 100*capacity*(1-0.6))
	holds("up to %.2f times", 1/capacity)

	for item, name := range map[costs.Item]string{
		costs.S3StandardIA: "Standard-IA", costs.S3OneZoneIA: "One Zone-IA", costs.S3GlacierInstant: "Glacier Instant Retrieval",
		costs.S3GlacierFlexible: "Glacier Flexible Retrieval", costs.S3GlacierDeepArchive: "Glacier Deep Archive",
	} {
		saving, err := prices.StorageSaving("us-east-1", costs.S3Standard, item)
		require.NoError(t, err)
		holds("| %s | %.1f %% |", name, 100*saving)
	}
	for _, months := range []float64{1, 12} {
		size, err := prices.TransitionBreakEven("us-east-1", costs.S3Standard, costs.S3StandardIA, costs.S3TransitionsIA, months)
		require.NoError(t, err)
		holds("%.0f KB", float64(size)/1e3)
	}

	arm, err := prices.ARM64BreakEven("us-east-1")
	require.NoError(t, err)
	holds("%.2f times as long", arm)
	provisioned, err := prices.ProvisionedConcurrencyBreakEven("us-east-1", costs.X86)
	require.NoError(t, err)
	holds("more than %.0f %%", 100*provisioned)
}
