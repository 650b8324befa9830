package main

import (
	"bufio"
	"compress/gzip"
	"embed"
	"io"
	"io/fs"
	"os"
)

// The sample is built in, so that the first run needs nothing. See
// testdata/README.md for how it was made.
//
//go:embed testdata/*.log
var sample embed.FS

const sampleRegion = "us-east-1"

// A logFile is one log to read.
type logFile struct {
	name string
	size int64 // 0 if unknown
	io.Reader
	io.Closer
}

// open opens the logs of the command line.
func (s *settings) open(stdin io.Reader) ([]logFile, error) {
	if len(s.files) == 0 {
		return openSample()
	}
	var logs []logFile
	for _, name := range s.files {
		if name == "-" {
			logs = append(logs, logFile{name: "standard input", Reader: stdin, Closer: io.NopCloser(nil)})
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			closeAll(logs)
			return nil, err
		}
		logs = append(logs, newLogFile(name, f))
	}
	return logs, nil
}

func openSample() ([]logFile, error) {
	names, err := fs.Glob(sample, "testdata/*.log")
	if err != nil {
		return nil, err
	}
	var logs []logFile
	for _, name := range names {
		f, err := sample.Open(name)
		if err != nil {
			return nil, err
		}
		logs = append(logs, newLogFile(name, f))
	}
	return logs, nil
}

func newLogFile(name string, f fs.File) logFile {
	log := logFile{name: name, Reader: f, Closer: f}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		log.size = info.Size()
	}
	return log
}

func closeAll(logs []logFile) {
	for _, log := range logs {
		log.Close()
	}
}

// plain decompresses what is compressed with gzip, as CloudWatch exports are.
func plain(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	magic, _ := buffered.Peek(2) // less when it is short or fails, which reading will tell
	if string(magic) != "\x1f\x8b" {
		return buffered, nil
	}
	return gzip.NewReader(buffered)
}
