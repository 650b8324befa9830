package httpapi

import (
	"context"
	"log"
	"log/slog"
	"strconv"
	"strings"
)

// A Logger is what [Options].Logger needs of a *slog.Logger. It must be safe for
// concurrent use.
type Logger interface {
	LogAttrs(ctx context.Context, level slog.Level, message string, attributes ...slog.Attr)
}

// standardLog is the logger of an adapter that was given none. It writes to
// package log, in the form that slog.Default() has until a program sets another.
// It is not slog.Default(), nor is Logger a *slog.Logger, because either links
// the handlers of log/slog into every function: more than half as much as all of
// this package.
type standardLog struct{}

func (standardLog) LogAttrs(_ context.Context, level slog.Level, message string, attributes ...slog.Attr) {
	line := append(append([]byte(level.String()), ' '), message...)
	for _, a := range attributes {
		line = append(append(append(line, ' '), a.Key...), '=')
		if text := a.Value.String(); text == "" || strings.ContainsAny(text, " \t\r\n\"=") {
			line = strconv.AppendQuote(line, text)
		} else {
			line = append(line, text...)
		}
	}
	log.Print(string(line))
}
