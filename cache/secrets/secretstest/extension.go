package secretstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-thaw/thaw/cache/secrets"
	"github.com/go-thaw/thaw/internal/awsfake"
)

// agentTarget is a name within the fake: the AppConfig agent is asked by paths.
const agentTarget = "AppConfigAgent."

// PutConfiguration sets what the AppConfig agent answers for a configuration, from
// now on. The Flags of c must be empty; for flags, content is a JSON object.
func (f *Fake) PutConfiguration(c secrets.Configuration, content string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.Flags = ""
	f.configurations[c] = content
}

// extensions answers the paths of both extensions.
func (f *Fake) extensions() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /secretsmanager/get", func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		f.forward(w, r, "secretsmanager.GetSecretValue", map[string]any{
			"SecretId": query.Get("secretId"), "VersionId": query.Get("versionId"), "VersionStage": query.Get("versionStage"),
		})
	})
	mux.HandleFunc("GET /systemsmanager/parameters/get", func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		name := query.Get("name")
		for _, selector := range []string{query.Get("version"), query.Get("label")} {
			if selector != "" {
				name += ":" + selector
			}
		}
		f.forward(w, r, "AmazonSSM.GetParameter", map[string]any{"Name": name, "WithDecryption": query.Get("withDecryption") == "true"})
	})
	mux.HandleFunc("GET /applications/{application}/environments/{environment}/configurations/{profile}", func(w http.ResponseWriter, r *http.Request) {
		f.call(w, r, agentTarget+"GetConfiguration", configurationInput{
			Configuration: secrets.Configuration{Application: r.PathValue("application"), Environment: r.PathValue("environment"), Profile: r.PathValue("profile")},
			Flags:         r.URL.Query()["flag"],
		})
	})
	return mux
}

// forward calls an operation for a function that has shown its token.
func (f *Fake) forward(w http.ResponseWriter, r *http.Request, target string, input any) {
	if r.Header.Get("X-Aws-Parameters-Secrets-Token") == "" {
		http.Error(w, "the header X-Aws-Parameters-Secrets-Token is missing", http.StatusUnauthorized)
		return
	}
	f.call(w, r, target, input)
}

// call calls an operation as a client does, so that faults apply and the call is
// recorded, and passes its answer on. An error of a service becomes a text.
func (f *Fake) call(w http.ResponseWriter, r *http.Request, target string, input any) {
	body, err := json.Marshal(input)
	if err != nil {
		panic(err) // strings and a bool
	}
	request := r.Clone(r.Context())
	request.Method, request.URL = http.MethodPost, &url.URL{Scheme: "http", Host: "fake", Path: "/"}
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	request.Header.Set("X-Amz-Target", target)
	response, err := awsfake.NewTransport(f.server).RoundTrip(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body) // it is in memory
	if response.StatusCode == http.StatusOK {
		_, _ = w.Write(answer)
		return
	}
	var failure struct {
		Type    string `json:"__type"`
		Message string
	}
	_ = json.Unmarshal(answer, &failure) // the fake's own
	status := http.StatusBadRequest
	if target == agentTarget+"GetConfiguration" {
		status = response.StatusCode
	}
	http.Error(w, fmt.Sprintf("the call failed: %s: %s", failure.Type, failure.Message), status)
}

type configurationInput struct {
	secrets.Configuration
	Flags []string
}

// getConfiguration answers a configuration, or of feature flags those that are
// asked for: one as it is, several by their names.
func (f *Fake) getConfiguration(in *configurationInput) (any, error) {
	content, ok := f.configurations[in.Configuration]
	if !ok {
		return nil, &Error{Code: "ResourceNotFoundException", Status: http.StatusNotFound, Message: "there is no such configuration"}
	}
	if len(in.Flags) == 0 {
		return []byte(content), nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(content), &all); err != nil {
		return nil, &Error{Code: "BadRequestException", Message: "the configuration has no feature flags"}
	}
	some := make(map[string]json.RawMessage)
	for _, flag := range in.Flags {
		value, ok := all[flag]
		if !ok {
			return nil, &Error{Code: "BadRequestException", Message: "there is no flag " + strings.TrimSpace(flag)}
		}
		some[flag] = value
	}
	if len(some) == 1 {
		return some[in.Flags[0]], nil
	}
	return some, nil
}
