package main

import (
	"fmt"

	"github.com/go-thaw/thaw/events/pattern"
)

// matching matches one event against one pattern and against a set of 1,000.
// The rules of "exact values" name a customer each, as those of tenants do.
// Those of "operators" are what makes an index hard: each also compares a
// number, and one in ten names no exact value that is its own.
func matching(kind string) comparison {
	const count = 1000
	event := []byte(delivered)
	patterns := make([]*pattern.Pattern, count)
	for i := range patterns {
		text := fmt.Sprintf(`{"source":["shop.orders"],"detail-type":["OrderPlaced"],"detail":{"customer":["customer-%d"]}}`, i)
		if kind == "operators" {
			text = operatorRule(i)
		}
		patterns[i] = must(pattern.Parse([]byte(text)))
	}
	one, set := patterns[17], pattern.NewSet(patterns...)
	return comparison{"match an event against 1,000 patterns, " + kind, 1, []way{
		{"one pattern", func() {
			if !must(one.Match(event)) {
				panic("the pattern must match")
			}
		}},
		{"set of 1,000 patterns", func() {
			if len(must(set.Match(event))) == 0 {
				panic("a pattern must match")
			}
		}},
		{"1,000 patterns one by one", func() {
			for _, p := range patterns {
				must(p.Match(event))
			}
		}},
	}}
}

func operatorRule(i int) string {
	if i%10 == 0 {
		return fmt.Sprintf(`{"source":["shop.orders"],"detail":{"customer":[{"prefix":"vip-%d-"}],"total":[{"numeric":[">",%d]}]}}`, i, i)
	}
	return fmt.Sprintf(`{"source":["shop.orders"],"detail-type":["OrderPlaced"],`+
		`"detail":{"customer":["customer-%d"],"total":[{"numeric":[">=",%d]}]}}`, i, i)
}
