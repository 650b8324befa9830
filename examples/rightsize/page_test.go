package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
)

// renderPage returns the page for the given arguments.
func renderPage(t *testing.T, stdin io.Reader, args ...string) string {
	name := filepath.Join(t.TempDir(), "report.html")
	err := run(append([]string{"-html", name}, args...), stdin, io.Discard, io.Discard)
	if err != nil {
		require.ErrorIs(t, err, costs.ErrRefused)
	}
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

func TestPageIsSelfContained(t *testing.T) {
	text := renderPage(t, nil)
	require.NotRegexp(t, regexp.MustCompile(`(?i)(src|href)=|url\(|@import|<script|https?:`), text)
	require.Contains(t, text, `lang="en"`)
	require.Contains(t, text, `prefers-color-scheme: dark`)
	require.Contains(t, text, `name="viewport"`)
	require.Equal(t, 3, strings.Count(text, `<svg viewBox="0 0 480.0 300.0"`)+strings.Count(text, `<svg viewBox="0 0 960.0 300.0"`))
	require.Equal(t, strings.Count(text, `role="img"`), strings.Count(text, "aria-labelledby=")+strings.Count(text, `aria-label="Cost by route over time`))
	require.Equal(t, 3, strings.Count(text, "<caption>"), "each chart has its numbers as a table")
	require.Equal(t, strings.Count(text, `class="scroll"`)+strings.Count(text, `class="chart"`), strings.Count(text, `tabindex="0"`), "what scrolls can be reached by keyboard")
	require.NotContains(t, text, "ZgotmplZ", "the template engine found nothing unsafe")
}

// The page is also well-formed XML but for the void elements, so no tag is left
// open.
func TestPageTagsMatch(t *testing.T) {
	decoder := xml.NewDecoder(strings.NewReader(renderPage(t, nil)))
	decoder.Strict = false
	decoder.AutoClose = []string{"meta"}
	decoder.Entity = xml.HTMLEntity
	depth := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	require.Zero(t, depth)
}

// What comes out of a log is data, wherever it stands in the page.
func TestPageEscapesLogs(t *testing.T) {
	const evil = `</text><script>alert(1)</script>`
	line := `{"_aws":{"Timestamp":1793703600000,"CloudWatchMetrics":[]},"route":"` + evil + `","Cost":0.1,"BilledMs":[1,2]}` + "\n"
	text := renderPage(t, strings.NewReader(line), "-")
	require.NotContains(t, text, evil)
	require.Contains(t, text, "&lt;script&gt;")
	require.Contains(t, text, "No recommendation: no samples")
}

func TestMemoryAxisIsLogarithmic(t *testing.T) {
	a, ticks := sizesAxis(128, 10240)
	for i := 2; i < len(ticks); i++ {
		require.InDelta(t, ticks[1].At-ticks[0].At, ticks[i].At-ticks[i-1].At, 1e-9, "each doubling is as wide as the other")
	}
	require.InDelta(t, a.at(1024)-a.at(512), a.at(3008)-a.at(1504), 1e-9)
	require.Greater(t, a.at(128), left)
	require.Less(t, a.at(10240), chartWidth-right)
}

func TestAmountAxisBeginsAtZero(t *testing.T) {
	for most, want := range map[float64]float64{7.3: 8, 412: 600, 1e-5: 1.5e-5, 0: 1} {
		a, ticks := amountAxis(most)
		require.InEpsilon(t, want, a.high, 1e-9)
		require.Equal(t, "0", ticks[0].Label)
		require.LessOrEqual(t, len(ticks), 7)
		require.Equal(t, chartHeight-bottom, a.at(0))
		require.False(t, math.IsNaN(a.at(most)))
	}
}

func TestMetricLinesInPieces(t *testing.T) {
	const text = "noise\n" +
		`2026/11/03/[7]00 2026-11-03T11:00:00Z {"_aws":{"Timestamp":1793703600000},"route":"a","Cost":0.5,"BilledMs":[1,2,3]}` + "\n" +
		`{"_aws":{"Timestamp":1793703600000},"Other":1}` + "\n" +
		`{"_aws":{"Timestamp":17937036` + "\n" +
		`{"_aws":{"Timestamp":1793703600000},"route":"a","Cost":0.25,"BilledMs":4}`
	for _, size := range []int{1, 7, 64, len(text)} {
		got := routes{}
		lines := &metricLines{take: got.add}
		for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
			n, err := lines.Write([]byte(rest[:min(size, len(rest))]))
			require.NoError(t, err)
			require.Equal(t, min(size, len(rest)), n)
		}
		lines.end()
		require.Equal(t, routes{{Route: "a"}: {1793703600: {Cost: 0.75, Invocations: 4}}}, got)
	}
}

func TestAnEndlessLineIsNotKept(t *testing.T) {
	lines := &metricLines{take: func(metricLine) { t.Error("no line is one") }}
	for range 100 {
		_, err := lines.Write(make([]byte, 10_000))
		require.NoError(t, err)
		require.LessOrEqual(t, len(lines.part), maxMetricLine)
	}
	_, err := lines.Write([]byte(`{"_aws":{"Timestamp":1},"BilledMs":4}` + "\n"))
	require.NoError(t, err)
}
