package lambdaruntime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// An Emulator is AWS's own Runtime API, the Lambda Runtime Interface Emulator,
// with a program that serves it. It takes one invocation at a time.
type Emulator struct {
	cmd    *exec.Cmd
	output lockedBuffer
	url    string
}

// StartEmulator starts the emulator at the path emulator with a program and env,
// in the form "NAME=value", on top of the environment. It returns when
// invocations are taken.
func StartEmulator(ctx context.Context, emulator, program string, env ...string) (*Emulator, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	runtime, err := freeAddress()
	if err != nil {
		return nil, err
	}
	e := &Emulator{url: "http://" + address + "/2015-03-31/functions/function/invocations"}
	e.cmd = exec.Command(emulator, "--runtime-interface-emulator-address", address, "--runtime-api-address", runtime, program) //nolint:noctx // ends with Stop
	e.cmd.Env = append(os.Environ(), env...)
	e.cmd.Stdout, e.cmd.Stderr = &e.output, &e.output
	e.cmd.WaitDelay = time.Second // the function may hold the output open
	if err := e.cmd.Start(); err != nil {
		return nil, fmt.Errorf("lambdaruntime: start %s: %w", emulator, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return e, conn.Close()
		}
		select {
		case <-ctx.Done():
			e.Stop()
			return nil, fmt.Errorf("lambdaruntime: the emulator does not listen: %w\n%s", errors.Join(ctx.Err(), err), e.Output())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Invoke sends a payload and returns what the emulator answers.
func (e *Emulator) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// Output returns what the emulator and the program have written so far.
func (e *Emulator) Output() string { return e.output.String() }

// Stop kills the emulator and waits for its end.
func (e *Emulator) Stop() {
	e.cmd.Process.Kill() //nolint:errcheck // it may have ended by itself
	e.cmd.Wait()         //nolint:errcheck // killed
}

// freeAddress returns an address that nobody listens on.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// Build builds the program in a folder into a file, as it would be deployed. The
// folder may be in another module; env, in the form "NAME=value", may name
// another architecture.
func Build(ctx context.Context, folder, file string, env ...string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-C", folder, "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", file, ".")
	build.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("lambdaruntime: build %s: %w\n%s", folder, err, output)
	}
	return nil
}
