package console

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
)

// How often the state is looked at while a page is open, and how long a stream
// may be silent before a comment keeps it alive.
const (
	lookEvery  = 250 * time.Millisecond
	aliveEvery = 15 * time.Second
)

// stream sends the state as server-sent events: at once, and whenever it has
// changed, until the page or the server goes away.
func (c *Console) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	look, alive := time.NewTicker(lookEvery), time.NewTicker(aliveEvery)
	defer look.Stop()
	defer alive.Stop()
	var last []byte
	for {
		if state := c.encode(); !bytes.Equal(state, last) {
			last = state
			if _, err := fmt.Fprintf(w, "data: %s\n\n", state); err != nil {
				return
			}
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-look.C:
		case <-alive.C:
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-c.done:
			return
		}
	}
}
