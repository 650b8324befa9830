package dynamotest

import (
	"slices"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

// checkIndexDefined refuses an index with a key attribute that is not defined.
func checkIndexDefined(x indexInput, definitions []engine.KeyAttribute) error {
	defined, keys := definitionNames(definitions), elementNames(x.keyElements)
	switch {
	case !slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(defined, k) }):
		return nil
	case len(defined) < len(slices.Compact(slices.Sorted(slices.Values(keys)))):
		return refusal.Invalid(undefinedText)
	}
	return undefinedKeys(javaOrder(keys, true), javaOrder(defined, true))
}

func (s *schema) checkLocal() error {
	if len(s.local) == 0 {
		return nil
	}
	if len(s.keyElements) < 2 {
		return refusal.Invalid(invalidText + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
	}
	for _, x := range s.local {
		if err := checkIndexDefined(x, s.definitions); err != nil {
			return err
		}
	}
	for _, x := range s.local {
		if err := s.checkLocalKey(x); err != nil {
			return err
		}
	}
	if err := uniqueNames(s.local); err != nil {
		return err
	}
	if len(s.local) > maxLocalIndexes {
		return refusal.Invalid(invalidText + "Number of LocalSecondaryIndexes exceeds per-table limit of 5")
	}
	return nil
}

func (s *schema) checkLocalKey(x indexInput) error {
	if err := checkPair(x.keyElements); err != nil {
		return err
	}
	if len(x.keyElements) < 2 {
		return refusal.Invalid(invalidText+"Index KeySchema does not have a range key for index: %s", x.Name)
	}
	if own, table := x.keyElements[0].AttributeName, s.keyElements[0].AttributeName; own != table {
		return refusal.Invalid(invalidText+"Index KeySchema does not have the same leading hash key as table KeySchema for index: %s. index hash key: %s, table hash key: %s",
			x.Name, own, table)
	}
	return x.checkProjection()
}

func (s *schema) checkGlobal() error {
	for _, x := range s.global {
		if err := checkIndexDefined(x, s.definitions); err != nil {
			return err
		}
	}
	for _, x := range s.global {
		if err := x.checkGlobalKey(); err != nil {
			return err
		}
	}
	if err := uniqueNames(s.global); err != nil {
		return err
	}
	if len(s.global) > maxGlobalIndexes {
		return refusal.Invalid(invalidText + "GlobalSecondaryIndex count exceeds the per-table limit of 20")
	}
	for _, x := range s.global {
		if s.onDemand && x.hasThroughput {
			return refusal.Invalid(invalidText+"ProvisionedThroughput should not be specified for index: %s when BillingMode is PAY_PER_REQUEST", x.Name)
		}
	}
	return nil
}

// checkGlobalKey checks the key of a global index, which may have up to four
// attributes of each kind.
func (x indexInput) checkGlobalKey() error {
	elements := x.keyElements
	names := elementNames(elements)
	switch {
	case elements[0].KeyType != "HASH":
		return refusal.Invalid(firstHashText)
	case len(elements) == 2 && elements[1].KeyType == "RANGE" && names[0] == names[1]:
		return refusal.Invalid(sameNameText)
	case len(slices.Compact(slices.Sorted(slices.Values(names)))) < len(names):
		return refusal.Invalid("The KeySchema contains multiple key attributes with the same name")
	}
	counts := map[string]int{}
	for i, e := range elements {
		counts[e.KeyType]++
		if i > 0 && e.KeyType == "HASH" && elements[i-1].KeyType == "RANGE" {
			return refusal.Invalid(invalidText + "All HASH key attributes must precede RANGE key attributes in the KeySchema")
		}
	}
	for _, kind := range []string{"HASH", "RANGE"} {
		if counts[kind] > maxKeyParts {
			return refusal.Invalid(invalidText+"The KeySchema exceeds the maximum allowed number of %s key attributes", kind)
		}
	}
	return x.checkProjection()
}

func (x indexInput) checkProjection() error {
	switch {
	case x.Projection == "":
		return refusal.Invalid(invalidText + "Unknown ProjectionType: null")
	case x.Projection != engine.ProjectInclude && x.hasInclude:
		return refusal.Invalid(invalidText+"ProjectionType is %s, but NonKeyAttributes is specified", x.Projection)
	case x.Projection == engine.ProjectInclude && !x.hasInclude:
		return refusal.Invalid(invalidText + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
	}
	return nil
}

func uniqueNames(indexes []indexInput) error {
	for i, x := range indexes {
		if slices.ContainsFunc(indexes[:i], func(y indexInput) bool { return y.Name == x.Name }) {
			return refusal.Invalid(invalidText+"Duplicate index name: %s", x.Name)
		}
	}
	return nil
}
