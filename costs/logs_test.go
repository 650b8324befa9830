package costs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// walk collects what Reports yields.
func walk(r io.Reader) (reports []costs.Report, errs []error) {
	for report, err := range costs.Reports(r) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		reports = append(reports, *report)
	}
	return reports, errs
}

// claims lists what reports say, without what a form of the log cannot tell.
func claims(reports []costs.Report) (list []string) {
	for _, r := range reports {
		list = append(list, fmt.Sprint(r.RequestID, r.Duration, r.BilledDuration, r.InitDuration, r.MemorySizeMB, r.MaxMemoryUsedMB))
	}
	return list
}

func TestReportsFindsTheTruthInEveryForm(t *testing.T) {
	for i := range 8 {
		options := coststest.LogOptions{
			Seed: uint64(i), Invocations: 60, Environments: 5, Noise: 6, Spoof: 20,
			JSON: i&1 != 0, Prefix: i&2 != 0,
		}
		if i&4 != 0 {
			options.Environments = 1
		}
		log := coststest.NewLog(&options)
		for name, r := range map[string]io.Reader{
			"whole":    strings.NewReader(log.Text),
			"one byte": iotest.OneByteReader(strings.NewReader(log.Text)),
		} {
			reports, errs := walk(r)
			require.ElementsMatch(t, claims(log.Reports), claims(reports), "%s %+v", name, options)
			require.Len(t, errs, 20)
			for _, err := range errs {
				require.ErrorIs(t, err, costs.ErrSpoofedReport)
			}
			if options.Prefix {
				require.Equal(t, log.Reports[30].Stream, reports[30].Stream)
			}
		}
	}
}

func report(id string, billed int) string {
	return fmt.Sprintf("REPORT RequestId: %s\tDuration: %d.00 ms\tBilled Duration: %d ms\tMemory Size: 128 MB\tMax Memory Used: 20 MB\n", id, billed, billed)
}

func start(id string) string { return "START RequestId: " + id + " Version: 7\n" }

func TestReportsWithoutStartsAreTakenAtTheirWord(t *testing.T) {
	reports, errs := walk(strings.NewReader(report("a", 1) + report("b", 2) + report("a", 3)))
	require.Empty(t, errs)
	require.Len(t, reports, 3)
}

func TestARetryIsAReportOfItsOwn(t *testing.T) {
	reports, errs := walk(strings.NewReader(start("a") + report("a", 1) + start("a") + report("a", 3)))
	require.Empty(t, errs)
	require.Len(t, reports, 2)
	require.Equal(t, 1*ms, reports[0].BilledDuration)
}

func TestInterleavedStreams(t *testing.T) {
	reports, errs := walk(strings.NewReader(start("a") + start("b") + report("a", 9) + report("b", 2) + report("a", 1)))
	require.Len(t, errs, 1)
	require.Len(t, reports, 2)
	require.Equal(t, []any{1 * ms, 2 * ms}, []any{reports[0].BilledDuration, reports[1].BilledDuration})
}

func TestForgeries(t *testing.T) {
	const one, two = "2026/11/01/[7]0a 2026-11-01T10:00:00.000000 ", "2026/11/01/[7]0b 2026-11-01T10:00:00.000000 "
	for name, c := range map[string]struct{ log, reason string }{
		"never started":           {start("a") + report("x", 1) + report("a", 7), "its invocation was not started, or has ended"},
		"before the true one":     {start("a") + report("a", 1) + report("a", 7), "another one follows for the same start"},
		"of an ended invocation":  {one + start("a") + one + report("a", 7) + one + start("b") + one + report("a", 1), "its invocation was not started, or has ended"},
		"of another stream":       {one + start("a") + two + start("b") + two + report("a", 1) + one + report("a", 7), "its invocation was not started, or has ended"},
		"started by the function": {one + start("a") + one + start("x") + one + report("x", 1) + one + report("a", 7), "its start is output of another invocation"},
		"after a forged END line": {start("a") + "END RequestId: a\n" + report("a", 1) + "END RequestId: a\n" + report("a", 7), "another one follows for the same start"},
	} {
		reports, errs := walk(strings.NewReader(c.log))
		require.Len(t, reports, 1, name)
		require.Equal(t, 7*ms, reports[0].BilledDuration, name)
		require.Len(t, errs, 1, name)
		var spoof *costs.SpoofError
		require.ErrorAs(t, errs[0], &spoof, name)
		require.Equal(t, c.reason, spoof.Reason, name)
		require.Equal(t, 1*ms, spoof.Report.BilledDuration, name)
	}
}

