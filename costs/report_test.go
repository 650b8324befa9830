package costs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

// sample is an entry of testdata/report_lines.json.
type sample struct {
	ID, Text string
	Expect   *struct {
		Duration, Init, Restore float64
		Billed, Memory, Max     int
		BilledRestore           int `json:"billed_restore"`
		Status, Error           string
	}
}

func samples(tb testing.TB) []sample {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "report_lines.json"))
	require.NoError(tb, err)
	var all []sample
	require.NoError(tb, json.Unmarshal(data, &all))
	require.NotEmpty(tb, all)
	return all
}

// milliseconds returns what a line that prints f means; all samples have at most
// three decimals.
func milliseconds(f float64) time.Duration {
	return time.Duration(f*1e6 + 0.5).Round(time.Microsecond)
}

func TestParseReportSamples(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.ID, func(t *testing.T) {
			r, err := costs.ParseReport(s.Text)
			if s.Expect == nil {
				require.ErrorIs(t, err, costs.ErrNotReport)
				return
			}
			require.NoError(t, err)
			require.NotEmpty(t, r.RequestID)
			require.Equal(t, milliseconds(s.Expect.Duration), r.Duration)
			require.Equal(t, time.Duration(s.Expect.Billed)*ms, r.BilledDuration)
			require.Equal(t, s.Expect.Memory, r.MemorySizeMB)
			require.Equal(t, s.Expect.Max, r.MaxMemoryUsedMB)
			require.Equal(t, milliseconds(s.Expect.Init), r.InitDuration)
			require.Equal(t, s.Expect.Init != 0, r.Has(costs.HasInitDuration))
			require.Equal(t, milliseconds(s.Expect.Restore), r.RestoreDuration)
			require.Equal(t, s.Expect.Restore != 0, r.Has(costs.HasRestoreDuration|costs.HasBilledRestoreDuration))
			require.Equal(t, time.Duration(s.Expect.BilledRestore)*ms, r.BilledRestoreDuration)
			require.Equal(t, s.Expect.Status, r.Status)
			require.Equal(t, s.Expect.Error, r.ErrorType)
			require.Nil(t, r.Extra)
			require.False(t, r.Managed())
			require.True(t, r.MemoryInRange())
		})
	}
}

// The billed duration of every sample follows from its other fields, except in
// the days of 100 ms steps and where INIT was free.
func TestSamplesFollowTheBillingRules(t *testing.T) {
	hundreds := map[string]bool{"jconning-2017": true, "pt-text": true}
	for _, s := range samples(t) {
		if s.Expect == nil || hundreds[s.ID] {
			continue
		}
		r, err := costs.ParseReport(s.Text)
		require.NoError(t, err)
		inv := r.Invocation("us-east-1", costs.X86)
		require.Equal(t, r.BilledDuration, inv.BilledDuration(), s.ID)
		inv.Billed = 0
		if r.TimedOut() {
			require.Greater(t, inv.BilledDuration(), r.BilledDuration, s.ID)
		} else {
			require.Equal(t, r.BilledDuration, inv.BilledDuration(), s.ID)
		}
	}
}

const goodLine = "REPORT RequestId: r-1\tDuration: 2.72 ms\tBilled Duration: 170 ms\tMemory Size: 2048 MB\tMax Memory Used: 64 MB\tInit Duration: 166.76 ms\t"

func TestParseReportFields(t *testing.T) {
	r, err := costs.ParseReport("2026-11-01T10:00:00.500Z 2026/11/01/[$LATEST]0a1b " + goodLine +
		"Status: error\tError Type: Runtime.ExitError\tPower: 3 kW\t\nXRAY TraceId: 1-5e\tSegmentId: 4f\tSampled: true\t\n")
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 11, 1, 10, 0, 0, 5e8, time.UTC), r.Time)
	require.Equal(t, "2026/11/01/[$LATEST]0a1b", r.Stream)
	require.Equal(t, "Runtime.ExitError", r.ErrorType)
	require.Equal(t, "1-5e", r.TraceID)
	require.Equal(t, "4f", r.SegmentID)
	require.True(t, r.Sampled)
	require.True(t, r.Cold())
	require.Equal(t, map[string]string{"Power": "3 kW"}, r.Extra)
	billed, known := r.InitBilled()
	require.True(t, billed)
	require.True(t, known)
}

func TestXRayOnTheSameLine(t *testing.T) {
	r, err := costs.ParseReport(goodLine + "XRAY TraceId: 1-5e SegmentId: 4f Sampled: false")
	require.NoError(t, err)
	require.Equal(t, "1-5e", r.TraceID)
	require.Equal(t, "4f", r.SegmentID)
	require.False(t, r.Sampled)
}

