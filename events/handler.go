package events

import "context"

// A Handler says which events it takes and what it does with them. It is a
// value for [Router.Handle], made by [Definition.Handler], [Match] or
// [MatchPattern].
type Handler struct {
	source, detailType string // empty: any
	version            int    // 0: any
	pattern            *Pattern
	run                func(ctx context.Context, e *Envelope) error
	optional           bool
}

// Optional returns a copy of h whose failures are logged and do not fail the
// event, so that the event is not delivered again because of h.
func (h Handler) Optional() Handler {
	h.optional = true
	return h
}

// Match returns a handler of the events of source and detailType. An empty
// source or detail type stands for any.
func Match(source, detailType string, fn func(ctx context.Context, e *Envelope) error) Handler {
	if fn == nil {
		panic("events: Match: the function is nil")
	}
	return Handler{source: source, detailType: detailType, run: fn}
}

// MatchPattern returns a handler of the events that match p.
func MatchPattern(p *Pattern, fn func(ctx context.Context, e *Envelope) error) Handler {
	if p == nil || fn == nil {
		panic("events: MatchPattern: the pattern or the function is nil")
	}
	return Handler{pattern: p, run: fn}
}

// takes reports whether h takes e, its pattern aside.
func (h *Handler) takes(e *Envelope) bool {
	return h.takesType(e) && (h.version == 0 || h.version == e.metadata.Version)
}

func (h *Handler) takesType(e *Envelope) bool {
	return (h.source == "" || h.source == e.Source) && (h.detailType == "" || h.detailType == e.DetailType)
}
