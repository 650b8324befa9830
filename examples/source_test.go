package examples_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// builds returns the folder that each target build-ID of the Makefile builds, by
// ID.
func (s *starter) builds(t *testing.T) map[string]string {
	t.Helper()
	makefile, err := os.ReadFile(filepath.Join(s.folder, "Makefile"))
	require.NoError(t, err)
	out := make(map[string]string)
	for _, m := range regexp.MustCompile(`(?m)^build-(\w+):.*\n\t.* -o \$\(ARTIFACTS_DIR\)/bootstrap (\S+)$`).FindAllStringSubmatch(string(makefile), -1) {
		out[m[1]] = m[2]
	}
	return out
}

// code is what the sources of a function say.
type code struct {
	environment []string    // variables read, sorted
	definitions [][2]string // source and detail type of the events defined
	operations  []string    // methods of a transaction's operations that are called
}

// code returns what is in the packages of the starter that a function consists of.
func (s *starter) code(t *testing.T, function string) code {
	t.Helper()
	return read(t, s.packages(t, "./"+filepath.Join(s.folder, s.builds(t)[function])))
}

// allCode returns what is in all packages of the starter.
func (s *starter) allCode(t *testing.T) code {
	t.Helper()
	return read(t, s.packages(t, "./"+s.folder+"/..."))
}

// packages returns the source files of a package and of those below the starter's
// folder that it imports, as they are built for Lambda.
func (s *starter) packages(t *testing.T, pattern string) (files []string) {
	t.Helper()
	own, err := filepath.Abs(s.folder)
	require.NoError(t, err)
	list := exec.Command("go", "list", "-deps", "-tags", "lambda.norpc", "-json=Dir,GoFiles", pattern)
	list.Stderr = os.Stderr
	out, err := list.Output()
	require.NoError(t, err)
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir     string
			GoFiles []string
		}
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		if p.Dir != own && !strings.HasPrefix(p.Dir, own+string(filepath.Separator)) {
			continue
		}
		for _, file := range p.GoFiles {
			files = append(files, filepath.Join(p.Dir, file))
		}
	}
}

// read looks through source files.
func read(t *testing.T, files []string) (c code) {
	t.Helper()
	c.environment = []string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				c.call(n)
			case *ast.CompositeLit:
				c.variables(n)
			}
			return true
		})
	}
	slices.Sort(c.environment)
	c.environment = slices.Compact(c.environment)
	return c
}

// call notes a call that matters.
func (c *code) call(n *ast.CallExpr) {
	fun := n.Fun
	if generic, ok := fun.(*ast.IndexExpr); ok {
		fun = generic.X
	}
	selector, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	name := selector.Sel.Name
	if x, ok := selector.X.(*ast.Ident); ok {
		name = x.Name + "." + name
	}
	var arguments []string
	for _, argument := range n.Args {
		arguments = append(arguments, literal(argument))
	}
	switch {
	case (name == "os.Getenv" || name == "os.LookupEnv") && arguments[0] != "":
		c.environment = append(c.environment, arguments[0])
	case name == "events.Define" && len(arguments) == 2:
		c.definitions = append(c.definitions, [2]string(arguments))
	case strings.HasSuffix(name, "Op"):
		c.operations = append(c.operations, selector.Sel.Name)
	}
}

// variables notes the keys of a map from environment variables to where they go.
func (c *code) variables(n *ast.CompositeLit) {
	m, ok := n.Type.(*ast.MapType)
	if !ok {
		return
	}
	if _, ok := m.Value.(*ast.StarExpr); !ok {
		return
	}
	for _, element := range n.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			c.environment = append(c.environment, literal(pair.Key))
		}
	}
}

// literal returns the value of a string literal, "" for anything else.
func literal(e ast.Expr) string {
	if basic, ok := e.(*ast.BasicLit); ok && basic.Kind == token.STRING {
		s, err := strconv.Unquote(basic.Value)
		if err == nil {
			return s
		}
	}
	return ""
}