func TestAbsentIsNotZero(t *testing.T) {
	zero, err := costs.ParseReport("REPORT RequestId: r\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 20 MB\tInit Duration: 0.00 ms")
	require.NoError(t, err)
	require.True(t, zero.Cold())
	absent, err := costs.ParseReport("REPORT RequestId: r\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 20 MB")
	require.NoError(t, err)
	require.False(t, absent.Cold())
}

func TestInitBilled(t *testing.T) {
	for name, c := range map[string]struct {
		billed                string
		wantBilled, wantKnown bool
	}{
		"since 2025-08": {"170 ms", true, true},
		"before":        {"3 ms", false, true},
		"100 ms steps":  {"100 ms", false, false},
	} {
		r, err := costs.ParseReport(strings.Replace(goodLine, "170 ms", c.billed, 1))
		require.NoError(t, err, name)
		billed, known := r.InitBilled()
		require.Equal(t, c.wantBilled, billed, name)
		require.Equal(t, c.wantKnown, known, name)
	}
}

func TestManagedInstanceReport(t *testing.T) {
	for _, line := range []string{
		"REPORT RequestId: r\tDuration: 85.42 ms\t\n",
		`{"time":"2026-11-01T10:00:00Z","type":"platform.report","record":{"requestId":"r","status":"success","metrics":{"durationMs":85.42}}}`,
	} {
		r, err := costs.ParseReport(line)
		require.NoError(t, err)
		require.True(t, r.Managed())
		_, err = r.Invocation("us-east-1", costs.X86).Cost(nil)
		require.ErrorIs(t, err, costs.ErrUnknownCost)
	}
}

func TestOutOfMemory(t *testing.T) {
	line := "REPORT RequestId: r\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB"
	for suffix, want := range map[string]bool{
		"":                                  false,
		"\tStatus: error":                   true,
		"\tStatus: timeout":                 false,
		"\tError Type: Runtime.OutOfMemory": true,
	} {
		r, err := costs.ParseReport(line + suffix)
		require.NoError(t, err)
		require.Equal(t, want, r.OutOfMemory(), suffix)
	}
	r, err := costs.ParseReport("REPORT RequestId: r\tInit Duration: 0.15 ms\tDuration: 85.42 ms\tBilled Duration: 86 ms\tMemory Size: 3008 MB\tMax Memory Used: 3008 MB\tStatus: error")
	require.NoError(t, err)
	require.True(t, r.Emulated())
	require.False(t, r.OutOfMemory())
}

func TestMemoryOutOfRangeIsKept(t *testing.T) {
	r, err := costs.ParseReport(strings.Replace(goodLine, "2048 MB", "20480 MB", 1))
	require.NoError(t, err)
	require.False(t, r.MemoryInRange())
}

func TestJSONReport(t *testing.T) {
	r, err := costs.ParseReport(`{"time":"2026-11-01T10:00:00.5Z","type":"platform.report","record":{"requestId":"r","tenantId":"acme","status":"timeout",
		"errorType":"Sandbox.Timedout","tracing":{"spanId":"1","type":"X-Amzn-Trace-Id","value":"Root=1-5e;Parent=4f;Sampled=1"},
		"metrics":{"durationMs":3000.5,"billedDurationMs":3000,"memorySizeMB":128,"maxMemoryUsedMB":30,"cacheHits":7},"spans":[]}}`)
	require.NoError(t, err)
	require.Equal(t, "acme", r.TenantID)
	require.Equal(t, time.Date(2026, 11, 1, 10, 0, 0, 5e8, time.UTC), r.Time)
	require.Equal(t, "Sandbox.Timedout", r.ErrorType)
	require.Equal(t, []any{"1-5e", "4f", true}, []any{r.TraceID, r.SegmentID, r.Sampled})
	require.Equal(t, map[string]string{"cacheHits": "7"}, r.Extra)
	require.True(t, r.TimedOut())
}

func TestParseReportRefusesWhatIsNoReport(t *testing.T) {
	for _, line := range []string{
		"", " ", "START RequestId: r Version: 1", "END RequestId: r", "REPORT", "report RequestId: r",
		"my app says: " + goodLine,
		"[info] " + goodLine,
		"2026-11-01 " + goodLine,
		"2026/11/01/[7]0a 2026/11/01/[7]0b " + goodLine,
		"2026-11-01T10:00:00Z 2026-11-01T10:00:00Z " + goodLine,
		"2026/13/01/[7]0a " + goodLine,
		"x" + goodLine,
		`{"type":"platform.start","record":{}}`,
		`{"message":"` + "platform.report" + `"}`,
		`{}`,
		`{"level":"INFO"`,
	} {
		_, err := costs.ParseReport(line)
		require.ErrorIs(t, err, costs.ErrNotReport, line)
		var refused *costs.ReportError
		require.ErrorAs(t, err, &refused)
		require.Empty(t, refused.Field)
	}
}

