package compare

import (
	"regexp"
	"slices"
	"strings"
)

// A knownDifference is where the reference is known not to answer as DynamoDB
// does, or where DynamoDB promises nothing.
type knownDifference struct {
	name string
	// source is where it says what DynamoDB does.
	source string
	covers func(r Request, got, want Answer) bool
	// parts tells that the servers hold different items afterwards.
	parts bool
}

// knownDifferences are those of dynoxide 3.2.0, by subject.
var knownDifferences = slices.Concat(
	decodingDifferences, valueDifferences, expressionDifferences, orderDifferences, legacyDifferences,
	readDifferences, transactionDifferences, tableDifferences,
)

// Suites that were run against DynamoDB itself by their authors: dynalite's until
// 2022, that of Parity Suite in 2026.
const (
	dynaliteScan = "https://github.com/architect/dynalite/blob/main/test/scan.js"
	dynalitePut  = "https://github.com/architect/dynalite/blob/main/test/putItem.js"
	parity       = "https://github.com/paritysuite/dynamodb-conformance/blob/main/tests/tier3/"
)

// bothRefuse tells that both servers refuse a request as invalid, ours with a
// text like got and the reference with one like want, not for the same rule.
func bothRefuse(got, want *regexp.Regexp) func(Request, Answer, Answer) bool {
	return func(_ Request, a, b Answer) bool {
		return a.Failed("ValidationException") && b.Failed("ValidationException") &&
			rule(a) != rule(b) && got.MatchString(a.Text()) && want.MatchString(b.Text())
	}
}

// text compiles the beginning of a message, which may be counted.
func text(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`^(\d+ validation errors? detected: )?(` + pattern + `)`)
}

// onlyAt tells whether two successes differ in the members alone.
func onlyAt(got, want Answer, members ...string) bool {
	return got.Status == 200 && want.Status == 200 && !slices.ContainsFunc(apart(got.Out, want.Out, ""), func(d string) bool {
		return !slices.ContainsFunc(members, func(m string) bool { return strings.HasPrefix(d, m) })
	})
}

// itemTexts returns the items of an answer as texts in order.
func itemTexts(a Answer) []string {
	out, _ := a.Out.(Document)
	items, _ := out["Items"].([]any)
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = string(encode(item))
	}
	slices.Sort(texts)
	return texts
}

// number returns a member of an answer that is a number.
func number(a Answer, member string) float64 {
	out, _ := a.Out.(Document)
	n, _ := out[member].(float64)
	return n
}
