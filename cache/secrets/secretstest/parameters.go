package secretstest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-thaw/thaw/internal/awsfake"
)

// A parameter has all its versions; the first has the number 1.
type parameter struct {
	name     string
	versions []parameterVersion
}

type parameterVersion struct {
	value  string
	typ    string
	labels []string
	stored time.Time
}

// ParameterOptions say what a parameter is. Nil means a String without labels.
type ParameterOptions struct {
	// Secure makes it a SecureString.
	Secure bool
	// Labels are those of the new version; they move there from older ones.
	Labels []string
}

// PutParameter stores a value as a new version of a parameter, which need not
// exist. It returns the number of the version.
func (f *Fake) PutParameter(name, value string, options *ParameterOptions) (number int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := parameterVersion{value: value, typ: "String", stored: f.now()}
	if options != nil {
		if options.Secure {
			v.typ = "SecureString"
		}
		v.labels = slices.Clone(options.Labels)
	}
	p := f.parameters[name]
	if p == nil {
		p = &parameter{name: name}
		f.parameters[name] = p
	}
	for i := range p.versions {
		p.versions[i].labels = slices.DeleteFunc(p.versions[i].labels, func(l string) bool { return slices.Contains(v.labels, l) })
	}
	p.versions = append(p.versions, v)
	return int64(len(p.versions))
}

// DeleteParameter removes a parameter and its versions.
func (f *Fake) DeleteParameter(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.parameters, name)
}

func parameterARN(name string) string {
	return fmt.Sprintf("arn:aws:ssm:%s:%s:parameter/%s", awsfake.Region, awsfake.Account, strings.TrimPrefix(name, "/"))
}

// lookUp returns the answer for a name or an ARN, with or without a version or a
// label after a colon.
func (f *Fake) lookUp(id string, decrypt bool) (map[string]any, *Error) {
	name, selector := id, ""
	if i := strings.LastIndexByte(id, ':'); i >= 0 && !strings.Contains(id[i:], "/") {
		name, selector = id[:i], id[i:]
	}
	for _, p := range f.parameters {
		if name != p.name && name != parameterARN(p.name) {
			continue
		}
		i := p.selected(selector)
		if i < 0 {
			return nil, &Error{Code: "ParameterVersionNotFound", Message: fmt.Sprintf(
				"Systems Manager could not find version %s of %s. Verify the version and try again.", selector[1:], p.name)}
		}
		answer := p.answer(i, decrypt)
		if selector != "" {
			answer["Selector"] = selector
		}
		return answer, nil
	}
	return nil, &Error{Code: "ParameterNotFound"}
}

// selected returns the index of the version that a selector such as :3 or :label
// names, or of the latest one; -1 if there is none.
func (p *parameter) selected(selector string) int {
	if selector == "" {
		return len(p.versions) - 1
	}
	if n, err := strconv.Atoi(selector[1:]); err == nil {
		if n < 1 || n > len(p.versions) {
			return -1
		}
		return n - 1
	}
	return slices.IndexFunc(p.versions, func(v parameterVersion) bool { return slices.Contains(v.labels, selector[1:]) })
}

func (p *parameter) answer(i int, decrypt bool) map[string]any {
	v := p.versions[i]
	value := v.value
	if v.typ == "SecureString" && !decrypt {
		sum := sha256.Sum256([]byte(value))
		value = "AQICAH" + hex.EncodeToString(sum[:])
	}
	return map[string]any{
		"ARN": parameterARN(p.name), "Name": p.name, "Type": v.typ, "Value": value, "DataType": "text",
		"Version": i + 1, "LastModifiedDate": seconds(v.stored),
	}
}

type getParameterInput struct {
	Name           string
	WithDecryption bool
}

func (f *Fake) getParameter(in *getParameterInput) (any, error) {
	p, err := f.lookUp(in.Name, in.WithDecryption)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Parameter": p}, nil
}

type getParametersInput struct {
	Names          []string
	WithDecryption bool
}

func (f *Fake) getParameters(in *getParametersInput) (any, error) {
	names := slices.Compact(slices.Sorted(slices.Values(in.Names)))
	if n := len(in.Names); n == 0 || n > 10 || len(names) < n {
		return nil, &Error{Code: "ValidationException", Message: "Names must have 1 to 10 distinct members"}
	}
	found, invalid := []any{}, []string{}
	for _, name := range names {
		p, err := f.lookUp(name, in.WithDecryption)
		if err != nil {
			invalid = append(invalid, name)
			continue
		}
		found = append(found, p)
	}
	return map[string]any{"Parameters": found, "InvalidParameters": invalid}, nil
}
