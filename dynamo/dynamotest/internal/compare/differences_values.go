package compare

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	// ownWords are in texts that the reference's libraries and its own parsers
	// write.
	ownWords = regexp.MustCompile(`at line \d+ column \d+$|^missing field |^unknown variant |Expected .*, got |Unexpected token|^invalid base64|^floating point |^invalid type: |^expected \w+ (in|for) |^sequence$|^Invalid ProjectionExpression: Expected number|unsupported operator with a value|^Unexpected operator in KeyConditionExpression`)
	// typeTexts are DynamoDB's complaints about a member of the wrong JSON type.
	typeTexts = regexp.MustCompile(`^(\w+_VALUE cannot be converted to (String|Integer|Long|Boolean)|Start of structure or map found where not expected|Unrecognized collection type .*|Unexpected (value type in payload|field type|token received from parser)|class sun\.reflect\..*|Base64 .*|Invalid last non-whitespace .*|Input byte .*)$`)
	// valueTexts are complaints about attribute values.
	valueTexts = text(`(ExpressionAttributeValues contains invalid value: |The provided starting key is invalid: )?(One or more parameter values were invalid: )?(The parameter cannot be converted to a numeric value|Supplied AttributeValue |Number (over|under)flow|Attempting to store more than 38|Null attribute value|An (string|number) set|Binary sets should|Input collection|Empty attribute name|Nesting Levels)`)
	// memberTexts are complaints about members and what they may be.
	memberTexts = regexp.MustCompile(`^(\d+ validation errors? detected: )?(Value '|Value null|Value at|Failed to satisfy constraint|Member must|ReturnValues can only)`)
)

// decodingDifferences are about documents that are not of the right shape.
var decodingDifferences = []knownDifference{
	{
		name:   "the reference answers in its own decoder's and parser's words",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool { return got.Status == 400 && ownWords.MatchString(want.Text()) },
	},
	{
		name:   "the reference calls every scalar that is no string TRUE_VALUE",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("SerializationException") && want.Text() == "TRUE_VALUE cannot be converted to String"
		},
	},
	{
		name:   "two members are of a wrong type, and the reference reports the other",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("SerializationException") && want.Failed("SerializationException") &&
				typeTexts.MatchString(got.Text()) && typeTexts.MatchString(want.Text())
		},
	},
	{
		name:   "the reference does not check the types of all members before anything else",
		source: dynalitePut,
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("SerializationException") && typeTexts.MatchString(got.Text()) && !want.Failed("SerializationException")
		},
	},
	{
		// It answers as ours does to a number that is too large but has 32 bits.
		name:   "the reference words a number of segments of more than 32 bits in the older way",
		source: "https://github.com/nubo-db/dynoxide/blob/main/CHANGELOG.md",
		covers: func(r Request, got, want Answer) bool {
			const text = "Value%s at '%s' failed to satisfy constraint: Member must have value less than or equal to 1000000"
			return r.Op == "Scan" && strings.Contains(got.Text(), fmt.Sprintf(text, "", "TotalSegments")) &&
				strings.Contains(want.Text(), fmt.Sprintf(text, " '2147483647'", "totalSegments"))
		},
	},
	{
		name:   "the reference echoes a limit of more than 32 bits as it was sent",
		source: "https://github.com/architect/dynalite/blob/main/test/listTables.js",
		covers: func(r Request, got, want Answer) bool {
			const text = "1 validation error detected: Value '2147483647' at 'limit' "
			return r.Op == "ListTables" && strings.HasPrefix(got.Text(), text) && sameRule(got, want)
		},
	},
	{
		name:   "the reference takes no fraction for a whole number",
		source: "https://github.com/architect/dynalite/blob/main/test/listTables.js",
		covers: func(_ Request, _, want Answer) bool { return strings.HasPrefix(want.Text(), "floating point") },
	},
}

// valueDifferences are about attribute values.
var valueDifferences = []knownDifference{
	{
		name:   "the reference reads the values of a batch or transaction before it has checked all members",
		source: parity + "validation-ordering/transactions.test.ts",
		covers: func(r Request, got, want Answer) bool {
			return (strings.HasPrefix(r.Op, "Batch") || strings.HasPrefix(r.Op, "Transact")) && bothRefuse(memberTexts, valueTexts)(r, got, want)
		},
	},
	{
		name:   "a number is malformed beside names or values without an expression, and the reference reports the latter",
		source: dynalitePut,
		covers: bothRefuse(valueTexts, text(`ExpressionAttribute(Names|Values) can only be specified`)),
	},
	{
		// A value is checked wherever it sits, in the words of the layer.
		name:   "the reference checks only the outermost set of an expression value",
		source: parity + "error-messages/valueLayers.test.ts",
		covers: func(_ Request, got, want Answer) bool {
			return got.Failed("ValidationException") && setTexts.MatchString(got.Text())
		},
	},
	{
		name:   "a value of an item and one of an expression are wrong, and the reference reports the other, whose order is documented nowhere",
		source: parity + "error-messages/valueLayers.test.ts",
		covers: func(r Request, got, want Answer) bool {
			body := string(r.body())
			return strings.Contains(body, `"ExpressionAttributeValues":`) && (strings.Contains(body, `"Item":`) || strings.Contains(body, `"Key":`)) &&
				bothRefuse(valueTexts, valueTexts)(r, got, want)
		},
	},
	{
		name:   "the reference counts a mistake that the older layer does not count",
		source: parity + "error-messages/valueLayers.test.ts",
		covers: func(r Request, got, want Answer) bool {
			return (textFlags.Match(r.body()) || got.Text() == "Empty attribute name") && want.Text() == "1 validation error detected: "+got.Text()
		},
	},
	{
		name:   "the reference takes two writings of a number for two keys",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number",
		covers: func(r Request, got, want Answer) bool {
			return r.Op == "BatchGetItem" && want.Status == 200 && strings.HasPrefix(got.Text(), "Provided list of item keys contains duplicates")
		},
	},
}

var (
	setTexts = regexp.MustCompile(`Input collection|(may|should) not be empty`)
	// textFlags are values that bring a request to the older layer.
	textFlags = regexp.MustCompile(`"(BOOL|NULL|Exists)":"`)
)
