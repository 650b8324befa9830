package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progress tells a person at a terminal how far the reading is. Into a file or a
// pipe it writes nothing.
type progress struct {
	out     io.Writer // nil when nobody watches
	total   int64     // 0 if unknown
	read    int64
	started time.Time
	drawn   time.Time
	now     func() time.Time
}

// newProgress watches the reading of logs.
func newProgress(stderr io.Writer, logs []logFile) *progress {
	p := &progress{now: time.Now}
	if isTerminal(stderr) {
		p.out = stderr
	}
	for _, log := range logs {
		if log.size == 0 {
			p.total = 0
			break
		}
		p.total += log.size
	}
	p.started = p.now()
	return p
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// reader counts what is read of a log, before it is decompressed, because that
// is what the size is known of.
func (p *progress) reader(r io.Reader) io.Reader { return &countingReader{r, p} }

type countingReader struct {
	io.Reader
	progress *progress
}

func (c *countingReader) Read(buffer []byte) (int, error) {
	n, err := c.Reader.Read(buffer)
	c.progress.add(int64(n))
	return n, err
}

// add draws when there is something new to see, but not for a short input.
func (p *progress) add(n int64) {
	p.read += n
	if p.out == nil {
		return
	}
	now := p.now()
	if now.Sub(p.started) < time.Second/2 || now.Sub(p.drawn) < time.Second/10 {
		return
	}
	p.drawn = now
	fmt.Fprintf(p.out, "\r\x1b[K%s", p.bar(now))
}

const barWidth = 30

func (p *progress) bar(now time.Time) string {
	megabytes := float64(p.read) / 1e6
	speed := fmt.Sprintf("%.0f MB, %.0f MB/s", megabytes, megabytes/now.Sub(p.started).Seconds())
	if p.total == 0 {
		return "reading " + speed
	}
	share := min(float64(p.read)/float64(p.total), 1)
	full := int(share * barWidth)
	return fmt.Sprintf("reading [%s%s] %3.0f %%, %s",
		strings.Repeat("#", full), strings.Repeat(".", barWidth-full), 100*share, speed)
}

// done removes the bar.
func (p *progress) done() {
	if p.out != nil && !p.drawn.IsZero() {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
