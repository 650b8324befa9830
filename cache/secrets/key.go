package secrets

import (
	"fmt"
	"strconv"
)

// A SecretID says which secret of Secrets Manager, and which version of it.
type SecretID struct {
	// ID is the name or the ARN of the secret.
	ID string
	// VersionID is the unique identifier of a version. The default is the
	// version that VersionStage says.
	VersionID string
	// VersionStage is the label of a version. The default is AWSCURRENT.
	VersionStage string
}

// A Parameter says which parameter of Parameter Store, and which version of it.
type Parameter struct {
	// Name is the name or the ARN of the parameter.
	Name string
	// Version is the number of a version. The default, 0, is the latest one.
	Version int64
	// Label is the label of a version. The default is none. At most one of
	// Version and Label is set.
	Label string
	// Ciphertext asks for the value of a SecureString as it is stored. The
	// default is to decrypt it, which needs the permission kms:Decrypt unless
	// the key is aws/ssm.
	Ciphertext bool
}

// Selected returns the name with its version or label, as Parameter Store takes
// it: /db/password:3. It returns an error if that would be ambiguous.
func (p Parameter) Selected() (string, error) {
	switch {
	case p.Name == "":
		return "", fmt.Errorf("secrets: Parameter.Name must be set")
	case p.Version < 0:
		return "", fmt.Errorf("secrets: Parameter.Version: cannot be negative, got %d", p.Version)
	case p.Version != 0 && p.Label != "":
		return "", fmt.Errorf("secrets: Parameter %s: Version and Label exclude each other", p.Name)
	case p.Version != 0:
		return p.Name + ":" + strconv.FormatInt(p.Version, 10), nil
	case p.Label != "":
		return p.Name + ":" + p.Label, nil
	}
	return p.Name, nil
}

// A ParameterPath says which parameters of Parameter Store: those below a path.
type ParameterPath struct {
	// Path begins with a slash, such as /prod/db.
	Path string
	// Recursive asks for all parameters below Path. The default is those that
	// are right below it.
	Recursive bool
	// Label asks for the versions with that label, and leaves out parameters
	// that have none. The default is the latest versions.
	Label string
	// Ciphertext asks for SecureStrings as they are stored. The default is to
	// decrypt them.
	Ciphertext bool
}

// A Configuration says which configuration of AWS AppConfig. Names or IDs will
// do.
type Configuration struct {
	Application string
	Environment string
	Profile     string
	// Flags are the names of feature flags, separated by commas, if only those
	// are asked for. The default is the whole configuration.
	Flags string
}
