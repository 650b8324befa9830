package compare

import "regexp"

var (
	// legacyTexts are complaints about the parameters from before expressions.
	legacyTexts  = text(`(One or more parameter values were invalid: )?(ComparisonOperator|Invalid comparison operator|Invalid number of argument|AttributeValues inside|Value (must be provided|or AttributeValueList|cannot be used|null at)|Exists is|AttributeValueList (can|must)|(ADD|DELETE|PUT) action|Only DELETE action|Unsupported (KeyConditions )?ComparisonOperator|ConditionalOperator|Attempted conditional constraint|Conditions can be|The BETWEEN condition|Cannot expect|Member must satisfy enum value set: \[ADD|Duplicate value in attribute name|Filter Expression can|Can not use both)`)
	operandTypes = regexp.MustCompile(`ComparisonOperator \w+ is not valid for \w+ AttributeValue type`)
)

// hasLegacy tells that a request has legacy parameters.
func hasLegacy(r Request) bool {
	for _, m := range []string{"KeyConditions", "AttributeUpdates", "Expected", "QueryFilter", "ScanFilter", "ConditionalOperator", "AttributesToGet"} {
		if r.In[m] != nil {
			return true
		}
	}
	return false
}

// legacyDifferences are about the parameters from before expressions.
var legacyDifferences = []knownDifference{
	{
		name:   "a request breaks two rules of the legacy parameters, and the reference reports the other",
		source: "https://github.com/architect/dynalite/blob/main/test/updateItem.js",
		covers: func(r Request, got, want Answer) bool {
			return hasLegacy(r) && got.Failed("ValidationException") && want.Failed("ValidationException") && rule(got) != rule(want) &&
				(legacyTexts.MatchString(got.Text()) || legacyTexts.MatchString(want.Text()))
		},
	},
	{
		name:   "of several legacy conditions on wrong types the reference reports another",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Conditions.html",
		covers: func(r Request, got, want Answer) bool {
			return hasLegacy(r) && legacyTexts.MatchString(got.Text()) && legacyTexts.MatchString(want.Text())
		},
	},
	{
		name:   "the reference takes operand types that DynamoDB refuses in Expected",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Conditions.html",
		covers: func(r Request, got, _ Answer) bool {
			return r.In["Expected"] != nil && got.Failed("ValidationException") && operandTypes.MatchString(got.Text())
		},
	},
}
