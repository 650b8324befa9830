package dynamo_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/dynamo"
)

// client sends nothing: New never does.
var client = &dynamodb.Client{}

func TestNewRefusesWrongTags(t *testing.T) {
	check[struct {
		ID string
	}](t, "no partition", nil, `no partition key: tag a field dynamo:"partition", or give a template in Options.Partition`)
	check[struct {
		A string `dynamo:"partition"`
		B string `dynamo:"partition"`
	}](t, "two partitions", nil, "field B: field A is tagged partition already")
	check[struct {
		ID bool `dynamo:"partition"`
	}](t, "bool key", nil, "field ID: bool cannot be a key: want a string, a number, []byte or a time")
	check[struct {
		ID *string `dynamo:"partition"`
	}](t, "pointer key", nil, "field ID: *string cannot be a key: want a string, a number, []byte or a time")
	check[struct {
		ID string `dynamo:"hash"`
	}](t, "unknown word", nil, `field ID: dynamo tag "hash": want partition, sort, version, ttl, index:partition or index:sort`)
	check[struct {
		id string `dynamo:"partition"`
	}](t, "unexported", nil, "field id: a field with a dynamo tag must be exported")
	check[Selfish](t, "embeds itself", nil, "struct dynamo_test.Selfish embeds itself")
	check[struct {
		ID string `dynamodbav:"-" dynamo:"partition"`
	}](t, "not stored", nil, `field ID: a field with a dynamo tag must be stored, but dynamodbav is "-"`)
	check[struct {
		ID    string `dynamodbav:"id" dynamo:"partition"`
		Other string `dynamodbav:"id"`
	}](t, "same attribute", nil, `field Other: attribute "id" belongs to field ID too`)
	check[struct {
		*Embedded
	}](t, "behind a pointer", nil, "field ID: a field with a dynamo tag must not be embedded through a pointer")
	check[struct {
		ID    string `dynamo:"partition"`
		Owner string `dynamo:"by-owner:sort"`
	}](t, "index without partition", nil, `index by-owner: no partition key: tag a field dynamo:"by-owner:partition", or give a template`)
}

type Embedded struct {
	ID string `dynamo:"partition"`
}

func TestNewRefusesWrongVersionsAndTimes(t *testing.T) {
	check[struct {
		ID string `dynamo:"partition"`
		V  string `dynamo:"version"`
	}](t, "text version", nil, "field V: a version must be an integer, not string")
	check[struct {
		ID string `dynamo:"partition"`
		V  int    `dynamodbav:",string" dynamo:"version"`
	}](t, "version stored as text", nil, "field V: a version must be stored as a number")
	check[struct {
		ID string `dynamo:"partition"`
		V  *int   `dynamo:"version"`
	}](t, "version pointer", nil, "field V: a version must be an integer, not *int")
	const ttl = "field T: a time to live must be a time.Time with ,unixtime or an integer of seconds: DynamoDB ignores anything but numbers"
	check[struct {
		ID string    `dynamo:"partition"`
		T  time.Time `dynamo:"ttl"`
	}](t, "time as text", nil, ttl)
	check[struct {
		ID string  `dynamo:"partition"`
		T  float64 `dynamo:"ttl"`
	}](t, "fraction", nil, ttl)
}

func TestNewRefusesWrongTemplates(t *testing.T) {
	type row struct {
		ID    string  `dynamodbav:"id"`
		Price float64 `dynamodbav:"price"`
		PK    string  `dynamodbav:"pk"`
	}
	type tagged struct {
		ID string `dynamodbav:"id" dynamo:"partition"`
	}
	const alone = "must stand alone between two #"
	for template, want := range map[string]string{
		"GIG#{nope}":   `template "GIG#{nope}": {nope}: no field has the attribute "nope"`,
		"GIG#{id":      `template "GIG#{id": segment "{id": a {field} ` + alone,
		"GIG-{id}":     `template "GIG-{id}": segment "GIG-{id}": a {field} ` + alone,
		"GIG##{id}":    `template "GIG##{id}": empty segment: between two # there must be a constant or a {field}`,
		"GIG#{price}":  `template "GIG#{price}": field Price: float64 cannot be part of a template: want a string, a whole number or a time`,
		"GIG#{id:8}":   `template "GIG#{id:8}": {id:8}: only a number can have a width`,
		"GIG#{id:0}":   `template "GIG#{id:0}": {id:0}: the width must be a number from 1 to 38`,
		"GIG#{id}#{}}": `template "GIG#{id}#{}}": segment "{}}": a {field} ` + alone,
	} {
		check[row](t, template, &dynamo.Options{Partition: template, PartitionName: "p"}, want)
	}
	check[row](t, "field of the same name", &dynamo.Options{Partition: "GIG#{id}"},
		`field PK: its attribute "pk" is the one that template "GIG#{id}" fills`)
	check[tagged](t, "tag and template", &dynamo.Options{Partition: "GIG#{id}"},
		`field ID: it is tagged partition, but template "GIG#{id}" makes that key`)
}

