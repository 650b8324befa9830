package dynamotest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/engine"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/wire"
)

var (
	tagShape      = inputShape(members(tagsShape, "Tags"), members(textShape, "ResourceArn"))
	untagShape    = inputShape(members(textsShape, "TagKeys"), members(textShape, "ResourceArn"))
	listTagsShape = inputShape(members(textShape, "ResourceArn", "NextToken"))
)

// Limits of tags, in characters.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tags reads and checks the member Tags.
func (r *request) tags() ([]engine.Tag, error) {
	var out []engine.Tag
	for _, n := range r.kids("Tags") {
		in := r.inside(&n)
		key, hasKey := in.text("Key")
		value, hasValue := in.text("Value")
		switch {
		case !hasKey:
			return nil, refusal.Invalid("The Tag Key provided is invalid, Key: null")
		case !hasValue:
			return nil, refusal.Invalid("The Tag Value provided is invalid, Value: null")
		}
		out = append(out, engine.Tag{Key: key, Value: value})
	}
	return out, checkTags(out)
}

func checkTags(tags []engine.Tag) error {
	for i, t := range tags {
		switch {
		case t.Key == "" || utf8.RuneCountInString(t.Key) > maxTagKey:
			return refusal.Invalid("The Tag Key provided is invalid, Key: %s", t.Key)
		case strings.HasPrefix(t.Key, "aws:"):
			return refusal.Invalid("Tag Key cannot be prefixed with aws:, Key: %s", t.Key)
		case utf8.RuneCountInString(t.Value) > maxTagValue:
			return refusal.Invalid("The Tag Value provided is invalid, Value: %s", t.Value)
		case slices.ContainsFunc(tags[:i], func(o engine.Tag) bool { return o.Key == t.Key }):
			return refusal.Invalid("Duplicate Tag Keys provided as input: Duplicate Tag Key found %s", t.Key)
		}
	}
	return nil
}

// resource returns the name of the table that ResourceArn stands for.
func (r *request) resource() (string, error) {
	arn, _ := r.text("ResourceArn")
	if arn == "" {
		return "", refusal.Invalid("Invalid TableArn")
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) == 6 && strings.HasPrefix(arn, "arn:aws:dynamodb:") {
		if name, ok := strings.CutPrefix(parts[5], "table/"); ok {
			name, _, _ = strings.Cut(name, "/")
			if validName(name) && lengthConstraint(name) == "" {
				return name, nil
			}
		}
	}
	return "", refusal.Invalid("%s", "Invalid TableArn: Invalid ResourceArn provided as input "+arn)
}

// tagResource is TagResource.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
func tagResource(r *request) (any, error) {
	name, err := r.resource()
	if err != nil {
		return nil, err
	}
	tags, err := r.tags()
	switch {
	case err != nil:
		return nil, err
	case len(tags) == 0:
		return nil, refusal.Invalid("Atleast one Tag needs to be provided as Input.")
	}
	return nil, r.fake.db.Update(func(tx *engine.Tx) error {
		t := tx.Table(name)
		if t == nil {
			arn, _ := r.text("ResourceArn")
			return refusal.NotFound("Requested resource not found: ResourcArn: %s not found", arn)
		}
		return setTags(t, tags)
	})
}

func setTags(t *engine.Table, tags []engine.Tag) error {
	merged := slices.Clone(t.Tags)
	for _, tag := range tags {
		if i := slices.IndexFunc(merged, func(o engine.Tag) bool { return o.Key == tag.Key }); i >= 0 {
			merged[i] = tag
		} else {
			merged = append(merged, tag)
		}
	}
	if len(merged) > maxTags {
		return refusal.Invalid("Number of Tags exceed the current limit for the provided ResourceArn")
	}
	t.Tags = merged
	return nil
}

// untagResource is UntagResource.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UntagResource.html
func untagResource(r *request) (any, error) {
	name, err := r.resource()
	if err != nil {
		return nil, err
	}
	keys := r.texts("TagKeys")
	if len(keys) == 0 {
		return nil, refusal.Invalid("Atleast one Tag Key needs to be provided as Input.")
	}
	for _, n := range r.kids("TagKeys") {
		if n.Kind == wire.Null {
			return nil, refusal.Invalid("The Tag Key provided is invalid, Key: null")
		}
	}
	return nil, r.fake.db.Update(func(tx *engine.Tx) error {
		t, err := lookUp(tx, name)
		if err == nil {
			t.Tags = slices.DeleteFunc(slices.Clone(t.Tags), func(tag engine.Tag) bool { return slices.Contains(keys, tag.Key) })
		}
		return err
	})
}

// listTags is ListTagsOfResource. A table has few enough tags for one answer.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
func listTags(r *request) (any, error) {
	name, err := r.resource()
	if err != nil {
		return nil, err
	}
	out := struct{ Tags []engine.Tag }{[]engine.Tag{}}
	err = r.fake.db.View(func(tx *engine.Tx) error {
		t := tx.Table(name)
		if t == nil {
			arn, _ := r.text("ResourceArn")
			return &refusal.Error{Code: "AccessDeniedException", Message: "User: arn:aws:iam::" + Account +
				":root is not authorized to perform: dynamodb:ListTagsOfResource on resource: " + arn}
		}
		out.Tags = append(out.Tags, t.Tags...)
		return nil
	})
	return out, err
}
