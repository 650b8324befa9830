package lambdaruntime

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
)

// A failedBody stands for an error instead of an answer.
type failedBody struct{ err *FunctionError }

func (b *failedBody) Read([]byte) (int, error) { return 0, b.err }
func (b *failedBody) Close() error             { return nil }

// A streamBody is an answer that arrives. Its end tells the process that it was
// taken.
type streamBody struct {
	request *http.Request
	once    sync.Once
	done    chan struct{}
}

// Read reads the answer. At its end the trailer may say that the function broke
// it off.
func (b *streamBody) Read(p []byte) (int, error) {
	n, err := b.request.Body.Read(p)
	if errors.Is(err, io.EOF) {
		if failed := trailerError(b.request.Trailer); failed != nil {
			err = failed
		}
	}
	if err != nil {
		b.once.Do(func() { close(b.done) })
	}
	return n, err
}

// Close stops reading.
func (b *streamBody) Close() error {
	b.once.Do(func() { close(b.done) })
	return nil
}

// trailerError returns the error in a trailer, nil without one.
func trailerError(t http.Header) error {
	kind := t.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		return nil
	}
	failed := &FunctionError{Type: kind}
	body, err := base64.StdEncoding.DecodeString(t.Get("Lambda-Runtime-Function-Error-Body"))
	if err == nil {
		err = json.Unmarshal(body, failed)
	}
	return errors.Join(failed, err)
}
