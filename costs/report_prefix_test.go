package costs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// FuzzLogTime holds the reader of times to package time: what it reads is the same
// moment there, and what it refuses is refused there, but for forms that no log
// tool writes: a comma, more than nine decimals, an hour of one
// digit, a zone of 24 hours or 60 minutes.
func FuzzLogTime(f *testing.F) {
	for _, word := range []string{
		"2026-11-01T10:00:00Z", "2026-11-01T10:00:00.123456", "2026-11-01T10:00:00.5+01:00", "2024-02-29T00:00:00Z",
		"2023-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-01T24:00:00Z", "2026-11-01T10:60:00Z",
		"2026-11-01T10:00:00.", "2026-11-01T10:00:00.Z", "2026-11-01T10:00:00-00:30", "2026-11-01T10:00:00+1:00",
		"2026-11-01 10:00:00", "9999-12-31T23:59:59.999999999-23:59", "0000-01-01T00:00:00Z", "",
	} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		got, ok := costs.ParseLogTime(word)
		want, err := time.Parse(time.RFC3339Nano, word)
		if err != nil {
			want, err = time.Parse("2006-01-02T15:04:05.999999999", word)
		}
		if ok {
			require.NoError(t, err, word)
			require.True(t, want.Equal(got), "%s: %v", word, got)
			return
		}
		zone := word[max(len(word)-6, 0):]
		rare := strings.HasSuffix(zone, ":60") || strings.HasPrefix(zone, "+24:") || strings.HasPrefix(zone, "-24:") ||
			strings.Contains(word, ",") || len(word) > len("2006-01-02T15:04:05.999999999") || len(word) > 12 && word[12] == ':'
		require.True(t, err != nil || rare, word)
	})
}

// FuzzEveryReportIsFound checks the quick look at lines that Reports takes against
// ParseReport: it may pass over nothing that is one.
func FuzzEveryReportIsFound(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.Text)
	}
	for i := range 4 {
		log := coststest.NewLog(&coststest.LogOptions{Invocations: 2, Noise: 6, JSON: i&1 != 0, Prefix: i&2 != 0})
		for line := range strings.Lines(log.Text) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, line string) {
		line = strings.ReplaceAll(line, "\n", " ")
		want, err := costs.ParseReport(line)
		if err != nil {
			return
		}
		found, errs := walk(strings.NewReader(line))
		require.Empty(t, errs)
		require.Equal(t, []costs.Report{*want}, found)
	})
}
