package compare

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// apart lists where two documents differ.
func apart(got, want any, at string) []string {
	if reflect.DeepEqual(got, want) {
		return nil
	}
	a, isObject := got.(Document)
	b, too := want.(Document)
	if isObject && too {
		both := maps.Clone(a)
		maps.Copy(both, b)
		var out []string
		for _, name := range slices.Sorted(maps.Keys(both)) {
			out = append(out, apart(a[name], b[name], at+"."+name)...)
		}
		return out
	}
	x, isList := got.([]any)
	y, too := want.([]any)
	if isList && too && len(x) == len(y) {
		var out []string
		for i := range x {
			out = append(out, apart(x[i], y[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
		return out
	}
	return []string{fmt.Sprintf("%s: got %s, want %s", at, encode(got), encode(want))}
}
