package coststest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

const line = `{"_aws":{"Timestamp":1790000000000,"CloudWatchMetrics":[{"Namespace":"shop","Dimensions":[["route"]],"Metrics":[{"Name":"Cost"},{"Name":"Time","Unit":"Milliseconds"}]}]},"route":"GET /","Cost":3.04e-07,"Time":[50,51]}`

func sink() *coststest.Sink {
	return &coststest.Sink{Now: func() time.Time { return time.UnixMilli(1_790_000_000_000) }}
}

func TestSinkReadsLines(t *testing.T) {
	s := sink()
	n, err := s.Write([]byte(line + "\n" + strings.Replace(line, "GET", "PUT", 1) + "\n"))
	require.NoError(t, err)
	require.Equal(t, 2*(len(line)+1), n)
	require.Equal(t, coststest.Line{
		Namespace:  "shop",
		Time:       time.UnixMilli(1_790_000_000_000),
		Dimensions: map[string]string{"route": "GET /"},
		Values:     map[string][]float64{"Cost": {3.04e-7}, "Time": {50, 51}},
		Units:      map[string]string{"Time": "Milliseconds"},
		Bytes:      len(line) + 1,
	}, s.Lines()[0])
	require.InDelta(t, 202, s.Sum("Time", nil), 0)
	require.InDelta(t, 101, s.Sum("Time", map[string]string{"route": "PUT /"}), 0)
	require.Empty(t, s.Values("Time", map[string]string{"tenant": ""}))
}

func TestSinkRefusesWhatCloudWatchDrops(t *testing.T) {
	for name, change := range map[string][2]string{
		"prefix":               {`{"_aws"`, `2026/11/01 {"_aws"`},
		"suffix":               {`[50,51]}`, `[50,51]} done`},
		"no metadata":          {`"_aws"`, `"_awz"`},
		"no timestamp":         {`"Timestamp":1790000000000,`, ``},
		"old timestamp":        {`1790000000000`, `1788000000000`},
		"future timestamp":     {`1790000000000`, `1790007200001`},
		"unknown directive":    {`"Namespace"`, `"Namezpace"`},
		"null dimensions":      {`[["route"]]`, `null`},
		"dimension missing":    {`"route":`, `"rout":`},
		"dimension a number":   {`"GET /"`, `5`},
		"dimension empty":      {`"GET /"`, `""`},
		"metric missing":       {`"Cost":`, `"Coast":`},
		"metric text":          {`3.04e-07`, `"NaN"`},
		"metric null":          {`3.04e-07`, `null`},
		"no values":            {`[50,51]`, `[]`},
		"too many values":      {`[50,51]`, `[` + strings.Repeat("1,", 100) + `1]`},
		"too small":            {`3.04e-07`, `1e-200`},
		"metric is dimension":  {`{"Name":"Cost"}`, `{"Name":"route"}`},
		"metric twice":         {`{"Name":"Cost"}`, `{"Name":"Time"}`},
		"name twice":           {`"Cost":3.04e-07`, `"Cost":1,"Cost":3.04e-07`},
		"a member for nothing": {`"Cost":3.04e-07`, `"Cost":3.04e-07,"requestId":"r"`},
		"no metrics":           {`[{"Name":"Cost"},{"Name":"Time","Unit":"Milliseconds"}]`, `[]`},
		"no end":               {`[50,51]}`, `[50,51]`},
	} {
		bad := strings.Replace(line, change[0], change[1], 1)
		require.NotEqual(t, line, bad, name)
		s := sink()
		n, err := s.Write([]byte(line + "\n" + bad + "\n"))
		require.Error(t, err, name)
		require.Equal(t, len(line)+1, n, name)
		require.Len(t, s.Lines(), 1, name)
	}
	_, err := sink().Write([]byte(line))
	require.ErrorContains(t, err, "newline")
}

func TestSinkFailsOnce(t *testing.T) {
	s, boom := sink(), errors.New("boom")
	s.FailNext(boom)
	_, err := s.Write([]byte(line + "\n"))
	require.ErrorIs(t, err, boom)
	_, err = s.Write([]byte(line + "\n"))
	require.NoError(t, err)
	require.Len(t, s.Lines(), 1)
}

func TestLogIsReproducibleAndTrue(t *testing.T) {
	options := &coststest.LogOptions{Seed: 7, Invocations: 20, Environments: 3, MemoryMB: 512, Noise: 6}
	log := coststest.NewLog(options)
	require.Equal(t, log, coststest.NewLog(options))
	require.Len(t, log.Reports, 20)

	var got []costs.Report
	for text := range strings.Lines(log.Text) {
		r, err := costs.ParseReport(text)
		if err == nil {
			r.Stream, r.Time = log.Reports[len(got)].Stream, log.Reports[len(got)].Time
			got = append(got, *r)
		}
	}
	require.Equal(t, log.Reports, got)
	require.True(t, got[2].Cold())
	require.False(t, got[3].Cold())
}

func ExampleSink() {
	sink := new(coststest.Sink)
	tracker, err := costs.NewTracker(&costs.TrackerOptions{
		Region: "us-east-1", Architecture: costs.X86, MemoryMB: 128, Init: -1, Output: sink,
	})
	if err != nil {
		panic(err)
	}
	for range 3 {
		labels := costs.Labels{Route: "GET /gigs"}
		tracker.Record(context.Background(), costs.Observation{Labels: labels, Duration: 50 * time.Millisecond})
	}
	if err := tracker.Flush(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println(sink.Values(costs.MetricBilledDuration, map[string]string{"route": "GET /gigs"}))
	// Output: [50 50 50]
}
