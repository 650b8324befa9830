package secretstest

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/go-thaw/thaw/internal/awsfake"
)

// A secret has versions, of which labels name some.
type secret struct {
	name     string
	arn      string
	versions []*version
}

type version struct {
	id      string
	text    *string
	binary  []byte
	created time.Time
	stages  []string
}

// PutSecret stores a value as the current version (AWSCURRENT) of a secret, which
// need not exist. The version before becomes AWSPREVIOUS, as after a rotation. It
// returns the identifier of the new version.
func (f *Fake) PutSecret(name, value string) (versionID string) {
	return f.putVersion(name, &version{text: &value})
}

// PutSecretBinary is PutSecret for a binary value.
func (f *Fake) PutSecretBinary(name string, value []byte) (versionID string) {
	return f.putVersion(name, &version{binary: slices.Clone(value)})
}

func (f *Fake) putVersion(name string, v *version) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.secrets[name]
	if s == nil {
		s = &secret{name: name, arn: secretARN(name)}
		f.secrets[name] = s
	}
	f.versions++
	v.id = fmt.Sprintf("00000000-0000-4000-8000-%012d", f.versions)
	v.created = f.now()
	v.stages = []string{"AWSCURRENT"}
	for _, old := range s.versions {
		switch {
		case slices.Contains(old.stages, "AWSCURRENT"):
			old.stages = []string{"AWSPREVIOUS"}
		default:
			old.stages = nil
		}
	}
	s.versions = append(s.versions, v)
	return v.id
}

// DeleteSecret removes a secret and its versions at once.
func (f *Fake) DeleteSecret(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.secrets, name)
}

// secretARN has the hyphen and six characters that Secrets Manager adds.
func secretARN(name string) string {
	h := fnv.New32a()
	h.Write([]byte(name))
	return fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:%s-%06x",
		awsfake.Region, awsfake.Account, name, h.Sum32()&0xFFFFFF)
}

// find returns a secret by its name, its ARN, or the ARN without what was added.
func (f *Fake) find(id string) *secret {
	if s := f.secrets[id]; s != nil {
		return s
	}
	for _, s := range f.secrets {
		if id == s.arn || id == s.arn[:strings.LastIndexByte(s.arn, '-')] {
			return s
		}
	}
	return nil
}

type getSecretValueInput struct {
	SecretID     string `json:"SecretId"`
	VersionID    string `json:"VersionId"`
	VersionStage string
}

func (f *Fake) getSecretValue(in *getSecretValueInput) (any, error) {
	if in.SecretID == "" {
		return nil, &Error{Code: "InvalidParameterException", Message: "You must provide a value for the SecretId parameter.", MessageKey: "Message"}
	}
	s := f.find(in.SecretID)
	if s == nil {
		return nil, noSecret("Secrets Manager can't find the specified secret.")
	}
	i := slices.IndexFunc(s.versions, in.asksFor)
	switch {
	case i >= 0:
		return entry(s, s.versions[i]), nil
	case in.VersionID != "":
		return nil, noSecret("Secrets Manager can't find the specified secret value for VersionId: " + in.VersionID)
	}
	return nil, noSecret("Secrets Manager can't find the specified secret value for staging label: " + in.stage())
}

// stage returns the label that is asked for.
func (in *getSecretValueInput) stage() string {
	if in.VersionStage == "" && in.VersionID == "" {
		return "AWSCURRENT"
	}
	return in.VersionStage
}

func (in *getSecretValueInput) asksFor(v *version) bool {
	stage := in.stage()
	return (in.VersionID == "" || in.VersionID == v.id) && (stage == "" || slices.Contains(v.stages, stage))
}

func noSecret(message string) *Error {
	return &Error{Code: "ResourceNotFoundException", Message: message, MessageKey: "Message"}
}

func entry(s *secret, v *version) map[string]any {
	e := map[string]any{
		"ARN": s.arn, "Name": s.name, "VersionId": v.id, "VersionStages": v.stages, "CreatedDate": seconds(v.created),
	}
	if v.text != nil {
		e["SecretString"] = *v.text
	} else {
		e["SecretBinary"] = v.binary
	}
	return e
}

type batchGetSecretValueInput struct {
	SecretIDList []string `json:"SecretIdList"`
	Filters      []any
	NextToken    string
}

func (f *Fake) batchGetSecretValue(in *batchGetSecretValueInput) (any, error) {
	switch n := len(in.SecretIDList); {
	case len(in.Filters) > 0:
		return nil, &Error{Code: "InvalidParameterException", Message: "the fake has no filters"}
	case n == 0 || n > 20:
		return nil, &Error{Code: "ValidationException", Message: "SecretIdList must have 1 to 20 members"}
	}
	values, failed := []any{}, []any{}
	for _, id := range in.SecretIDList {
		value, err := f.getSecretValue(&getSecretValueInput{SecretID: id})
		if err != nil {
			failed = append(failed, map[string]any{
				"SecretId": id, "ErrorCode": err.(*Error).Code, "Message": err.(*Error).Message, //nolint:errorlint,forcetypeassert // made above
			})
			continue
		}
		values = append(values, value)
	}
	return map[string]any{"SecretValues": values, "Errors": failed}, nil
}
