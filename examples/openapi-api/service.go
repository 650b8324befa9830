package main

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"os"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/klauspost/compress/gzhttp"
	"github.com/rs/cors"

	"github.com/go-thaw/thaw/httpapi"
)

//go:embed openapi.json
var openAPI []byte

// newHandler returns the API with its middleware. Pages of the origins may call
// it from a browser.
func newHandler(origins []string) http.Handler {
	mux := http.NewServeMux()
	register(newAPI(mux))
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json")
		w.Write(openAPI) //nolint:errcheck // the client is gone; there is nobody to tell
	})
	return httpapi.RequestID(httpapi.AccessLog(nil)(crossOrigin(origins, compress(mux))))
}

// newAPI returns an API that serves its operations and nothing else: huma would
// make the document in the function, and add a link to it to every answer.
func newAPI(mux *http.ServeMux) huma.API {
	config := huma.DefaultConfig("Parcels", "1.0.0")
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil
	return humago.New(mux, config)
}

// crossOrigin answers the questions that browsers ask before they call.
func crossOrigin(origins []string, next http.Handler) http.Handler {
	return cors.New(cors.Options{
		// AllowedOrigins would take an empty list for all origins.
		AllowOriginFunc: func(origin string) bool { return slices.Contains(origins, origin) },
		AllowedMethods:  []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:  []string{"Content-Type"},
		MaxAge:          600,
	}).Handler(next)
}

// compress compresses answers of a kilobyte and more for clients that take gzip.
// The adapter sends them in base64, because they are not text any more.
func compress(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.EnableZstd(false))
	if err != nil {
		panic("openapi-api: " + err.Error()) // the options are constants
	}
	return wrap(next)
}

// document returns the OpenAPI document of the operations.
func document() ([]byte, error) {
	api := newAPI(http.NewServeMux())
	register(api)
	text, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
	return append(text, '\n'), err
}

func writeDocument(path string) error {
	text, err := document()
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
