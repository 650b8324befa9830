package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// call runs the command without a page.
func call(stdin io.Reader, args ...string) (stdout string, err error) {
	var out strings.Builder
	err = run(append([]string{"-html", ""}, args...), stdin, &out, io.Discard)
	return out.String(), err
}

// answer runs the command for machines.
func answer(t *testing.T, stdin io.Reader, args ...string) (Report, error) {
	out, err := call(stdin, append([]string{"-json"}, args...)...)
	var r Report
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	return r, err
}

func TestSampleIsTheDefault(t *testing.T) {
	r, err := answer(t, nil, "-month", "1000000")
	require.NoError(t, err)
	require.Equal(t, 360, r.Invocations)
	require.Len(t, r.Files, 4)
	require.Equal(t, []int{512, 1024, 0, 192}, []int{r.Recommendation.MemoryMB, r.Recommendation.CurrentMB, r.Recommendation.NextMB, r.Recommendation.FloorMB})
	require.True(t, r.Recommendation.Proven)
	require.InDelta(t, 0.34, r.Recommendation.Saving.Estimate, 0.05)
	require.InDelta(t, 0.85, r.Recommendation.Monthly.Float64(), 0.1)

	var invocations int
	var share float64
	for _, route := range r.Routes {
		invocations += route.Invocations
		share += route.Share
	}
	require.Equal(t, r.Invocations, invocations, "the metric lines tell of every invocation")
	require.InDelta(t, 1, share, 1e-9)
}

func TestStandardInputAndGzip(t *testing.T) {
	want, err := answer(t, nil)
	require.NoError(t, err)

	names, err := filepath.Glob("testdata/*.log")
	require.NoError(t, err)
	var all, compressed bytes.Buffer
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		all.Write(text)
	}
	w := gzip.NewWriter(&compressed)
	_, err = w.Write(all.Bytes())
	require.NoError(t, err)
	require.NoError(t, w.Close())

	for name, stdin := range map[string]io.Reader{"plain": &all, "gzip": &compressed} {
		got, err := answer(t, stdin, "-region", "us-east-1", "-current", "1024", "-")
		require.NoError(t, err, name)
		require.Equal(t, want.Recommendation.MemoryMB, got.Recommendation.MemoryMB, name)
		require.InEpsilon(t, want.Recommendation.Saving.Low, got.Recommendation.Saving.Low, 1e-9, name) // added up in another order
		require.Len(t, got.Routes, len(want.Routes), name)
		for i, route := range want.Routes {
			require.Equal(t, route.Labels, got.Routes[i].Labels, name)
			require.InEpsilon(t, route.Cost, got.Routes[i].Cost, 1e-9, name)
		}
	}
}

func TestRefusalIsAnAnswer(t *testing.T) {
	log := coststest.NewLog(&coststest.LogOptions{Invocations: 300, Environments: 3, Prefix: true, Spoof: 2, JSON: true})
	r, err := answer(t, strings.NewReader(log.Text), "-region", "eu-west-1", "-")
	require.ErrorIs(t, err, costs.ErrRefused)
	require.Nil(t, r.Recommendation)
	require.Equal(t, costs.OneSize, r.Refusal.Reason)
	require.Equal(t, 256, r.Refusal.NextMB)
	require.Equal(t, 300, r.Invocations)
	require.Equal(t, 2, r.RefusedLines)
	require.Len(t, r.Problems, 2)

	out, err := call(strings.NewReader(log.Text), "-region", "eu-west-1", "-")
	require.ErrorIs(t, err, costs.ErrRefused)
	require.Contains(t, out, "No recommendation: one size only at 128 MB.")
	require.Contains(t, out, "2 REPORT lines were refused")
}

func TestMistakesAreErrors(t *testing.T) {
	for name, args := range map[string][]string{
		"no such file":         {"testdata/none.log"},
		"unknown strategy":     {"-strategy", "best"},
		"unknown architecture": {"-arch", "mips"},
		"unknown flag":         {"-frobnicate"},
	} {
		_, err := call(nil, args...)
		require.Error(t, err, name)
		require.NotErrorIs(t, err, costs.ErrRefused, name)
	}
	_, err := call(strings.NewReader("\x1f\x8bthis is not gzip"), "-")
	require.ErrorIs(t, err, gzip.ErrHeader)
}

func TestTable(t *testing.T) {
	out, err := call(nil)
	require.NoError(t, err)
	for _, want := range []string{
		"360 invocations in 4 logs, 2026-11-03 08:00 to 2026-11-05 19:25; prices of us-east-1",
		"Change from 1024 to 512 MB: saves 34 % of the cost",
		"The memory floor is 192 MB", "GET /gigs/{id}",
	} {
		require.Contains(t, out, want)
	}
}

// A size that was not measured is told apart from those that were.
func TestAForecastIsShownAsOne(t *testing.T) {
	logs := []string{"testdata/gigs-1024.log", "testdata/gigs-512.log"}
	out, err := call(nil, logs...)
	require.NoError(t, err)
	require.Regexp(t, `\n +256 +- +- +~\d+ +~\d+-\d+ .*  forecast, extrapolated; not measured\n`, out)
	require.Contains(t, out, "Measure 256 MB before changing to it. Of 63 published functions halving made dearer")

	page := renderPage(t, nil, logs...)
	require.Equal(t, 1, strings.Count(page, `<g class="forecast">`), "of time and not of cost")
	require.Contains(t, page, `<tr class="forecast"><th scope="row">256</th>`)
	require.NotContains(t, renderPage(t, nil), `class="forecast"`)
}

func TestProgressIsForTerminalsOnly(t *testing.T) {
	now := time.Unix(0, 0)
	var screen strings.Builder
	p := &progress{out: &screen, total: 4e6, now: func() time.Time { return now }, started: now}
	p.add(1e6)
	require.Empty(t, screen.String(), "a short input needs no bar")
	now = now.Add(time.Second)
	p.add(1e6)
	require.Equal(t, "\r\x1b[Kreading [###############...............]  50 %, 2 MB, 2 MB/s", screen.String())
	p.add(1e6)
	require.Equal(t, 1, strings.Count(screen.String(), "reading"), "ten times a second is enough")
	p.done()
	require.True(t, strings.HasSuffix(screen.String(), "\r\x1b[K"))

	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	defer f.Close()
	require.Nil(t, newProgress(f, nil).out)
	require.Nil(t, newProgress(&screen, nil).out)
}
