// Package sqsdigest computes the MD5 digests with which SQS answers a message:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation.
package sqsdigest

import (
	"crypto/md5" //nolint:gosec // SQS's checksum, not a secret
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// An Attribute is a message attribute. String is its value unless the Type
// begins with "Binary".
type Attribute struct {
	Name, Type, String string
	Binary             []byte
}

// Body returns the digest of a message's body.
func Body(body string) string {
	sum := md5.Sum([]byte(body)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// Attributes returns the digest of attributes, which it sorts by name; it is
// empty when there are none.
func Attributes(attributes []Attribute) string {
	if len(attributes) == 0 {
		return ""
	}
	slices.SortFunc(attributes, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
	var b []byte
	put := func(s string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // far below 4 GiB
		b = append(b, s...)
	}
	for _, a := range attributes {
		put(a.Name)
		put(a.Type)
		if strings.HasPrefix(a.Type, "Binary") {
			b = append(b, 2)
			put(string(a.Binary))
			continue
		}
		b = append(b, 1)
		put(a.String)
	}
	return Body(string(b))
}
