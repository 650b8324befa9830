package events

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// newID returns a UUIDv7 for the time at, for the present when at is zero: 48
// bits of milliseconds, then 74 random bits, so that ids sort by time and do not
// meet. See https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7.
func newID(at time.Time) string {
	if at.IsZero() {
		at = time.Now()
	}
	var u [16]byte
	_, _ = rand.Read(u[6:]) // never fails, see crypto/rand.Read
	ms := uint64(at.UnixMilli())
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	u[6] = u[6]&0x0F | 0x70
	u[8] = u[8]&0x3F | 0x80

	var text [36]byte
	hex.Encode(text[0:], u[0:4])
	hex.Encode(text[9:], u[4:6])
	hex.Encode(text[14:], u[6:8])
	hex.Encode(text[19:], u[8:10])
	hex.Encode(text[24:], u[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}
