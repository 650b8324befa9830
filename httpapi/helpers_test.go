package httpapi_test

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/go-thaw/thaw/httpapi/internal/function"
)

// TestMain keeps what the tests provoke out of their output. Started as a
// function, this program is one.
func TestMain(m *testing.M) {
	if os.Getenv(function.Variable) != "" {
		function.Run()
		return
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// epoch is when the files of the tests were last changed.
var epoch = time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
