package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/queue/queuetest/internal/filter"
)

// The message of AWS's examples:
// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html.
var attributes = map[string]filter.Attribute{
	"store":     {Type: "String", Value: "example_corp"},
	"price":     {Type: "Number", Value: "210.750"},
	"encrypted": {Type: "String", Value: "false"},
	"interests": {Type: "String.Array", Value: `["soccer", "rugby", 7, true, null]`},
	"source_ip": {Type: "String", Value: "10.0.0.7"},
	"image":     {Type: "Binary", Value: "AQI="},
}

func TestMatchAttributes(t *testing.T) {
	for _, c := range []struct {
		policy string
		want   bool
	}{
		{`{}`, true},
		{`{"store":["example_corp"]}`, true},
		{`{"store":["other","example_corp"]}`, true},
		{`{"store":["Example_corp"]}`, false},
		{`{"store":[{"equals-ignore-case":"EXAMPLE_corp"}]}`, true},
		{`{"store":[{"prefix":"example"}]}`, true},
		{`{"store":[{"suffix":"corp"}]}`, true},
		{`{"store":[{"suffix":"example"}]}`, false},
		{`{"store":[{"anything-but":"example_corp"}]}`, false},
		{`{"store":[{"anything-but":["a","b"]}]}`, true},
		{`{"store":[{"anything-but":{"prefix":"ex"}}]}`, false},
		{`{"store":[{"anything-but":{"suffix":"ex"}}]}`, true},
		{`{"missing":[{"anything-but":"x"}]}`, false},
		{`{"store":[{"exists":true}],"missing":[{"exists":false}]}`, true},
		{`{"store":[{"exists":false}]}`, false},
		{`{"image":[{"exists":true}]}`, true},
		{`{"image":["AQI="]}`, false},
		{`{"price":[210.75]}`, true},
		{`{"price":["210.750"]}`, false},
		{`{"price":[{"numeric":["=",2.1075e2]}]}`, true},
		{`{"price":[{"numeric":[">",100,"<=",210.75]}]}`, true},
		{`{"price":[{"numeric":["<",210.75]}]}`, false},
		{`{"price":[{"numeric":[">=",210.75,"<",300]}]}`, true},
		{`{"store":[{"numeric":["=",1]}]}`, false},
		{`{"encrypted":[false]}`, false},
		{`{"encrypted":["false"]}`, true},
		{`{"interests":["rugby"]}`, true},
		{`{"interests":[7]}`, true},
		{`{"interests":[true]}`, true},
		{`{"interests":[null]}`, true},
		{`{"interests":["football"]}`, false},
		{`{"source_ip":[{"cidr":"10.0.0.0/24"}]}`, true},
		{`{"source_ip":[{"cidr":"10.0.1.0/24"}]}`, false},
		{`{"store":["example_corp"],"price":[1]}`, false},
		{`{"$or":[{"store":["x"]},{"price":[210.75]}]}`, true},
		{`{"$or":[{"store":["x"]},{"price":[1]}]}`, false},
		{`{"encrypted":["true"],"$or":[{"store":["x"]},{"price":[210.75]}]}`, false},
	} {
		p, err := filter.Parse(c.policy, filter.Attributes)
		require.NoError(t, err, c.policy)
		require.Equal(t, c.want, p.MatchAttributes(attributes), c.policy)
	}
}

func TestMatchBody(t *testing.T) {
	const body = `{"store":{"name":"a","tags":["x","y"]},"lines":[{"sku":1},{"sku":2}],"big":12345678901234567890,"none":null}`
	for _, c := range []struct {
		policy, body string
		want         bool
	}{
		{`{"store":{"name":["a"]}}`, body, true},
		{`{"store":{"name":["b"]}}`, body, false},
		{`{"store":{"tags":["y"]}}`, body, true},
		{`{"lines":{"sku":[2]}}`, body, true},
		{`{"lines":{"sku":[3]}}`, body, false},
		{`{"big":[12345678901234567890]}`, body, true},
		{`{"big":[12345678901234567891]}`, body, false},
		{`{"none":[null]}`, body, true},
		{`{"other":{"name":[{"exists":false}]}}`, body, true},
		{`{"store":[{"exists":true}]}`, body, true},
		{`{"store":{"name":["a"]}}`, `not json`, false},
		{`{"store":{"name":["a"]}}`, `["a"]`, false},
		{`{"store":{"name":["a"]}}`, body + " x", false},
	} {
		p, err := filter.Parse(c.policy, filter.Body)
		require.NoError(t, err, c.policy)
		require.Equal(t, c.want, p.MatchBody([]byte(c.body)), c.policy)
	}
}

func TestParseErrors(t *testing.T) {
	for policy, want := range map[string]string{
		``:                              "filter policy is not a JSON object",
		`null`:                          "filter policy is not a JSON object",
		`[]`:                            "filter policy is not a JSON object",
		`{"a":"b"}`:                     `"a" must be an object or an array`,
		`{"a":{"b":["c"]}}`:             `"a" must be an object or an array`,
		`{"a":[]}`:                      `empty arrays are not allowed: "a"`,
		`{"a":[["b"]]}`:                 `"a": match value must be String, number, true, false, or null`,
		`{"a":[{"like":"b"}]}`:          `"a": unrecognized match type like`,
		`{"a":[{"prefix":1}]}`:          `"a": prefix match pattern must be a string`,
		`{"a":[{"prefix":"x","b":1}]}`:  `"a": only one key allowed in match expression`,
		`{"a":[{"exists":"yes"}]}`:      `"a": exists match pattern must be either true or false`,
		`{"a":[{"anything-but":[]}]}`:   `"a": anything-but must be a value or a list of them`,
		`{"a":[{"anything-but":{}}]}`:   `"a": anything-but must be a value or a list of them`,
		`{"a":[{"numeric":["="]}]}`:     `"a": numeric match pattern must be an array of comparisons`,
		`{"a":[{"numeric":["~",1]}]}`:   `"a": unrecognized numeric range operator ~`,
		`{"a":[{"numeric":["=","1"]}]}`: `"a": value of numeric match pattern must be a number`,
		`{"a":[{"cidr":"x"}]}`:          `"a": malformed CIDR`,
		`{"$or":[{"a":["b"]}]}`:         "$or must be an array of at least two objects",
		`{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}`:                      "filter policy can not have more than 5 keys",
		`{"a":[1,2,3,4,5,6,7,8,9,10,11,12,13],"b":[1,2,3,4,5,6,7,8,9,10,11,12]}`: "filter policy is too complex: 156 combinations, at most 150",
	} {
		_, err := filter.Parse(policy, filter.Attributes)
		require.EqualError(t, err, want, policy)
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add(`{"a":[{"numeric":[">",1e99999999]}],"$or":[{"b":{"c":["d"]}},{}]}`, `{"a":1e99999999,"b":[{"c":"d"}]}`)
	f.Fuzz(func(_ *testing.T, policy, body string) {
		for _, scope := range []filter.Scope{filter.Attributes, filter.Body} {
			if p, err := filter.Parse(policy, scope); err == nil {
				p.MatchBody([]byte(body))
				p.MatchAttributes(map[string]filter.Attribute{"a": {Type: "Number", Value: body}, "b": {Type: "String.Array", Value: body}})
			}
		}
	})
}
