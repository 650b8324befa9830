package dynamotest

import (
	"slices"
	"unicode/utf16"
)

// javaOrder returns the names without repeats in the order in which a Java
// hash table holds them, which is the order that some of DynamoDB's texts list
// them in: by bucket, and within one by arrival. A table that was made for the
// number of names starts with as many buckets, another with sixteen; both double
// when they are more than three quarters full.
func javaOrder(names []string, sized bool) []string {
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	buckets := 16
	if sized {
		for buckets = 1; buckets < len(out); buckets *= 2 {
		}
	}
	for 4*len(out) > 3*buckets {
		buckets *= 2
	}
	bucket := func(name string) int {
		h := uint32(0)
		for _, unit := range utf16.Encode([]rune(name)) {
			h = 31*h + uint32(unit)
		}
		return int(h^h>>16) & (buckets - 1)
	}
	slices.SortStableFunc(out, func(a, b string) int { return bucket(a) - bucket(b) })
	return out
}
