package dynamo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
)

// projected returns the paths that a read of attributes asks for: these, what
// tells whether the item is alive, and its keys, each once. None means all.
func (c *core) projected(attributes []string, keys ...*keySet) []string {
	if len(attributes) == 0 {
		return nil
	}
	var paths []string
	for _, path := range attributes {
		paths = addPath(paths, path)
	}
	if c.ttl != nil {
		paths = addPath(paths, c.ttl.name)
	}
	for _, key := range append([]*keySet{c.key}, keys...) {
		for _, part := range key.parts() {
			paths = addPath(paths, part.name)
		}
		for _, f := range key.fields {
			paths = addPath(paths, f.name)
		}
	}
	return paths
}

// addPath adds path unless paths covers it: DynamoDB refuses paths that
// overlap.
func addPath(paths []string, path string) []string {
	if slices.ContainsFunc(paths, func(have string) bool { return within(path, have) }) {
		return paths
	}
	paths = slices.DeleteFunc(paths, func(have string) bool { return within(have, path) })
	return append(paths, path)
}

// within tells whether path is outer or a part of it.
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func namesList(paths []string) expression.ProjectionBuilder {
	builders := make([]expression.NameBuilder, len(paths))
	for i, path := range paths {
		builders[i] = expression.Name(path)
	}
	return expression.NamesList(builders[0], builders[1:]...)
}

// projection builds the projection of a read by key: nil for everything.
func (c *core) projection(attributes []string) (text *string, names map[string]string, err error) {
	paths := c.projected(attributes)
	if len(paths) == 0 {
		return nil, nil, nil
	}
	built, err := expression.NewBuilder().WithProjection(namesList(paths)).Build()
	if err != nil {
		return nil, nil, fmt.Errorf("projection: %w", err)
	}
	return built.Projection(), built.Names(), nil
}
