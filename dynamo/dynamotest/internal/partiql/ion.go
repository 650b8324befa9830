package partiql

import (
	"regexp"
	"strings"
	"sync"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// ion reads a literal of Amazon Ion, which DynamoDB's PartiQL recognises and
// refuses.
func (p *parser) ion(t token) value.Value {
	if name := ionType(t.text); name != "" {
		p.note("%s", p.ionText(name, t))
	} else {
		p.fail("")
	}
	return value.Null()
}

func (p *parser) ionText(name string, t token) string {
	return "Ion Literals are not supported: " + name + " under key " + p.root() + " at " + p.position(t)
}

type ionPattern struct {
	name string
	form *regexp.Regexp
}

// ionPatterns are the forms of Ion's types; the first that fits counts.
//
// https://amazon-ion.github.io/ion-docs/docs/spec.html
var ionPatterns = sync.OnceValue(func() []ionPattern {
	var out []ionPattern
	for _, p := range [][2]string{
		{"CLOB", `\{\{\s*("|''').*\}\}`},
		{"BLOB", `\{\{[A-Za-z0-9+/=\s]*\}\}`},
		{"STRUCT", `\{[^{].*\}|\{\}`},
		{"LIST", `\[.*\]`},
		{"SEXP", `\(.*\)`},
		{"STRING", `".*"|'''.*'''`},
		{"SYMBOL", `'.*'`},
		{"NULL", `null(\.[A-Za-z]*)?`},
		{"BOOL", `true|false`},
		{"FLOAT", `nan|[+-]inf`},
		{"TIMESTAMP", `\d{4}[-T][\d:TZ.+-]*`},
		{"INT", `-?(0[xX][0-9A-Fa-f_]+|0[bB][01_]+|[\d_]+)`},
		{"FLOAT", `-?[\d_]+(\.[\d_]*)?[eE][+-]?[\d_]+`},
		{"DECIMAL", `-?[\d_]+(\.[\d_]*)?([dD][+-]?[\d_]+)?`},
		{"SYMBOL", `[A-Za-z_$][A-Za-z0-9_$]*`},
	} {
		out = append(out, ionPattern{p[0], regexp.MustCompile(`(?s)^(` + p[1] + `)$`)})
	}
	return out
})

// ionType returns the type of a literal, empty for one that Ion does not have.
func ionType(text string) string {
	text = strings.TrimSpace(text)
	for _, p := range ionPatterns() {
		if p.form.MatchString(text) {
			return p.name
		}
	}
	return ""
}
