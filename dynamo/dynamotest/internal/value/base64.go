package value

import (
	"encoding/base64"
	"strings"

	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
)

// decodeBase64 reads the bytes of a binary value.
func decodeBase64(text string) (string, error) {
	if len(text)%4 != 0 {
		return "", refusal.Serialization("Base64 encoded length is expected a multiple of 4 bytes but found: %d", len(text))
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil && !strings.ContainsAny(text, "\r\n") {
		return string(raw), nil
	}
	for i := range len(text) {
		if c := text[i]; !isBase64(c) || c == '=' && i < len(text)-2 {
			return "", refusal.Serialization("Invalid Base64 character: '%s'", string(rune(c)))
		}
	}
	return "", refusal.Serialization("Invalid last non-pad Base64 character dectected")
}

func isBase64(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '='
}
