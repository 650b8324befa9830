package dynamotest

import (
	"crypto/sha256"
	"fmt"
	"sync/atomic"
)

// idSource makes identifiers that look like DynamoDB's and are the same in
// every run.
type idSource struct{ n atomic.Uint64 }

// uuid returns the next identifier in the form of a UUID.
func (s *idSource) uuid() string {
	h := sha256.Sum256(fmt.Appendf(nil, "dynamotest %d", s.n.Add(1)))
	h[6] = h[6]&0x0F | 0x40 // version 4
	h[8] = h[8]&0x3F | 0x80 // variant 1
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
