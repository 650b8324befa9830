package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// logs are of two kinds: of a function that prints six lines per invocation, and
// of one that prints nothing, so that every line is Lambda's.
func logs() map[string]string {
	all := make(map[string]string)
	for name, o := range map[string]coststest.LogOptions{
		"text": {Noise: 6}, "text, prefixes": {Noise: 6, Prefix: true}, "JSON": {Noise: 6, JSON: true},
		"text, platform only": {}, "text, prefixes, platform only": {Prefix: true}, "JSON, platform only": {JSON: true},
	} {
		o.Invocations, o.Environments = 20_000, 20
		all[name] = coststest.NewLog(&o).Text
	}
	return all
}

// reading compares ways to read a log.
func reading(w io.Writer, rounds int, slice time.Duration) {
	heading(w, "Reading a log: MB of text per second of processor time (median, quartiles)")
	all := logs()
	for _, name := range []string{"text", "text, prefixes", "JSON", "text, platform only", "text, prefixes, platform only", "JSON, platform only"} {
		text := all[name]
		contenders := []*contender{
			{name: "costs.Reports", run: func() { reports(strings.NewReader(text)) }},
			{name: "bufio.Scanner, lines only", run: func() { scan(text, func([]byte) {}) }},
		}
		if strings.HasPrefix(name, "JSON") {
			contenders = append(contenders, &contender{name: "encoding/json, REPORT records only", run: func() { scan(text, decode) }})
		}
		interleave(contenders, rounds, slice)
		fmt.Fprintf(w, "%s (%.1f MB)\n", name, float64(len(text))/1e6)
		for _, c := range contenders {
			speed := func(q float64) float64 { return float64(len(text)) / c.quantile(q) * 1e3 }
			fmt.Fprintf(w, "  %-40s %6.0f  %5.0f-%.0f\n", c.name, speed(0.5), speed(0.75), speed(0.25))
		}
	}
}

func reports(r io.Reader) (n int) {
	for _, err := range costs.Reports(r) {
		if err == nil {
			n++
		}
	}
	return n
}

func scan(text string, line func([]byte)) {
	s := bufio.NewScanner(strings.NewReader(text))
	for s.Scan() {
		line(s.Bytes())
	}
}

// decode reads a record the usual way, and only those that are a REPORT.
func decode(line []byte) {
	if !bytes.Contains(line, []byte(`"platform.report"`)) {
		return
	}
	var record struct {
		Time   time.Time `json:"time"`
		Type   string    `json:"type"`
		Record struct {
			RequestID string             `json:"requestId"`
			Status    string             `json:"status"`
			Metrics   map[string]float64 `json:"metrics"`
		} `json:"record"`
	}
	if bytes.HasPrefix(line, []byte("{")) {
		_ = json.Unmarshal(line, &record)
	}
}

// memory reads logs of growing length and tells the largest heap. Garbage is
// collected at a tenth above what is in use, to see that and not the garbage.
func memory(w io.Writer) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	heading(w, "Largest heap in use while reading, MB, less what was there before")
	text := logs()["text, prefixes"]
	for _, times := range []int{1, 10, 60} {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		before, most := stats.HeapInuse, uint64(0)
		readers := make([]io.Reader, times)
		for i := range readers {
			readers[i] = strings.NewReader(text)
		}
		n := 0
		for range costs.Reports(io.MultiReader(readers...)) {
			if n++; n%5_000 == 0 {
				runtime.ReadMemStats(&stats)
				most = max(most, stats.HeapInuse)
			}
		}
		fmt.Fprintf(w, "%6.0f MB of log, %8d reports: %5.1f\n", float64(len(text)*times)/1e6, n, float64(int64(most)-int64(before))/1e6)
	}
}
