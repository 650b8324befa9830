package lambdaruntime

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"sync"
)

// A Process is a program that serves a [Server].
type Process struct {
	cmd    *exec.Cmd
	output lockedBuffer
	ended  chan struct{}
	err    error // set before ended is closed
}

// Start starts a program with the environment of Lambda, and env, in the form
// "NAME=value", on top.
func (s *Server) Start(program string, env ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(program), ended: make(chan struct{})} //nolint:noctx // ends with Stop
	p.cmd.Env = append(os.Environ(),
		"AWS_LAMBDA_RUNTIME_API="+s.Addr(), "AWS_LAMBDA_FUNCTION_NAME=test", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128", "AWS_REGION=us-east-1", "_HANDLER=bootstrap",
	)
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("lambdaruntime: start %s: %w", program, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// Stop kills the process and waits for its end.
func (p *Process) Stop() {
	p.cmd.Process.Kill() //nolint:errcheck // it may have ended by itself
	<-p.ended
}

// Ended is closed when the process has ended; Err then tells how.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err returns how the process ended, nil for a success and while it runs.
func (p *Process) Err() error {
	select {
	case <-p.ended:
		return p.err
	default:
		return nil
	}
}

// Output returns what the process has written so far.
func (p *Process) Output() string { return p.output.String() }

// A lockedBuffer can be read while it is written.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
