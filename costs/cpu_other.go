//go:build !unix

package costs

import "time"

// cpuTime has nothing to ask.
func cpuTime() (time.Duration, bool) { return 0, false }
