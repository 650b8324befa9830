package thaw_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/go-thaw/thaw"

// packages are the top-level packages: they meet in the application, never in
// each other's imports.
var packages = []string{"dynamo", "events", "queue", "cache", "httpapi", "costs"}

// parts are the packages below those that users import on their own, with a tour
// and reviewed dependencies.
var parts = []string{"cache/secrets", "dynamo/idempotency", "dynamo/outbox", "dynamo/ratelimit"}

// adapters are parts that bring a dependency and need no tour.
var adapters = []string{"cache/secrets/paramstore", "cache/secrets/secretsmgr"}

// plain are those that call no AWS and have no fake.
var plain = []string{"lambdalog"}

// goPackage is what `go list -json` tells of a package.
type goPackage struct {
	ImportPath string
	Name       string
	Imports    []string
	Deps       []string
	Module     *struct{ Path string }
}

// list returns the packages of this module, and with deps all that they import.
func list(t *testing.T, deps bool) []goPackage {
	t.Helper()
	args := []string{"list", "-json=ImportPath,Name,Imports,Deps,Module"}
	if deps {
		args = append(args, "-deps")
	}
	cmd := exec.Command("go", append(args, "./...")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)

	var found []goPackage
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		found = append(found, p)
	}
}

// top returns the top-level package that an import path of this module belongs
// to, "" for internal packages and other modules.
func top(path string) string {
	rest, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	if slices.Contains(packages, name) || slices.Contains(plain, name) {
		return name
	}
	return ""
}

func TestPackagesAreIndependent(t *testing.T) {
	seen := make(map[string]bool)
	for _, p := range list(t, false) {
		own := top(p.ImportPath)
		if own == "" {
			continue
		}
		seen[own] = true
		for _, dep := range p.Deps {
			if other := top(dep); other != "" && other != own {
				t.Errorf("%s depends on %s: let them meet in the application, through a function value", p.ImportPath, dep)
			}
		}
	}
	for _, name := range slices.Concat(packages, plain) {
		require.True(t, seen[name], "package %s was not looked at", name)
	}
}

// proofs is code that tests share, which nothing else may import.
const proofs = module + "/dynamo/internal/proof"

func TestNoPackageImportsATestFramework(t *testing.T) {
	for _, p := range list(t, false) {
		if p.ImportPath == proofs {
			continue
		}
		for _, dep := range p.Deps {
			if dep == proofs || dep == "testing" || strings.HasPrefix(dep, "github.com/stretchr/") {
				t.Errorf("%s depends on %s: published fakes take a narrow interface instead", p.ImportPath, dep)
			}
		}
	}
}

func TestProductionDoesNotImportFakes(t *testing.T) {
	for _, p := range list(t, false) {
		if isFake(p.ImportPath) || p.Name == "main" {
			continue
		}
		for _, dep := range p.Deps {
			if isFake(dep) {
				t.Errorf("%s depends on the fake %s", p.ImportPath, dep)
			}
		}
	}
}

// isFake tells whether path is x/xtest or below, or serves only such packages.
func isFake(path string) bool {
	rest, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return false
	}
	if rest == "internal/awsfake" || rest == "internal/lambdaruntime" {
		return true
	}
	parts := strings.Split(rest, "/")
	for i := range parts[1:] {
		if parts[i+1] == parts[i]+"test" {
			return true
		}
	}
	return false
}

// TestDependenciesAreTheReviewedOnes compares the modules that each package pulls
// into a user's build with the committed list. To accept a change,
// run the test with UPDATE=1 and give the reason in docs/design.md.
func TestDependenciesAreTheReviewedOnes(t *testing.T) {
	all := list(t, true)
	modules := make(map[string]string, len(all))
	for _, p := range all {
		if p.Module != nil && p.Module.Path != module {
			modules[p.ImportPath] = p.Module.Path
		}
	}
	var got strings.Builder
	for _, name := range slices.Concat(packages, plain, parts, adapters) {
		i := slices.IndexFunc(all, func(p goPackage) bool { return p.ImportPath == module+"/"+name })
		require.NotEqual(t, -1, i, "package %s", name)
		var used []string
		for _, dep := range all[i].Deps {
			if m := modules[dep]; m != "" && !slices.Contains(used, m) {
				used = append(used, m)
			}
		}
		slices.Sort(used)
		fmt.Fprintf(&got, "%s\n", name)
		for _, m := range used {
			fmt.Fprintf(&got, "\t%s\n", m)
		}
	}
	file := filepath.Join(".ci", "dependencies.txt")
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String())
}

// TestPackageDocsHaveTheSameHeadings holds the tour of each package to the
// headings that a reader of one expects in the next.
func TestPackageDocsHaveTheSameHeadings(t *testing.T) {
	want := []string{"# Getting started", "# Semantics and limits", "# Errors", "# Cost", "# Concurrency", "# Testing"}
	folders := append(slices.Concat(parts, plain), "cache/secrets/secretstest")
	for _, name := range packages {
		folders = append(folders, name, name+"/"+name+"test")
	}
	for _, folder := range folders {
		doc, err := exec.Command("go", "doc", "./"+folder).Output()
		require.NoError(t, err, folder)
		var got []string
		for line := range strings.Lines(string(doc)) {
			if strings.HasPrefix(line, "# ") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		require.Equal(t, want, got, folder)
	}
}
