package sqsdigest_test

import (
	"crypto/md5" //nolint:gosec // the digest under test
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/internal/sqsdigest"
)

func TestBody(t *testing.T) {
	require.Equal(t, "900150983cd24fb0d6963f7d28e17f72", sqsdigest.Body("abc"), "RFC 1321")
}

// The bytes are written out by hand from the description of the algorithm.
func TestAttributes(t *testing.T) {
	require.Empty(t, sqsdigest.Attributes(nil))
	sum := md5.Sum([]byte("\x00\x00\x00\x01a" + "\x00\x00\x00\x08Binary.x" + "\x02" + "\x00\x00\x00\x02\x01\x02" + //nolint:gosec // as above
		"\x00\x00\x00\x01b" + "\x00\x00\x00\x06String" + "\x01" + "\x00\x00\x00\x02\xc3\xa9"))
	require.Equal(t, hex.EncodeToString(sum[:]), sqsdigest.Attributes([]sqsdigest.Attribute{
		{Name: "b", Type: "String", String: "é"}, {Name: "a", Type: "Binary.x", Binary: []byte{1, 2}},
	}))
}