// A forged START does not hide the REPORT of the invocation that printed it, however
// many there are.
func TestForgedStartsHideNothing(t *testing.T) {
	const stream = "2026/11/01/[7]0a 2026-11-01T10:00:00.000000 "
	log := stream + start("a")
	for i := range 7 {
		log += stream + start(fmt.Sprint("x", i))
	}
	log += stream + report("a", 7) + stream + start("b") + stream + report("b", 8)
	reports, errs := walk(strings.NewReader(log))
	require.Empty(t, errs)
	require.Len(t, reports, 2)
	require.Equal(t, []string{"a", "b"}, []string{reports[0].RequestID, reports[1].RequestID})
}

func TestTimeoutLineJoinsItsReport(t *testing.T) {
	for _, prefix := range []string{"", "2026/11/01/[7]0a 2026-11-01T10:00:00.000000 "} {
		reports, errs := walk(strings.NewReader(prefix + start("a") + prefix + report("a", 3000) +
			prefix + "2026-11-01T10:00:03.000Z a Task timed out after 3.00 seconds\n" +
			"app: a Task timed out after 9 seconds\n" + prefix + start("b") + prefix + report("b", 1)))
		require.Empty(t, errs)
		require.Equal(t, []string{"timeout", ""}, []string{reports[0].Status, reports[1].Status})
		require.True(t, reports[0].TimedOut())
	}
}

func TestErrorsDoNotEndTheWalk(t *testing.T) {
	log := "tail of a line\tBilled Duration: 3 ms\n" + report("a", 1)[:60] + "\n" + strings.Repeat("x", 1<<20) + report("a", 1) + report("b", 2)
	reports, errs := walk(strings.NewReader(log))
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], costs.ErrMalformedReport)
	require.ErrorContains(t, errs[0], "line 2")
	require.Len(t, reports, 1)
	require.Equal(t, "b", reports[0].RequestID)
}

func TestAFailingReaderIsAnError(t *testing.T) {
	boom := errors.New("boom")
	reports, errs := walk(io.MultiReader(strings.NewReader(start("a")+report("a", 1)), iotest.ErrReader(boom)))
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], boom)
	require.Len(t, reports, 1, "what was read before counts")
}

func TestTheWalkCanStopAnywhere(t *testing.T) {
	text := coststest.NewLog(&coststest.LogOptions{Invocations: 30, Environments: 3, Prefix: true, Spoof: 3}).Text
	for stop := range 33 {
		n := 0
		for range costs.Reports(strings.NewReader(text)) {
			if n++; n > stop {
				break
			}
		}
		require.Equal(t, stop+1, n)
	}
}

func TestManyOpenInvocationsAreSettledInOrder(t *testing.T) {
	var log strings.Builder
	const n = 10_000
	for i := range n {
		id := fmt.Sprint("r", i)
		log.WriteString(start(id) + report(id, i+1))
	}
	reports, errs := walk(strings.NewReader(log.String()))
	require.Empty(t, errs)
	require.Len(t, reports, n)
	for i, r := range reports {
		require.Equal(t, int64(i+1), r.BilledDuration.Milliseconds())
	}
}

func FuzzReports(f *testing.F) {
	for i := range 4 {
		f.Add([]byte(coststest.NewLog(&coststest.LogOptions{Invocations: 3, Noise: 6, Spoof: 1, JSON: i&1 != 0, Prefix: i&2 != 0}).Text))
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		reports, errs := walk(bytes.NewReader(log))
		lines := bytes.Count(log, []byte("\n")) + 1
		require.LessOrEqual(t, len(reports)+len(errs), lines)
		for _, r := range reports {
			require.NotEmpty(t, r.RequestID)
		}
	})
}