func TestNewRefusesWrongOptions(t *testing.T) {
	type row struct {
		ID string `dynamodbav:"id" dynamo:"partition"`
	}
	for want, options := range map[string]dynamo.Options{
		"Options.Concurrency: must be at least 1, got -3":                           {Concurrency: -3},
		"Options.CursorKeys[0]: must have at least 16 bytes, got 3":                 {CursorKeys: [][]byte{[]byte("abc")}},
		"Options.PartitionName: needs a template in Options.Partition":              {PartitionName: "p"},
		"Options.SortName: needs a template in Options.Sort":                        {SortName: "s"},
		"Options.Indexes[0].Name: must not be empty":                                {Indexes: []dynamo.Index{{}}},
		`Options.Indexes[1].Name: "a" is used twice`:                                {Indexes: []dynamo.Index{{Name: "a"}, {Name: "a"}}},
		"Options.Indexes[0].Partition: a local index has the table's partition key": {Indexes: []dynamo.Index{{Name: "a", Local: true, Partition: "X"}}},
	} {
		_, err := dynamo.New[row](client, "rows", &options)
		require.EqualError(t, err, "dynamo: "+want)
	}
	_, err := dynamo.New[int](client, "rows", nil)
	require.EqualError(t, err, "dynamo: New[int]: want a struct")
	_, err = dynamo.New[Embedded](nil, "rows", nil)
	require.EqualError(t, err, "dynamo: New[dynamo_test.Embedded]: client must not be nil")
	_, err = dynamo.New[Embedded](client, "", nil)
	require.EqualError(t, err, "dynamo: New[dynamo_test.Embedded]: table must not be empty")
}

// check tells that New[T] fails with want, its own prefix aside.
func check[T any](t *testing.T, name string, options *dynamo.Options, want string) {
	t.Run(name, func(t *testing.T) {
		_, err := dynamo.New[T](client, "rows", options)
		require.ErrorContains(t, err, "]: "+want)
	})
}

func TestMessagesOfKeys(t *testing.T) {
	_, notes := setup[note](t, nil)
	_, err := notes.Get(t.Context(), dynamo.Key{""})
	require.EqualError(t, err, `dynamo: get things "": invalid key: attribute id: the value is empty`)
	_, err = notes.Get(t.Context(), dynamo.Key{"a", "b"})
	require.EqualError(t, err, "dynamo: get things a/b: invalid key: want 1 value (ID), got 2")
	_, err = notes.Get(t.Context(), dynamo.Key{"a"}, dynamo.Project(""))
	require.ErrorContains(t, err, "projection: ")
	for _, err := range notes.Scan(t.Context(), dynamo.Scan{Segments: -1}) {
		require.EqualError(t, err, "dynamo: scan things: Scan.Segments: must be from 0 to 1000000, got -1")
	}
}

func TestSchema(t *testing.T) {
	type row struct {
		ID    string                  `dynamodbav:"id" dynamo:"partition"`
		Seq   int                     `dynamodbav:"seq" dynamo:"sort"`
		Owner []byte                  `dynamodbav:"owner" dynamo:"by-owner:partition"`
		At    time.Time               `dynamodbav:"at,unixtime" dynamo:"by-owner:sort,by-time:sort"`
		Seen  attributevalue.UnixTime `dynamodbav:"seen" dynamo:"by-owner-seen:sort"`
	}
	rows, err := dynamo.New[row](client, "rows", &dynamo.Options{Indexes: []dynamo.Index{
		{Name: "by-time", Local: true},
		{Name: "by-owner-seen", Partition: "OWNER#{id}"},
	}})
	require.NoError(t, err)
	s := rows.Schema()
	require.Equal(t, "rows", *s.TableName)
	require.Equal(t, "id HASH seq RANGE", keySchema(s.KeySchema))
	attributes := map[string]types.ScalarAttributeType{}
	for _, d := range s.AttributeDefinitions {
		attributes[*d.AttributeName] = d.AttributeType
	}
	require.Equal(t, map[string]types.ScalarAttributeType{
		"id": "S", "seq": "N", "owner": "B", "at": "N", "seen": "N", "by-owner-seenpk": "S",
	}, attributes)
	require.Len(t, s.LocalSecondaryIndexes, 1)
	require.Equal(t, "id HASH at RANGE", keySchema(s.LocalSecondaryIndexes[0].KeySchema))
	require.Len(t, s.GlobalSecondaryIndexes, 2)
	require.Equal(t, "by-owner-seenpk HASH seen RANGE", keySchema(s.GlobalSecondaryIndexes[0].KeySchema))
	require.Equal(t, "owner HASH at RANGE", keySchema(s.GlobalSecondaryIndexes[1].KeySchema))
}

func keySchema(elements []types.KeySchemaElement) string {
	text := ""
	for i, e := range elements {
		if i > 0 {
			text += " "
		}
		text += *e.AttributeName + " " + string(e.KeyType)
	}
	return text
}

// Selfish has no end to its fields.
type Selfish struct {
	ID string `dynamo:"partition"`
	*Selfish
}
