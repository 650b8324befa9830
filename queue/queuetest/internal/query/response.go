package query

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
)

// writeResult writes the answer of an operation, with its output as XML.
func writeResult(b *bytes.Buffer, space, operation, requestID string, output []byte) error {
	d := json.NewDecoder(bytes.NewReader(output))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil {
		return err
	}
	fmt.Fprintf(b, `<%sResponse xmlns="%s">`, operation, space)
	fmt.Fprintf(b, "<%sResult>", operation)
	writeMembers(b, members)
	fmt.Fprintf(b, "</%sResult>", operation)
	fmt.Fprintf(b, "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>", requestID, operation)
	return nil
}

// writeError writes the answer to a request that failed.
func writeError(b *bytes.Buffer, space, requestID, fault, code, message string) {
	fmt.Fprintf(b, `<ErrorResponse xmlns="%s"><Error><Type>%s</Type><Code>`, space, fault)
	writeText(b, code)
	b.WriteString("</Code><Message>")
	writeText(b, message)
	fmt.Fprintf(b, "</Message></Error><RequestId>%s</RequestId></ErrorResponse>", requestID)
}

func writeMembers(b *bytes.Buffer, members map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		fmt.Fprintf(b, "<%s>", name)
		writeValue(b, name, members[name])
		fmt.Fprintf(b, "</%s>", name)
	}
}

// writeValue writes the content of the member name. The one map of SNS's answers
// is called Attributes everywhere.
func writeValue(b *bytes.Buffer, name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if name != "Attributes" {
			writeMembers(b, v)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			b.WriteString("<entry><key>")
			writeText(b, key)
			b.WriteString("</key><value>")
			writeValue(b, "value", v[key])
			b.WriteString("</value></entry>")
		}
	case []any:
		for _, item := range v {
			b.WriteString("<member>")
			writeValue(b, "member", item)
			b.WriteString("</member>")
		}
	case nil:
	default:
		writeText(b, fmt.Sprint(v))
	}
}

func writeText(b *bytes.Buffer, s string) { _ = xml.EscapeText(b, []byte(s)) } // a buffer takes everything
