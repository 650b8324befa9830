// Package pattern implements the event pattern language of Amazon EventBridge:
// it parses patterns, matches events and explains why one did not match.
//
// It is the language of rules and of EventBridge Pipes, described in
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
// Where the description is silent, the package follows Event Ruler, the matcher
// that AWS publishes (https://github.com/aws/event-ruler). It needs no AWS SDK.
//
// # Getting started
//
//	p, err := pattern.Parse([]byte(`{"source": ["gigs"], "detail": {"price": [{"numeric": [">", 100]}]}}`))
//	ok, err := p.Match(event)
//
// A [Set] matches one event against many patterns at once. [Pattern.Explain]
// says which fields kept a pattern from matching. Package events/rules reads the
// patterns of a CloudFormation or SAM template, so that a test can check the
// rules that are deployed.
//
// # Semantics and limits
//
// A pattern is an object of fields; each field holds an array of the values it
// may have. All fields must match, one value of each is enough:
//
//	["a"], [5], [true], [null]                exactly this value; numbers compare as numbers
//	{"prefix": "a"}, {"suffix": "a"}          also {"prefix": {"equals-ignore-case": "a"}}
//	{"equals-ignore-case": "a"}               upper and lower case are the same
//	{"wildcard": "a*b"}                       * is any text, \* is a star, ** is not allowed
//	{"anything-but": …}                       a string, a number, a list of either, or a prefix,
//	                                          suffix, equals-ignore-case or wildcard of one or many
//	{"numeric": [">", 0, "<=", 5]}            =, <, <=, >, >= or a range
//	{"cidr": "10.0.0.0/24"}                   an IPv4 or IPv6 address
//	{"exists": true}, {"exists": false}       the field is there, or is not
//	"$or": [{…}, {…}]                         in the place of a field, at any level
//
// An array of an event matches when one of its elements does. Fields of objects
// in an array match together only when they belong to the same element. An
// empty array or object is not there. Nested fields may be written with dots,
// in the pattern as in the event.
//
// A $or may not multiply to more than 1000 alternatives. Nesting is bounded by
// 10,000 levels, as in encoding/json. The length of a pattern (2048 characters in
// a rule) is not checked.
//
// Some things differ from Event Ruler on purpose: text after the end of a
// document is an error, an empty list in "anything-but" is an error, "cidr" does
// not match numbers, and characters whose other case is several characters (such
// as ß) do not fold. Where values of many kinds stand beside each other, the
// automaton that Event Ruler makes of them rarely gives another answer than they
// do one by one; here they never disturb each other. An event with a repeated key
// may match here where it does not there.
//
// # Errors
//
// [Parse] returns a [*SyntaxError], which points at the place; matching returns
// an [*EventError] when the event is not a JSON object.
//
// # Cost
//
// Matching does no I/O and reads only the parts of an event that the patterns
// name.
//
// # Concurrency
//
// Patterns and sets do not change and are safe for concurrent use.
//
// # Testing
//
// [Pattern.Explain] is made for the messages of tests; the assertions of
// package eventstest use it.
package pattern
