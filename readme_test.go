package thaw_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadmeSnippetsCompile holds the README's Go snippets against the examples,
// whose output is checked: each paragraph of a snippet stands in them, but for
// the checks of errors.
func TestReadmeSnippetsCompile(t *testing.T) {
	examples := strings.ReplaceAll("\n"+dedent(t, "example_test.go"), "\nmust(err)\n", "\n")
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(dedent(t, "README.md"), -1)
	require.GreaterOrEqual(t, len(snippets), len(packages))
	for _, snippet := range snippets {
		for paragraph := range strings.SplitSeq(snippet[1], "\n\n") {
			paragraph = "\n" + strings.TrimSpace(paragraph) + "\n"
			require.True(t, strings.Contains(examples, paragraph), "not in example_test.go:%s", paragraph)
		}
	}
}

// dedent returns a file with the indentation of its lines removed.
func dedent(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	lines := strings.Split(string(content), "\n")
	for i := range lines {
		lines[i] = strings.TrimLeft(lines[i], "\t")
	}
	return strings.Join(lines, "\n")
}
