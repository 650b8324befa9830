package secretstest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

type getParametersByPathInput struct {
	Path             string
	Recursive        bool
	WithDecryption   bool
	MaxResults       int
	NextToken        string
	ParameterFilters []struct {
		Key, Option string
		Values      []string
	}
}

func (f *Fake) getParametersByPath(in *getParametersByPathInput) (any, error) {
	labels, err := in.validate()
	if err != nil {
		return nil, err
	}
	found := []any{}
	for _, name := range slices.Sorted(maps.Keys(f.parameters)) {
		if !in.isBelow(name) {
			continue
		}
		p := f.parameters[name]
		i := len(p.versions) - 1
		if labels != nil {
			i = slices.IndexFunc(p.versions, func(v parameterVersion) bool {
				return slices.ContainsFunc(v.labels, func(l string) bool { return slices.Contains(labels, l) })
			})
		}
		if i >= 0 {
			found = append(found, p.answer(i, in.WithDecryption))
		}
	}
	return in.page(found)
}

// validate returns the labels that are asked for, nil if that does not matter.
func (in *getParametersByPathInput) validate() (labels []string, err error) {
	if !strings.HasPrefix(in.Path, "/") {
		return nil, &Error{Code: "ValidationException", Message: "The parameter doesn't meet the parameter name requirements: Path must begin with a slash"}
	}
	if in.MaxResults > 10 {
		return nil, &Error{Code: "ValidationException", Message: "MaxResults must be at most 10"}
	}
	for _, filter := range in.ParameterFilters {
		if filter.Key != "Label" {
			return nil, &Error{Code: "InvalidFilterKey", Message: "the fake only has the filter Label"}
		}
		labels = append(labels, filter.Values...)
	}
	return labels, nil
}

func (in *getParametersByPathInput) isBelow(name string) bool {
	rest, ok := strings.CutPrefix(name, strings.TrimSuffix(in.Path, "/")+"/")
	return ok && rest != "" && (in.Recursive || !strings.Contains(rest, "/"))
}

// page returns a part of what was found, and how to ask for the next.
func (in *getParametersByPathInput) page(found []any) (any, error) {
	size := in.MaxResults
	if size == 0 {
		size = 10
	}
	begin := 0
	if in.NextToken != "" {
		var err error
		if begin, err = strconv.Atoi(in.NextToken); err != nil || begin < 0 || begin > len(found) {
			return nil, &Error{Code: "InvalidNextToken"}
		}
	}
	end := min(begin+size, len(found))
	page := map[string]any{"Parameters": found[begin:end]}
	if end < len(found) {
		page["NextToken"] = strconv.Itoa(end)
	}
	return page, nil
}
