// Package functions knows the Lambda functions of the starters in examples.
package functions

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/go-thaw/thaw/internal/lambdaruntime"
	"github.com/go-thaw/thaw/internal/template"
)

// A Function is one function of a starter.
type Function struct {
	// Name is that of the starter, and of the function where it has several.
	Name string
	// Folder holds the package main.
	Folder string
	// Variables are the environment variables that the template sets.
	Variables []string
}

// target is a line of a Makefile that builds a function for its template.
var target = regexp.MustCompile(`(?m)^build-(\w+):.*\n\t\$\(BUILD\) -o \$\(ARTIFACTS_DIR\)/bootstrap (\S+)$`)

// All returns the functions that the Makefiles in the folder examples build.
func All(examples string) ([]Function, error) {
	makefiles, err := filepath.Glob(filepath.Join(examples, "*", "Makefile"))
	if err != nil || len(makefiles) == 0 {
		return nil, fmt.Errorf("no Makefile below %s: %w", examples, cmp.Or(err, os.ErrNotExist))
	}
	var all []Function
	for _, makefile := range makefiles {
		of, err := starter(filepath.Dir(makefile))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", makefile, err)
		}
		all = append(all, of...)
	}
	return all, nil
}

// starter returns the functions of one starter; a program for people has none.
func starter(folder string) ([]Function, error) {
	rules, err := os.ReadFile(filepath.Join(folder, "Makefile"))
	if err != nil {
		return nil, err
	}
	targets := target.FindAllStringSubmatch(string(rules), -1)
	if len(targets) != strings.Count(string(rules), "$(ARTIFACTS_DIR)") {
		return nil, fmt.Errorf("%d targets are understood, $(ARTIFACTS_DIR) is named %d times",
			len(targets), strings.Count(string(rules), "$(ARTIFACTS_DIR)"))
	}
	if len(targets) == 0 {
		return nil, nil
	}
	document, err := os.ReadFile(filepath.Join(folder, "template.yaml"))
	if err != nil {
		return nil, err
	}
	parsed, err := template.Parse(document)
	if err != nil {
		return nil, err
	}
	var all []Function
	for _, t := range targets {
		resource, ok := parsed.Resource(t[1])
		if !ok {
			return nil, fmt.Errorf("no resource %s in the template", t[1])
		}
		f := Function{Name: filepath.Base(folder), Folder: filepath.Join(folder, t[2])}
		if len(targets) > 1 {
			f.Name += "/" + filepath.Base(t[2])
		}
		for name := range template.Object(resource.Properties, "Environment", "Variables") {
			f.Variables = append(f.Variables, name)
		}
		slices.Sort(f.Variables)
		all = append(all, f)
	}
	return all, nil
}

// Build builds the function into file as the Makefile does, but for the given
// architecture of Linux.
func (f Function) Build(ctx context.Context, architecture, file string) error {
	return lambdaruntime.Build(ctx, f.Folder, file, "GOOS=linux", "GOARCH="+architecture)
}
