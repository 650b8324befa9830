//go:build logs

package service

import (
	"log/slog"
	"net/http"
)

func log(r *http.Request) { slog.Info("request", "path", r.URL.Path) }
