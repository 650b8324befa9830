package main

import (
	"flag"
	"fmt"
	"io"

	"github.com/go-thaw/thaw/costs"
)

// settings are what the command line says.
type settings struct {
	files   []string
	page    string
	json    bool
	options costs.RightSizeOptions
}

const usage = `rightsize [flags] [log ...]

Reads logs of a Lambda function at one or more memory sizes: text or JSON, plain
or compressed with gzip, with or without the prefixes of log tools. "-" is standard
input. Without a log it reads the sample that is built in.

`

var strategies = map[string]costs.Strategy{
	"cost": costs.Cheapest, "speed": costs.Fastest, "balanced": costs.Balanced,
}

func parseSettings(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("rightsize", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&s.page, "html", "report.html", "`file` to write the page to; empty for none")
	flags.BoolVar(&s.json, "json", false, "print JSON instead of the table")
	flags.StringVar(&s.options.Region, "region", "", "AWS `region` that prices the result (default $AWS_REGION; without either, relative figures)")
	flags.Int64Var(&s.options.InvocationsPerMonth, "month", 0, "`invocations` in a month, to say what a change saves")
	flags.IntVar(&s.options.CurrentMB, "current", 0, "size in `MB` that the function has now (default: that of the latest invocation)")
	architecture := flags.String("arch", "", "`architecture` of the function: x86_64 or arm64 (default x86_64)")
	strategy := flags.String("strategy", "cost", "what to choose by: cost, speed or balanced")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	var ok bool
	if s.options.Strategy, ok = strategies[*strategy]; !ok {
		return nil, fmt.Errorf("-strategy: must be cost, speed or balanced, got %q", *strategy)
	}
	s.options.Architecture = costs.Architecture(*architecture)
	s.files = flags.Args()
	if len(s.files) == 0 && s.options.Region == "" {
		s.options.Region = sampleRegion
	}
	return s, nil
}
