//go:build unix && !linux

package costs

import (
	"syscall"
	"time"
)

// cpuTime returns the processor time that the process has used. It takes well under
// a microsecond, most of it in the kernel.
func cpuTime() (time.Duration, bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
