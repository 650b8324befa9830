package queuetest_test

import (
	"crypto/md5" //nolint:gosec // SQS's checksum
	"encoding/hex"
	"errors"
	"sync/atomic"
	"time"
)

func asError(err error, target any) bool { return err != nil && errors.As(err, target) }

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// atomicTime is a clock that is stepped by hand.
type atomicTime struct{ value atomic.Pointer[time.Time] }

func (a *atomicTime) Store(t time.Time) { a.value.Store(&t) }
func (a *atomicTime) Load() time.Time   { return *a.value.Load() }
