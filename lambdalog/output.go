package lambdalog

import (
	"io"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// newOutput returns the handler that the function's logging configuration asks
// for. Lambda sets the level only together with the format JSON.
func newOutput(w io.Writer, getenv func(string) string) slog.Handler {
	o := &slog.HandlerOptions{Level: levelOf(getenv("AWS_LAMBDA_LOG_LEVEL")), ReplaceAttr: lambdacontext.ReplaceAttr}
	if strings.EqualFold(getenv("AWS_LAMBDA_LOG_FORMAT"), "JSON") {
		return slog.NewJSONHandler(w, o)
	}
	return slog.NewTextHandler(w, o)
}

// levelOf returns the level that Lambda names: one of its six, of which slog has
// four. TRACE and FATAL are as far beyond the others as those are apart.
func levelOf(name string) slog.Level {
	switch strings.ToUpper(name) {
	case "TRACE":
		return slog.LevelDebug - 4
	case "DEBUG":
		return slog.LevelDebug
	case "WARN":
		return slog.LevelWarn
	case "ERROR":
		return slog.LevelError
	case "FATAL":
		return slog.LevelError + 4
	}
	return slog.LevelInfo
}

// startsCold reports whether the first invocation had to wait for INIT. See
// AWS_LAMBDA_INITIALIZATION_TYPE in
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html.
func startsCold(getenv func(string) string) bool {
	switch getenv("AWS_LAMBDA_INITIALIZATION_TYPE") {
	case "provisioned-concurrency", "lambda-managed-instances":
		return false
	}
	return true
}
