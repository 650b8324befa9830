package eventstest

import "github.com/go-thaw/thaw/events"

// Published returns the details of the events of d that were accepted for a bus
// that exists, in their order. The error is that of the first detail that does
// not fit d.
func Published[T any](f *Fake, d events.Definition[T]) ([]T, error) {
	var out []T
	for _, e := range f.Events("") {
		if !d.Matches(e) {
			continue
		}
		detail, err := d.Decode(e)
		if err != nil {
			return nil, err
		}
		out = append(out, detail)
	}
	return out, nil
}

// Events returns the events that were accepted for a bus in their order, for
// all buses when bus is empty.
func (f *Fake) Events(bus string) []*events.Envelope {
	f.mu.Lock()
	defer f.mu.Unlock()
	return envelopes(f.accepted, bus)
}

// Lost returns the events that were answered with success and are gone because
// their bus does not exist.
func (f *Fake) Lost() []*events.Envelope {
	f.mu.Lock()
	defer f.mu.Unlock()
	return envelopes(f.lost, "")
}

func envelopes(from []published, bus string) []*events.Envelope {
	var out []*events.Envelope
	for _, p := range from {
		if bus == "" || p.bus == bus {
			out = append(out, p.envelope)
		}
	}
	return out
}
