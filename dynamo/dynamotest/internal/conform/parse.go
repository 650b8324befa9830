package conform

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed rules/*.txt
var rules embed.FS

// A Script is a rule with the requests that check it.
type Script struct {
	Name, Rule string

	tables []table
	steps  []step
}

// A table is made before the first request.
type table struct {
	placeholder string
	schema      []string
	more        json.RawMessage
}

// A step is a request with what it has to be answered.
type step struct {
	op, input string
	// want is empty when the request only has to succeed.
	want string
	at   string // file and line
}

// Scripts returns all rules in the order of their files.
var Scripts = sync.OnceValue(func() []Script {
	files, err := fs.Glob(rules, "rules/*.txt")
	if err != nil {
		panic(err)
	}
	var out []Script
	for _, file := range files {
		text, err := rules.ReadFile(file)
		if err != nil {
			panic(err)
		}
		scripts, err := parse(path.Base(file), string(text))
		if err != nil {
			panic(err) // the files are part of the program
		}
		out = append(out, scripts...)
	}
	return out
})

// parse reads the rules of a file.
func parse(file, text string) ([]Script, error) {
	subject := strings.TrimSuffix(file, ".txt")
	var out []Script
	for i, line := range strings.Split(text, "\n") {
		at := fmt.Sprintf("%s:%d", file, i+1)
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if name, ok := strings.CutPrefix(line, "== "); ok {
			out = append(out, Script{Name: subject + "/" + name})
			continue
		}
		if len(out) == 0 {
			return nil, fmt.Errorf("%s: a rule starts with ==", at)
		}
		if err := out[len(out)-1].add(line, at); err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
	}
	return out, nil
}

// add reads a line of the rule.
func (s *Script) add(line, at string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case s.Rule == "":
		s.Rule = line
	case word == "table" || word == "table2":
		t := table{placeholder: map[string]string{"table": "$T", "table2": "$U"}[word]}
		schema, more, found := strings.Cut(rest, "{")
		if t.schema = strings.Fields(schema); found {
			t.more = json.RawMessage("{" + more)
		}
		s.tables = append(s.tables, t)
	case word == "=>":
		if len(s.steps) == 0 {
			return fmt.Errorf("an answer without a request")
		}
		s.steps[len(s.steps)-1].want = rest
	case strings.HasPrefix(rest, "{"):
		s.steps = append(s.steps, step{op: word, input: rest, at: at})
	default:
		return fmt.Errorf("neither a table nor a request nor an answer: %s", line)
	}
	return nil
}
