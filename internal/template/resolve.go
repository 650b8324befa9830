package template

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// Resolve returns value with Ref, Fn::GetAtt, Fn::Sub and Fn::Join replaced by
// values, which holds parameters, pseudo parameters, logical ids and attributes
// ("Queue.Arn"). Another function, or a name without a value, is an error that
// says so.
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
		if name == "Ref" || strings.HasPrefix(name, "Fn::") {
			result, err = evaluate(name, argument, values)
			return result, true, err
		}
	}
	return nil, false, nil
}

func evaluate(name string, argument any, values map[string]string) (string, error) {
	text, isText := argument.(string)
	list, _ := argument.([]any)
	switch {
	case isText && (name == "Ref" || name == "Fn::GetAtt"):
		return lookUp(text, values)
	case name == "Fn::GetAtt":
		if names, err := texts(list, values); err == nil && len(names) > 1 {
			return lookUp(strings.Join(names, "."), values)
		}
	case name == "Fn::Sub" && isText:
		return substitute(text, values)
	case name == "Fn::Sub" && len(list) == 2:
		return substituteWith(list[0], list[1], values)
	case name == "Fn::Join" && len(list) == 2:
		return join(list[0], list[1], values)
	}
	return "", fmt.Errorf("%s cannot be resolved", name)
}

// texts resolves the elements of list, which must be texts.
func texts(list []any, values map[string]string) ([]string, error) {
	out := make([]string, len(list))
	for i := range list {
		element, err := Resolve(list[i], values)
		if err != nil {
			return nil, err
		}
		var ok bool
		if out[i], ok = element.(string); !ok {
			return nil, fmt.Errorf("%v is no text", element)
		}
	}
	return out, nil
}

// substituteWith is substitute with variables of the call's own.
func substituteWith(text, variables any, values map[string]string) (string, error) {
	own, ok := variables.(map[string]any)
	template, isText := text.(string)
	if !ok || !isText {
		return "", errors.New("Fn::Sub takes a text and its variables")
	}
	all := maps.Clone(values)
	if all == nil {
		all = make(map[string]string)
	}
	for name, variable := range own {
		value, err := texts([]any{variable}, values)
		if err != nil {
			return "", err
		}
		all[name] = value[0]
	}
	return substitute(template, all)
}

func join(separator, list any, values map[string]string) (string, error) {
	between, isText := separator.(string)
	elements, isList := list.([]any)
	if !isText || !isList {
		return "", errors.New("Fn::Join takes a separator and a list")
	}
	parts, err := texts(elements, values)
	return strings.Join(parts, between), err
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
