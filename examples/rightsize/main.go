// Command rightsize reads the logs of a Lambda function and says which memory
// size it should have, what that saves, and what each route costs: as a table, as
// a page and as JSON.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-thaw/thaw/costs"
)

// exitRefused tells a script that the logs were read and do not allow an answer.
const exitRefused = 3

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	var refusal *costs.RefusalError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.As(err, &refusal):
		os.Exit(exitRefused) // the report has said why
	default:
		fmt.Fprintln(os.Stderr, "rightsize:", err)
		os.Exit(1)
	}
}

// run is main without the process. A refusal is its error after the report has
// been written, because everything else in the report stands.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	s, err := parseSettings(args, stderr)
	if err != nil {
		return err
	}
	logs, err := s.open(stdin)
	if err != nil {
		return err
	}
	read, err := readLogs(logs, newProgress(stderr, logs))
	if err != nil {
		return err
	}
	report, err := analyse(read, &s.options)
	if err != nil {
		return err
	}
	if err := write(stdout, report, s); err != nil {
		return err
	}
	if report.Refusal != nil {
		return report.refused
	}
	return nil
}

// write writes the page, and the table or the JSON.
func write(stdout io.Writer, report *Report, s *settings) error {
	if s.page != "" {
		var page strings.Builder
		if err := writePage(&page, report); err != nil {
			return err
		}
		if err := os.WriteFile(s.page, []byte(page.String()), 0o644); err != nil {
			return err
		}
	}
	if s.json {
		return writeJSON(stdout, report)
	}
	if err := writeTable(stdout, report); err != nil {
		return err
	}
	if s.page != "" {
		fmt.Fprintf(stdout, "\nThe page is in %s\n", s.page)
	}
	return nil
}
