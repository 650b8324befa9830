package compare

import (
	"cmp"
	"context"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// RunStatements is Run for PartiQL: each round fills its tables with items and
// then sends statements. Differences are not shrunk.
func RunStatements(ctx context.Context, o Options) (Report, error) {
	report := Report{Sent: map[string]map[string]int{}, Known: map[string]int{}, Ordered: map[string]int{}}
	for round := uint64(0); report.Total < o.Operations && len(report.Unknown) < max(o.Differences, 1); round++ {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		d, err := o.statementRound(&report, round)
		if err != nil {
			return report, err
		}
		if d != nil {
			o.Log("difference in %v", *d)
			report.Unknown = append(report.Unknown, *d)
		}
	}
	return report, nil
}

// statementRound sends one round and returns the first difference.
func (o *Options) statementRound(report *Report, round uint64) (*Difference, error) {
	m := newMaker(o.Seed, round)
	server := o.New()
	o.renew()
	if err := removeTables(o.Reference, m.prefix); err != nil {
		return nil, err
	}
	var created []Request
	for i := range len(m.tables) + roundLength {
		r := m.executeRequest()
		switch {
		case i < len(m.tables):
			r = Request{Op: "CreateTable", In: m.creation(m.tables[i])}
			created = append(created, r)
		case i < len(m.tables)+10:
			t := pick(m, m.tables...)
			r = Request{Op: "PutItem", In: Document{"TableName": t.name, "Item": m.item(t)}}
		}
		got, want, err := o.both(server, o.Reference, r)
		if err != nil {
			return nil, err
		}
		report.count(r, want)
		switch known := judgeStatement(r, got, want); {
		case known == sameAnswer:
		case known != "":
			report.Known[known]++
			if got.Status != want.Status || r.Op == "BatchExecuteStatement" {
				return nil, nil // the servers may no longer hold the same
			}
		default:
			if both, err := o.twoRules(server, r, got, want); both || err != nil {
				report.Ordered[rule(got)+" | "+rule(want)]++
				return nil, err
			}
			return &Difference{Round: round, Requests: append(created, r), Got: got, Want: want}, nil
		}
	}
	return nil, nil
}

const sameAnswer = "same"

// judgeStatement returns sameAnswer, the known difference that covers the
// answers, or nothing.
func judgeStatement(r Request, got, want Answer) string {
	text := string(r.body())
	got.Out, want.Out = stable(got.Out), stable(want.Out)
	for _, out := range []any{got.Out, want.Out} {
		if !strings.Contains(text, "ORDER BY") {
			sortItems(out)
		}
	}
	if reflect.DeepEqual(got, want) {
		return sameAnswer
	}
	for _, k := range slices.Concat(statementDifferences, knownDifferences) {
		if k.covers(r, got, want) {
			return k.name
		}
	}
	return ""
}

// sortItems brings the items of an answer into one order: that of a scan is the
// servers' own.
func sortItems(out any) {
	d, _ := out.(Document)
	items, _ := d["Items"].([]any)
	slices.SortFunc(items, func(a, b any) int { return cmp.Compare(string(encode(a)), string(encode(b))) })
}

// Where AWS says what statements do.
const (
	grammarPages = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html"
	keyRules     = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"
)

var (
	// afterOverlap are complaints of checks after that of overlapping conditions.
	afterOverlap = text(`Must have hash key in ORDER BY clause|Strongly consistent read is not supported|.*Global secondary index \S+ does not project`)
	// misfitOperands is a difference of two complaints about operands.
	misfitOperands = regexp.MustCompile(`[mM]essage: got "[^"]*(Incorrect operand type for|The BETWEEN operator requires|Invalid attribute type name).*, want "[^"]*(Incorrect operand type for|The BETWEEN operator requires|Invalid attribute type name)`)
	// signs are complaints about a token that can begin no path.
	signs       = regexp.MustCompile(`Statement wasn't well formed, can't be processed: (Unexpected value token: \W|Unexpected term)`)
	clauseWords = regexp.MustCompile(`(?i) (SET|REMOVE) `)
	// misfit is a difference of two complaints about an update and its item.
	misfit = regexp.MustCompile(`[mM]essage: got "[^"]*(document path provided|does not exist in the item|incorrect data type).*, want "[^"]*(document path provided|does not exist in the item|incorrect data type)`)
)

// overlapping begins the refusal of alternatives that lead to the same items.
const overlapping = "Overlapping conditions"

// differ tells that the answers differ in nothing but such complaints.
func differ(got, want Answer, complaints *regexp.Regexp) bool {
	return !slices.ContainsFunc(apart(got.Out, want.Out, ""), func(d string) bool { return !complaints.MatchString(d) })
}

// statementDifferences are those of dynoxide 3.2.0 in statements.
var statementDifferences = []knownDifference{
	{
		name:   "the reference takes a sign for the name of an attribute",
		source: grammarPages,
		covers: func(_ Request, got, want Answer) bool {
			return signs.MatchString(string(encode(got.Out))) && !strings.Contains(string(encode(want.Out)), "Statement wasn't well formed")
		},
	},
	{
		name:   "two comparisons of a condition with alternatives are wrong, and the reference reports the other, whose order is documented nowhere",
		source: grammarPages,
		covers: func(r Request, got, want Answer) bool {
			body := string(r.body())
			return strings.Contains(body, " OR ") && strings.Contains(body, " AND ") && differ(got, want, misfitOperands)
		},
	},
	{
		name:   "both refuse a malformed statement, the reference with its own parser's detail",
		source: grammarPages,
		covers: func(_ Request, got, want Answer) bool {
			const malformed = "Statement wasn't well formed"
			ours, theirs := string(encode(got.Out)), string(encode(want.Out))
			return strings.Contains(ours, malformed) && (strings.Contains(theirs, malformed) || strings.Contains(theirs, "Unrecognized function: "))
		},
	},
	{
		name:   "the reference lets an update take one value for a list and a map",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html",
		covers: func(_ Request, got, _ Answer) bool {
			return strings.Contains(string(encode(got.Out)), "Two document paths conflict")
		},
	},
	{
		name:   "two clauses of an update do not fit the item, and the reference reports the other, whose order is documented nowhere",
		source: grammarPages,
		covers: func(r Request, got, want Answer) bool {
			return len(clauseWords.FindAllString(string(r.body()), -1)) > 1 && differ(got, want, misfit)
		},
	},
	{
		name:   "the reference takes parts of a key, and of what is tested for its type, for conditions on the key",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html",
		covers: func(_ Request, got, want Answer) bool {
			ours, theirs := strings.HasPrefix(got.Text(), overlapping), strings.HasPrefix(want.Text(), overlapping)
			return ours && want.Status == 200 || theirs && (got.Status == 200 || afterOverlap.MatchString(got.Text()))
		},
	},
	{
		name:   "the reference takes an empty string for a key",
		source: keyRules,
		covers: func(_ Request, got, _ Answer) bool {
			return strings.Contains(string(encode(got.Out)), "cannot contain an empty")
		},
	},
	{
		name:   "the reference fails the whole batch for a null in a parameter",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "BatchExecuteStatement" && strings.HasPrefix(want.Text(), "Supplied AttributeValue is empty")
		},
	},
	{
		name:   "the reference shows the bounds of BETWEEN as they were written",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number",
		covers: func(_ Request, got, want Answer) bool {
			return strings.Contains(string(encode(got.Out)), "The BETWEEN operator") && strings.Contains(string(encode(want.Out)), "The BETWEEN operator")
		},
	},
}