func TestParseReportRefusesWhatCannotBeTrusted(t *testing.T) {
	replace := func(what, with string) string { return strings.Replace(goodLine, what, with, 1) }
	for line, field := range map[string]string{
		replace("Duration: 2.72 ms\t", ""):                                                  "Duration",
		replace("Billed Duration: 170 ms\t", ""):                                            "Billed Duration",
		replace("Memory Size: 2048 MB\t", ""):                                               "Memory Size",
		replace("Max Memory Used: 64 MB\t", ""):                                             "Max Memory Used",
		replace("2.72 ms", "2.72 s"):                                                        "Duration",
		replace("2.72 ms", "-2.72 ms"):                                                      "Duration",
		replace("2.72 ms", "NaN ms"):                                                        "Duration",
		replace("2.72 ms", "2. ms"):                                                         "Duration",
		replace("2.72 ms", "2.7x ms"):                                                       "Duration",
		replace("2.72 ms", "2.1234567x ms"):                                                 "Duration",
		replace("2.72 ms", "960000.01 ms"):                                                  "Duration",
		replace("2048 MB", "2048 GB"):                                                       "Memory Size",
		replace("170 ms", "170.5 ms"):                                                       "Billed Duration",
		replace("64 MB", "6.4 MB"):                                                          "Max Memory Used",
		replace("64 MB", "99999999999 MB"):                                                  "Max Memory Used",
		replace("Billed Duration", "Duration"):                                              "Duration",
		replace("Init Duration: 166.76", "Billed Duration: 1"):                              "Billed Duration",
		replace("r-1", "<script>"):                                                          "RequestId",
		goodLine + "Init Dur":                                                               "",
		`{"type":"platform.report","record":{"metrics":{"durationMs":1}}}`:                  "RequestId",
		`{"type":"platform.report","record":{"requestId":"r"}}`:                             "Duration",
		`{"type":"platform.report","record":{"requestId":"r","metrics":{"durationMs":-1}}}`: "Duration",
		`{"type":"platform.report","record":{"requestId":"r","metrics":{"durationMs":1,"memorySizeMB":1.5}}}`: "Memory Size",
		`{"type":"platform.report","record":{"requestId":"r","metrics":{"durationMs":"1`:                      "record",
	} {
		_, err := costs.ParseReport(line)
		require.ErrorIs(t, err, costs.ErrMalformedReport, line)
		var refused *costs.ReportError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, field, refused.Field, line)
		require.NotEmpty(t, refused.Problem)
	}
}

// Output of the function cannot pass for a field, wherever a label stands in it.
func TestLabelsAreReadOnTheirBoundaries(t *testing.T) {
	_, err := costs.ParseReport("Billed Duration: 1 ms\t" + goodLine)
	require.ErrorIs(t, err, costs.ErrNotReport)

	r, err := costs.ParseReport(goodLine + "Note: the Duration: of this\t")
	require.ErrorIs(t, err, costs.ErrMalformedReport, "a label inside a value makes the line ambiguous")
	require.Nil(t, r)
}

func FuzzParseReport(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.Text)
	}
	f.Add(goodLine)
	f.Fuzz(func(t *testing.T, line string) {
		r, err := costs.ParseReport(line)
		if err != nil {
			require.Nil(t, r)
			var refused *costs.ReportError
			require.ErrorAs(t, err, &refused)
			return
		}
		require.NotEmpty(t, r.RequestID)
		limit := 960 * time.Second
		for _, d := range []time.Duration{r.Duration, r.BilledDuration, r.InitDuration, r.RestoreDuration, r.BilledRestoreDuration} {
			require.True(t, d >= 0 && d <= limit)
		}
		require.Zero(t, r.BilledDuration%time.Millisecond)
		require.Zero(t, r.BilledRestoreDuration%time.Millisecond)
		require.True(t, r.Managed() || r.Has(costs.HasBilledDuration|costs.HasMemorySize|costs.HasMaxMemoryUsed))
		require.True(t, strings.Contains(line, "RequestId: "+r.RequestID) || strings.Contains(line, "platform.report"))
	})
}
