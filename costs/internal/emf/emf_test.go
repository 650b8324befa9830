package emf_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/costs/coststest"
	"github.com/go-thaw/thaw/costs/internal/emf"
)

var at = time.UnixMilli(1_790_000_000_000)

func event(metrics ...emf.Metric) *emf.Event {
	return &emf.Event{
		Namespace:  "shop",
		Time:       at,
		Dimensions: []emf.Dimension{{Name: "route", Value: `GET "/gigs"\`}},
		Metrics:    metrics,
	}
}

// read appends the event and reads it back under the rules of the format.
func read(t *testing.T, e *emf.Event) []coststest.Line {
	t.Helper()
	data, err := emf.Append(nil, e)
	require.NoError(t, err)
	sink := &coststest.Sink{Now: func() time.Time { return at }}
	_, err = sink.Write(data)
	require.NoError(t, err)
	return sink.Lines()
}

func TestAppend(t *testing.T) {
	data, err := emf.Append([]byte("before\n"), event(
		emf.Metric{Name: "Cost", Values: []float64{3.04e-7}},
		emf.Metric{Name: "Time", Unit: "Milliseconds", Values: []float64{50, 51}},
		emf.Metric{Name: "Empty"},
	))
	require.NoError(t, err)
	require.Equal(t, "before\n"+`{"_aws":{"Timestamp":1790000000000,"CloudWatchMetrics":[{"Namespace":"shop","Dimensions":[["route"]],`+
		`"Metrics":[{"Name":"Cost"},{"Name":"Time","Unit":"Milliseconds"}]}]},"route":"GET \"/gigs\"\\","Cost":3.04e-7,"Time":[50,51]}`+"\n", string(data))
}

func TestThreeMetricLineIsSmall(t *testing.T) {
	data, err := emf.Append(nil, &emf.Event{
		Namespace: "shop", Time: at, Dimensions: []emf.Dimension{{Name: "service", Value: "gigs"}},
		Metrics: []emf.Metric{
			{Name: "Cost", Values: []float64{3.04166875e-7}},
			{Name: "Duration", Values: []float64{50}},
			{Name: "Errors", Values: []float64{0}},
		},
	})
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), 250)
}

func TestOverflowKeepsDimensionsAndValues(t *testing.T) {
	var want []float64
	for i := range 250 {
		want = append(want, float64(i))
	}
	var metrics []emf.Metric
	for i := range 101 {
		metrics = append(metrics, emf.Metric{Name: "m" + strconv.Itoa(i), Values: []float64{1}})
	}
	metrics[100].Values = want

	lines := read(t, event(metrics...))
	require.Len(t, lines, 4) // a hundred metrics, then 250 values of the last in three lines
	var got []float64
	for _, line := range lines {
		require.Equal(t, map[string]string{"route": `GET "/gigs"\`}, line.Dimensions)
		got = append(got, line.Values["m100"]...)
	}
	require.Equal(t, want, got)
	require.Len(t, lines[0].Values, 100)
}

func TestAppendWritesNothingForNothing(t *testing.T) {
	data, err := emf.Append(nil, event(emf.Metric{Name: "Empty"}))
	require.NoError(t, err)
	require.Empty(t, data)
}

func TestAppendRefuses(t *testing.T) {
	value := []float64{1}
	many := make([]emf.Dimension, 31)
	for i := range many {
		many[i] = emf.Dimension{Name: "d" + strconv.Itoa(i), Value: "v"}
	}
	for name, c := range map[string]struct {
		event *emf.Event
		want  error
	}{
		"NaN":                {event(emf.Metric{Name: "m", Values: []float64{math.NaN()}}), emf.ErrValue},
		"infinity":           {event(emf.Metric{Name: "m", Values: []float64{1, math.Inf(-1)}}), emf.ErrValue},
		"too large":          {event(emf.Metric{Name: "m", Values: []float64{math.Ldexp(1, 361)}}), emf.ErrValue},
		"too small":          {event(emf.Metric{Name: "m", Values: []float64{-math.Ldexp(1, -361)}}), emf.ErrValue},
		"no name":            {event(emf.Metric{Values: value}), emf.ErrName},
		"long name":          {event(emf.Metric{Name: strings.Repeat("m", 256), Values: value}), emf.ErrName},
		"the metadata":       {event(emf.Metric{Name: "_aws", Values: value}), emf.ErrName},
		"metric twice":       {event(emf.Metric{Name: "m", Values: value}, emf.Metric{Name: "m", Values: value}), emf.ErrCollision},
		"metric a dimension": {event(emf.Metric{Name: "route", Values: value}), emf.ErrCollision},
		"31 dimensions":      {&emf.Event{Namespace: "shop", Dimensions: many}, emf.ErrLimit},
		"dimension twice":    {&emf.Event{Namespace: "shop", Dimensions: []emf.Dimension{{"d", "v"}, {"d", "v"}}}, emf.ErrCollision},
		"dimension name":     {&emf.Event{Namespace: "shop", Dimensions: []emf.Dimension{{" ", "v"}}}, emf.ErrName},
		"dimension value":    {&emf.Event{Namespace: "shop", Dimensions: []emf.Dimension{{"d", ""}}}, emf.ErrValue},
		"no namespace":       {&emf.Event{}, emf.ErrName},
		"reserved namespace": {&emf.Event{Namespace: "AWS/Lambda"}, emf.ErrName},
		"odd namespace":      {&emf.Event{Namespace: "shop\n"}, emf.ErrName},
		"blank namespace":    {&emf.Event{Namespace: "  "}, emf.ErrName},
	} {
		data, err := emf.Append([]byte("kept"), c.event)
		require.ErrorIs(t, err, c.want, name)
		require.Equal(t, "kept", string(data), name)
		var refused *emf.Error
		require.ErrorAs(t, err, &refused, name)
	}
}

func TestLineTooLong(t *testing.T) {
	var metrics []emf.Metric
	values := make([]float64, 100)
	for i := range values {
		values[i] = -1.2345678901234567e-100
	}
	for i := range 100 {
		name := strconv.Itoa(i) + strings.Repeat("m", 252)
		metrics = append(metrics, emf.Metric{Name: name, Values: values})
	}
	lines := read(t, event(metrics...)) // the largest line the other limits allow
	require.Len(t, lines, 1)
	require.Less(t, lines[0].Bytes, emf.MaxLine)
}

func TestCleanValue(t *testing.T) {
	for in, want := range map[string]string{
		"GET /gigs/{id}":          "GET /gigs/{id}",
		"":                        "-",
		" \t":                     " ?",
		"   ":                     "-",
		":id":                     "?id",
		"café\n":                  "caf??",
		strings.Repeat("a", 2000): strings.Repeat("a", 1024),
	} {
		require.Equal(t, want, emf.CleanValue(in))
	}
}

func FuzzCleanValue(f *testing.F) {
	f.Add("é")
	f.Add("::")
	f.Add("\xff\x00")
	f.Fuzz(func(t *testing.T, s string) {
		clean := emf.CleanValue(s)
		require.True(t, emf.ValidValue(clean), "%q", clean)
		e := event(emf.Metric{Name: "m", Values: []float64{1}})
		e.Dimensions[0].Value = clean
		require.Equal(t, clean, read(t, e)[0].Dimensions["route"])
	})
}

// The line of three metrics of one value has at most 250 bytes: what the format
// asks for is 140 of them, and a unit would be 22 more for each metric.
func TestALineIsShort(t *testing.T) {
	e := &emf.Event{
		Namespace:  "thaw/costs",
		Time:       at,
		Dimensions: []emf.Dimension{{Name: "route", Value: "GET /gigs/{id}"}},
		Metrics: []emf.Metric{
			{Name: "Cost", Values: []float64{3.0416675e-07}},
			{Name: "Duration", Values: []float64{50}},
			{Name: "Cold", Values: []float64{0}},
		},
	}
	line, err := emf.Append(nil, e)
	require.NoError(t, err)
	require.LessOrEqual(t, len(line), 250)
	require.Len(t, read(t, e), 1)
}
