package secrets_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/go-thaw/thaw/cache/secrets"
)

const hidden = "hunter2"

// A holder has secrets in all the ways in which a struct can.
type holder struct {
	Field      secrets.Secret[string]
	Pointer    *secrets.Secret[string]
	Slice      []secrets.Secret[string]
	Map        map[string]secrets.Secret[string]
	unexported secrets.Secret[string]
	nested     struct{ deep *secrets.Secret[[]byte] }
}

func newHolder() holder {
	s, b := secrets.New(hidden), secrets.New([]byte(hidden))
	h := holder{Field: s, Pointer: &s, Slice: []secrets.Secret[string]{s}, Map: map[string]secrets.Secret[string]{"k": s}, unexported: s}
	h.nested.deep = &b
	return h
}

// requireHidden fails if the value is in a text, in one of the forms in which fmt
// writes strings and bytes.
func requireHidden(t *testing.T, text, how string) {
	t.Helper()
	for _, form := range []string{hidden, fmt.Sprintf("%d", []byte(hidden)), fmt.Sprintf("%x", hidden), fmt.Sprintf("%X", hidden), fmt.Sprintf("% x", hidden)} {
		require.NotContains(t, text, form, how)
	}
}

func TestNoVerbShowsASecret(t *testing.T) {
	s := secrets.New(hidden)
	for _, verb := range strings.Split("vdsqxXtbcoOUeEfFgGpTw", "") {
		for _, flags := range []string{"", "+", "#", " ", "-20", "020", ".3"} {
			format := "%" + flags + verb
			for _, value := range []any{s, &s, []any{s}, newHolder(), &holder{unexported: s}} {
				requireHidden(t, fmt.Sprintf(format, value), format)
			}
			if !strings.Contains("Tpw", verb) { // fmt does not ask the value about those
				require.Equal(t, "[redacted]", fmt.Sprintf(format, s), format)
			}
		}
	}
	require.Equal(t, "[redacted]", s.String())
	require.Equal(t, "[redacted]", s.GoString())
	requireHidden(t, fmt.Sprint(newHolder())+fmt.Sprintln(s), "Print")
	requireHidden(t, fmt.Errorf("failed with %v: %w", s, errors.New("x")).Error(), "Errorf")
}

func TestNoLoggerShowsASecret(t *testing.T) {
	var out bytes.Buffer
	h := newHolder()
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		logger := slog.New(handler).With("with", h.Field)
		logger.Info("message", "field", h.Field, "pointer", h.Pointer, "slice", h.Slice, "map", h.Map, "all", h, "ptr", &h,
			slog.Group("group", "in", h.Field))
	}
	log.New(&out, "", 0).Println(h.Field, h, &h)
	requireHidden(t, out.String(), "log")
	require.Contains(t, out.String(), `"field":"[redacted]"`)
	require.Contains(t, out.String(), `field=[redacted]`)
}

func TestNoEncoderShowsASecret(t *testing.T) {
	asJSON, err := json.Marshal(newHolder())
	require.NoError(t, err)
	requireHidden(t, string(asJSON), "JSON")
	require.Contains(t, string(asJSON), `"Field":"[redacted]"`)

	type document struct{ Password secrets.Secret[string] }
	asXML, err := xml.Marshal(document{secrets.New(hidden)})
	require.NoError(t, err)
	require.Contains(t, string(asXML), "<Password>[redacted]</Password>")
}

// What an assertion library prints when a test fails ends up in logs too.
func TestNoAssertionShowsASecret(t *testing.T) {
	var out recorder
	assert.Equal(&out, newHolder(), holder{})
	assert.Nil(&out, secrets.New(hidden))
	require.NotEmpty(t, out.text)
	requireHidden(t, out.text, "assert")
}

type recorder struct{ text string }

func (r *recorder) Errorf(format string, args ...any) { r.text += fmt.Sprintf(format, args...) }

func TestReveal(t *testing.T) {
	require.Equal(t, hidden, secrets.New(hidden).Reveal())
	var none secrets.Secret[int]
	require.Zero(t, none.Reveal())
	require.Equal(t, "[redacted]", fmt.Sprint(none))
	calls := 0
	counted := secrets.NewFunc(func() int { calls++; return calls })
	require.Equal(t, 1, counted.Reveal())
	require.Equal(t, 2, counted.Reveal())
}

func TestAFieldOfAConfigurationIsASecret(t *testing.T) {
	var login struct {
		Username string
		Password secrets.Secret[string]
		PIN      secrets.Secret[int]
	}
	require.NoError(t, json.Unmarshal([]byte(`{"username":"app","password":"hunter2","pin":1234}`), &login))
	require.Equal(t, hidden, login.Password.Reveal())
	require.Equal(t, 1234, login.PIN.Reveal())
	requireHidden(t, fmt.Sprintf("%+v", login), "%+v")
}

// The decoder's own errors quote numbers, and what a type's UnmarshalJSON was
// given.
func TestErrorsOfDecodingShowNothing(t *testing.T) {
	var pin secrets.Secret[int8]
	err := json.Unmarshal([]byte("123456"), &pin)
	var decode *secrets.DecodeError
	require.ErrorAs(t, err, &decode)
	require.NotContains(t, err.Error(), "123456")
	require.Equal(t, "int8", decode.Type)

	var at secrets.Secret[time.Time]
	err = json.Unmarshal([]byte(`"hunter2"`), &at)
	require.ErrorAs(t, err, &decode)
	requireHidden(t, err.Error(), "time")
}
