package cache

import (
	"math/rand/v2"
	"time"

	"github.com/go-thaw/thaw/internal/backoff"
)

// retries says how long a stale entry is served, without another try, after
// loading its replacement failed: about a second at first and half a minute in
// the end. An origin that is down sees that instead of one load per read.
var retries = backoff.Policy{Base: time.Second, Max: 30 * time.Second}

// postpone notes that loading a replacement for n failed. The pause is drawn
// from the upper half of the policy's, so that it is never next to nothing.
func (n *node[K, V]) postpone(now Reading) {
	n.failures++
	n.failed = now
	ceiling := retries.Ceiling(n.failures)
	n.pause = ceiling - rand.N(ceiling/2)
}
