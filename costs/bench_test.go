package costs_test

import (
	"strings"
	"testing"

	"github.com/go-thaw/thaw/costs"
	"github.com/go-thaw/thaw/costs/coststest"
)

// BenchmarkReports reads logs of different kinds. "bare" is the worst case, in
// which every line is the platform's; functions usually print several lines, of
// a hundred bytes each, per invocation.
func BenchmarkReports(b *testing.B) {
	for name, o := range map[string]coststest.LogOptions{
		"bare":         {},
		"bare prefix":  {Prefix: true},
		"bare JSON":    {JSON: true},
		"noise":        {Noise: 6},
		"noise prefix": {Noise: 6, Prefix: true},
		"noise JSON":   {Noise: 6, JSON: true},
	} {
		o.Invocations, o.Environments = 10_000, 20
		text := coststest.NewLog(&o).Text
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for range costs.Reports(strings.NewReader(text)) {
					n++
				}
				if n < o.Invocations {
					b.Fatal(n)
				}
			}
		})
	}
}
