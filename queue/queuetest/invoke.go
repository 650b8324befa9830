package queuetest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// errExited is the error of an invocation whose handler ended its goroutine.
var errExited = errors.New("queuetest: the handler exited its goroutine")

// invoke calls the handler with a batch and deletes what it may.
func (m *Mapping) invoke(ctx context.Context, b *gathered) Invocation {
	v := Invocation{Payload: b.payload()}
	v.Response, v.Err = m.call(ctx, v.Payload)
	m.settle(b, &v)
	if m.options.OnInvoke != nil {
		m.hook.Lock()
		defer m.hook.Unlock()
		m.options.OnInvoke(v)
	}
	return v
}

// call runs the handler until it returns or its time is over. Lambda ends the
// process then; here the handler's goroutine just goes on unheard. When ctx ends
// the handler still has its time to return.
func (m *Mapping) call(ctx context.Context, payload []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, m.options.Timeout)
	defer cancel()
	timeout := time.NewTimer(m.options.Timeout)
	defer timeout.Stop()
	type answer struct {
		response []byte
		err      error
	}
	answers := make(chan answer, 1)
	go func() {
		a := answer{err: errExited}
		defer func() {
			if p := recover(); p != nil {
				a = answer{err: fmt.Errorf("queuetest: the handler panicked: %v\n%s", p, debug.Stack())}
			}
			answers <- a
		}()
		a.response, a.err = m.handler.Invoke(ctx, payload)
	}()
	select {
	case a := <-answers:
		return a.response, a.err
	case <-timeout.C:
		return nil, context.DeadlineExceeded
	}
}

// settle deletes the messages that v's response does not keep.
func (m *Mapping) settle(b *gathered, v *Invocation) {
	kept := m.keep(b, v.Response, v.Err)
	m.fake.mu.Lock()
	defer m.fake.mu.Unlock()
	m.scale.done(m.options.IgnoreFailures && v.Err != nil)
	q := m.fake.queues[m.queue]
	for _, r := range b.messages {
		if kept[r.id] {
			v.Returned = append(v.Returned, r.id)
			continue
		}
		v.Deleted = append(v.Deleted, r.id)
		if q != nil {
			_ = m.fake.delete(q, r.handle) // a receipt that has run out: the message is delivered again
		}
	}
}
