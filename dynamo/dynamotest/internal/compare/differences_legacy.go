package compare

import "regexp"

var (
	operandTypes = regexp.MustCompile(`ComparisonOperator \w+ is not valid for \w+ AttributeValue type`)
)

// legacyDifferences are about the parameters from before expressions.
var legacyDifferences = []knownDifference{
	{
		name:   "the reference takes operand types that DynamoDB refuses in Expected",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Conditions.html",
		covers: func(r Request, got, _ Answer) bool {
			return r.In["Expected"] != nil && got.Failed("ValidationException") && operandTypes.MatchString(got.Text())
		},
	},
}
