package secrets

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/cache"
)

// An Extension loads from the AWS Lambda extensions that listen on localhost:
// the AWS Parameters and Secrets Lambda Extension
// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html)
// and the AWS AppConfig Agent Lambda extension
// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions.html).
// Its methods are for Load of [cache.Options].
//
// The extensions have caches of their own, which keep a value for 5 minutes and
// cannot be told to drop one, so that a rotation shows late, whatever [Do] does.
// As there is a cache here, switch theirs off: PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED=false.
// The AppConfig agent polls, every 45 seconds by default.
//
// While the environment is initialised, the Parameters and Secrets extension may
// not serve yet. Load in the first invocation, not before.
type Extension struct {
	client     *http.Client
	parameters string // addresses
	appConfig  string
	token      func() string
}

// ExtensionOptions configure an [Extension]. The zero value of every field means
// its default.
type ExtensionOptions struct {
	// Client sends the requests. The default is one that uses no proxy and opens
	// a connection for each request: on localhost that costs little, and none
	// is found dead after a freeze.
	Client *http.Client
	// ParametersPort is the port of the Parameters and Secrets extension. The
	// default is PARAMETERS_SECRETS_EXTENSION_HTTP_PORT, or else 2773.
	ParametersPort int
	// AppConfigPort is the port of the AppConfig extension. The default is
	// AWS_APPCONFIG_EXTENSION_HTTP_PORT, or else 2772.
	AppConfigPort int
	// Token returns what the Parameters and Secrets extension recognises its
	// function by. The default is the environment variable AWS_SESSION_TOKEN.
	Token func() string
}

// NewExtension returns loaders from the extensions. Nil options mean the defaults.
func NewExtension(options *ExtensionOptions) *Extension {
	var o ExtensionOptions
	if options != nil {
		o = *options
	}
	if o.Client == nil {
		o.Client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	}
	if o.Token == nil {
		o.Token = func() string { return os.Getenv("AWS_SESSION_TOKEN") }
	}
	return &Extension{
		client:     o.Client,
		parameters: address(o.ParametersPort, "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "2773"),
		appConfig:  address(o.AppConfigPort, "AWS_APPCONFIG_EXTENSION_HTTP_PORT", "2772"),
		token:      o.Token,
	}
}

func address(port int, variable, byDefault string) string {
	if port != 0 {
		return "http://localhost:" + strconv.Itoa(port)
	}
	return "http://localhost:" + cmp.Or(os.Getenv(variable), byDefault)
}

// The paths of the Parameters and Secrets extension.
const (
	secretsPath    = "/secretsmanager/get"
	parametersPath = "/systemsmanager/parameters/get"
)

// LoadSecret loads a secret. A binary one is a string of its bytes.
func (e *Extension) LoadSecret(ctx context.Context, key SecretID) (Secret[string], error) {
	query := url.Values{"secretId": {key.ID}}
	setUnlessEmpty(query, "versionId", key.VersionID)
	setUnlessEmpty(query, "versionStage", key.VersionStage)
	var answer struct {
		SecretString *string
		SecretBinary []byte
	}
	if err := e.getJSON(ctx, secretsPath, query, &answer); err != nil {
		return Secret[string]{}, err
	}
	switch {
	case answer.SecretString != nil:
		return New(*answer.SecretString), nil
	case answer.SecretBinary != nil:
		return New(string(answer.SecretBinary)), nil
	}
	return Secret[string]{}, unexpected(secretsPath)
}

// LoadParameter loads a parameter.
func (e *Extension) LoadParameter(ctx context.Context, key Parameter) (Secret[string], error) {
	if _, err := key.Selected(); err != nil {
		return Secret[string]{}, err
	}
	query := url.Values{"name": {key.Name}, "withDecryption": {strconv.FormatBool(!key.Ciphertext)}}
	if key.Version != 0 {
		query.Set("version", strconv.FormatInt(key.Version, 10))
	}
	setUnlessEmpty(query, "label", key.Label)
	var answer struct {
		Parameter struct{ Value *string }
	}
	if err := e.getJSON(ctx, parametersPath, query, &answer); err != nil {
		return Secret[string]{}, err
	}
	if answer.Parameter.Value == nil {
		return Secret[string]{}, unexpected(parametersPath)
	}
	return New(*answer.Parameter.Value), nil
}

// LoadConfiguration loads a configuration of AppConfig.
func (e *Extension) LoadConfiguration(ctx context.Context, key Configuration) (Secret[string], error) {
	for _, name := range []string{key.Application, key.Environment, key.Profile} {
		if name == "" {
			return Secret[string]{}, fmt.Errorf("secrets: Configuration: Application, Environment and Profile must be set")
		}
	}
	path := "/applications/" + url.PathEscape(key.Application) +
		"/environments/" + url.PathEscape(key.Environment) +
		"/configurations/" + url.PathEscape(key.Profile)
	query := url.Values{}
	for flag := range strings.SplitSeq(key.Flags, ",") {
		if flag = strings.TrimSpace(flag); flag != "" {
			query.Add("flag", flag)
		}
	}
	body, err := e.get(ctx, e.appConfig, path, query, "")
	if err != nil {
		return Secret[string]{}, err
	}
	return New(string(body)), nil
}

func setUnlessEmpty(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

func (e *Extension) getJSON(ctx context.Context, path string, query url.Values, answer any) error {
	body, err := e.get(ctx, e.parameters, path, query, e.token())
	if err != nil {
		return err
	}
	if json.Unmarshal(body, answer) != nil { // its error may quote the value
		return unexpected(path)
	}
	return nil
}

// unexpected says that an answer has no value where it should be. An empty secret
// in its place would be cached.
func unexpected(path string) error {
	return &ExtensionError{Path: path, Status: http.StatusOK, Message: "the answer is not the expected JSON"}
}

// maxAnswer bounds what is read. A secret has 64 KB, a configuration 2 MB.
const maxAnswer = 8 << 20

func (e *Extension) get(ctx context.Context, address, path string, query url.Values, token string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		r.Header.Set("X-Aws-Parameters-Secrets-Token", token)
	}
	response, err := e.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("secrets: is the extension's layer part of the function? %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, refused(path, response.StatusCode, body)
	}
	return body, nil
}

// An ExtensionError is an answer of an extension that is not a value.
type ExtensionError struct {
	// Path is the path of the request.
	Path string
	// Status is the HTTP status. 400 may mean that the extension does not serve
	// yet, or that its call of the service failed.
	Status int
	// Message is the beginning of the answer.
	Message string
}

func (e *ExtensionError) Error() string {
	return fmt.Sprintf("secrets: extension: GET %s: status %d: %s", e.Path, e.Status, e.Message)
}

// notFound are the codes by which the services say so, which the extension passes
// on in its text.
var notFound = []string{"ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound"}

func refused(path string, status int, body []byte) error {
	const most = 500
	err := &ExtensionError{Path: path, Status: status, Message: strings.TrimSpace(string(body[:min(len(body), most)]))}
	missing := status == http.StatusNotFound
	for _, code := range notFound {
		missing = missing || strings.Contains(err.Message, code)
	}
	if missing {
		return fmt.Errorf("%w: %w", cache.ErrNotFound, err)
	}
	return err
}
