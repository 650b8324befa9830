package template

import (
	"fmt"
	"strings"
)

// Resolve returns value with Ref and Fn::Sub replaced by values, which holds
// parameters, pseudo parameters and logical ids. Another function, or a name
// without a value, is an error that says so.
func Resolve(value any, values map[string]string) (any, error) {
	switch value := value.(type) {
	case []any:
		out := make([]any, len(value))
		for i := range value {
			element, err := Resolve(value[i], values)
			if err != nil {
				return nil, err
			}
			out[i] = element
		}
		return out, nil
	case map[string]any:
		return resolveObject(value, values)
	default:
		return value, nil
	}
}

func resolveObject(object map[string]any, values map[string]string) (any, error) {
	if result, ok, err := call(object, values); ok {
		return result, err
	}
	out := make(map[string]any, len(object))
	for key := range object {
		member, err := Resolve(object[key], values)
		if err != nil {
			return nil, err
		}
		out[key] = member
	}
	return out, nil
}

// call evaluates an intrinsic function; ok is false when object is none.
func call(object map[string]any, values map[string]string) (result any, ok bool, err error) {
	if len(object) != 1 {
		return nil, false, nil
	}
	for name, argument := range object {
		text, isText := argument.(string)
		switch {
		case name == "Ref" && isText:
			result, err = lookUp(text, values)
			return result, true, err
		case name == "Fn::Sub" && isText:
			result, err = substitute(text, values)
			return result, true, err
		case name == "Ref", strings.HasPrefix(name, "Fn::"):
			return nil, true, fmt.Errorf("%s cannot be resolved", name)
		}
	}
	return nil, false, nil
}

func lookUp(name string, values map[string]string) (string, error) {
	value, ok := values[name]
	if !ok {
		return "", fmt.Errorf("no value for %s among the parameters", name)
	}
	return value, nil
}

// substitute replaces each ${Name} of text; ${!Name} stands for ${Name}.
func substitute(text string, values map[string]string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		switch {
		case !closed:
			return "", fmt.Errorf("%q has no closing brace", rest)
		case strings.HasPrefix(name, "!"):
			out.WriteString("${" + name[1:] + "}")
		default:
			value, err := lookUp(name, values)
			if err != nil {
				return "", err
			}
			out.WriteString(value)
		}
		text = after
	}
}
