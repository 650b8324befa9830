package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

var update = flag.Bool("update", false, "write the sample logs anew")

// sampleSizes is the function of the sample: measured in turns on three days, at
// each size for two hours and a half.
var sampleSizes = []struct {
	memoryMB int
	mean     time.Duration
}{
	{256, 420 * time.Millisecond},
	{512, 165 * time.Millisecond},
	{2048, 105 * time.Millisecond},
	{1024, 120 * time.Millisecond},
}

// TestSampleIsWhatTheGeneratorMakes keeps the files of testdata reproducible.
func TestSampleIsWhatTheGeneratorMakes(t *testing.T) {
	for turn, size := range sampleSizes {
		var text strings.Builder
		for day := range 3 {
			text.WriteString(sampleLog(t, turn, day, size.memoryMB, size.mean))
		}
		name := filepath.Join("testdata", fmt.Sprintf("gigs-%d.log", size.memoryMB))
		if *update {
			require.NoError(t, os.WriteFile(name, []byte(text.String()), 0o644))
		}
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, text.String(), string(got), name)
	}
}

// sampleLog is a log of one size on one day, with the lines of a tracker.
func sampleLog(t *testing.T, turn, day, memoryMB int, mean time.Duration) string {
	log := coststest.NewLog(&coststest.LogOptions{
		Seed:         uint64(10*turn + day),
		Invocations:  30,
		Environments: 4,
		MemoryMB:     memoryMB,
		MaxMemoryMB:  150,
		Mean:         mean,
		Variation:    0.3,
		Start:        time.Date(2026, 11, 3+day, 8+3*turn, 0, 0, 0, time.UTC),
		Interval:     5 * time.Minute,
		Prefix:       true,
	})
	var lines strings.Builder
	now := time.Time{}
	tracker, err := costs.NewTracker(&costs.TrackerOptions{
		Region: sampleRegion, Architecture: costs.X86, MemoryMB: memoryMB, Environment: costs.OnDemand,
		Function: "gigs", Init: -1, Output: &lines, FlushInterval: time.Hour,
		Now: func() time.Time { return now },
	})
	require.NoError(t, err)
	var text strings.Builder
	i := 0
	for line := range strings.Lines(log.Text) {
		if strings.Contains(line, " END RequestId: ") {
			report := &log.Reports[i]
			now = report.Time
			route := []string{"GET /gigs", "GET /gigs/{id}", "GET /gigs/{id}", "POST /gigs"}[i*7%11%4]
			tracker.Record(t.Context(), costs.Observation{Labels: costs.Labels{Route: route}, Duration: report.Duration, Init: report.InitDuration})
			if i++; i == len(log.Reports) {
				require.NoError(t, tracker.Flush(t.Context()))
			}
			prefix, _, _ := strings.Cut(line, "END ")
			for metric := range strings.Lines(lines.String()) {
				text.WriteString(prefix + metric)
			}
			lines.Reset()
		}
		text.WriteString(line)
	}
	return text.String()
}
