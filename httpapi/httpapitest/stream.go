package httpapitest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxPrelude is the largest prelude, in bytes, that is read; a service has a
// limit of its own for headers that is far below.
const maxPrelude = 64 << 10

// roundTripStream sends payload to the function and returns the response as
// soon as its prelude is there.
func (g *Gateway) roundTripStream(ctx context.Context, r *http.Request, payload []byte) *http.Response {
	answered, err := g.stream.Stream(ctx, payload)
	if err != nil {
		return g.failure(r, services[g.source].broken, err)
	}
	response, err := g.streamed(r, answered)
	if err != nil {
		answered.Close() //nolint:errcheck // there is an error already
		return g.failure(r, services[g.source].broken, err)
	}
	return response
}

// streamed reads the prelude of an answer.
func (g *Gateway) streamed(r *http.Request, from io.ReadCloser) (*http.Response, error) {
	buffered := bufio.NewReaderSize(from, maxPrelude)
	prelude, err := readPrelude(buffered)
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(prelude, &a); err != nil {
		return nil, fmt.Errorf("httpapitest: the prelude is malformed: %w", err)
	}
	header := services[g.source].header(&a, r.Method != http.MethodHead)
	response := newResponse(r, a.StatusCode, header, nil, g)
	if response.Body != http.NoBody {
		header.Del("Content-Length")
		response.ContentLength = -1
		response.Body = &streamBody{buffered, from}
	}
	return response, nil
}

// readPrelude reads up to the eight zero bytes behind a prelude.
func readPrelude(from *bufio.Reader) ([]byte, error) {
	var prelude []byte
	end := make([]byte, 8)
	for !bytes.HasSuffix(prelude, end) {
		c, err := from.ReadByte()
		if err != nil || len(prelude) > maxPrelude {
			return nil, errors.Join(errors.New("httpapitest: the prelude has no end"), err)
		}
		prelude = append(prelude, c)
	}
	return bytes.TrimSuffix(prelude, end), nil
}

// A streamBody is the body of a streamed response. An error of the function
// breaks the connection, which a client sees as io.ErrUnexpectedEOF.
type streamBody struct {
	io.Reader
	io.Closer
}

func (b *streamBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // a Reader returns it as it is
		err = fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
	}
	return n, err
}
