package httpapi

import (
	"encoding/json"
	"strings"
)

// An AuthorizerKind is the way in which a source found out who is calling.
type AuthorizerKind string

// The kinds.
const (
	// AuthorizerNone means that the source did not look.
	AuthorizerNone AuthorizerKind = ""
	// AuthorizerJWT is a token that the source has verified: the JWT authorizer
	// of an HTTP API, the Cognito user pool of a REST API.
	AuthorizerJWT AuthorizerKind = "jwt"
	// AuthorizerLambda is a function of yours.
	AuthorizerLambda AuthorizerKind = "lambda"
	// AuthorizerIAM is a request with an AWS signature.
	AuthorizerIAM AuthorizerKind = "iam"
)

// An Authorizer is what the source found out about the caller, in one form for
// all sources. The identity that a load balancer passes on in x-amzn-oidc-
// headers is not part of it: those are headers, and their signature must be
// verified first.
type Authorizer struct {
	// Kind is how the caller was recognised.
	Kind AuthorizerKind
	// Subject is who is calling: the claim "sub", the principalId that a Lambda
	// authorizer of a REST API returned, the ARN of the IAM identity. It is
	// empty when there is none, as with a Lambda authorizer of an HTTP API.
	Subject string
	// Claims are those of the token. A claim that is not a string is here as
	// JSON; an HTTP API writes lists as "[a b]".
	Claims map[string]string
	// Scopes are those of the token.
	Scopes []string
	// Context is what the Lambda authorizer returned as its context.
	Context map[string]any
	// IAM is the identity that signed the request, nil with other kinds.
	IAM *IAMIdentity
}

// An IAMIdentity is the AWS identity that signed a request. Fields that the
// source does not tell are empty.
type IAMIdentity struct {
	// ARN is the identity itself.
	ARN string
	// AccountID is the account of the identity.
	AccountID string
	// AccessKey is the id of the access key.
	AccessKey string
	// UserID is the unique id of the identity.
	UserID string
	// OrganizationID is the organization of the account.
	OrganizationID string
	// CognitoIdentityID and CognitoIdentityPoolID are those of the Cognito
	// identity pool that gave out the credentials.
	CognitoIdentityID, CognitoIdentityPoolID string
}

// Authorizer returns what the source found out about the caller. It is never
// nil; without an authorizer its Kind is [AuthorizerNone]. Each call decodes it
// anew.
func (r *Request) Authorizer() *Authorizer {
	a := &Authorizer{}
	if r.event == nil {
		return a
	}
	c := &r.event.context
	if members := object(c.authorizer); members != nil {
		a.read(members)
	}
	if a.Kind == AuthorizerNone {
		a.readIdentity(object(c.identity))
	}
	return a
}

// read reads requestContext.authorizer. An HTTP API and a function URL say what
// kind it is; a REST API, and payload format 1.0, have claims or else the
// members of the Lambda authorizer's context beside each other.
func (a *Authorizer) read(members map[string]json.RawMessage) {
	if jwt := object(string(members["jwt"])); jwt != nil {
		a.readJWT(jwt)
		return
	}
	if iam := object(string(members["iam"])); iam != nil {
		a.readIAM(iam)
		return
	}
	if context, ok := members["lambda"]; ok && len(members) == 1 {
		a.Kind = AuthorizerLambda
		json.Unmarshal(context, &a.Context) //nolint:errcheck // null has no members
		return
	}
	if claims, ok := members["claims"]; ok {
		// Payload format 1.0 has null claims where there is no authorizer.
		if object(string(claims)) != nil {
			a.readJWT(members)
		}
		return
	}
	if len(members) > 0 {
		a.readLambda(members)
	}
}

// readJWT reads claims and scopes.
func (a *Authorizer) readJWT(members map[string]json.RawMessage) {
	a.Kind = AuthorizerJWT
	a.Claims = make(map[string]string)
	for name, value := range object(string(members["claims"])) {
		a.Claims[name] = textOf(value)
	}
	a.Subject = a.Claims["sub"]
	json.Unmarshal(members["scopes"], &a.Scopes) //nolint:errcheck // null, or not there
	if len(a.Scopes) == 0 {
		a.Scopes = strings.Fields(a.Claims["scope"])
	}
}

// readLambda reads the context of a Lambda authorizer of a REST API.
func (a *Authorizer) readLambda(members map[string]json.RawMessage) {
	a.Kind = AuthorizerLambda
	a.Context = make(map[string]any)
	for name, raw := range members {
		switch name {
		case "principalId":
			a.Subject = textOf(raw)
		case "integrationLatency":
			// API Gateway adds it; it is not the authorizer's.
		default:
			var value any
			if json.Unmarshal(raw, &value) == nil {
				a.Context[name] = value
			}
		}
	}
}

// readIAM reads the identity in the form of an HTTP API and a function URL.
func (a *Authorizer) readIAM(members map[string]json.RawMessage) {
	cognito := object(string(members["cognitoIdentity"]))
	a.setIAM(&IAMIdentity{
		ARN: textOf(members["userArn"]), AccountID: textOf(members["accountId"]),
		AccessKey: textOf(members["accessKey"]), UserID: textOf(members["userId"]),
		OrganizationID:    textOf(members["principalOrgId"]),
		CognitoIdentityID: textOf(cognito["identityId"]), CognitoIdentityPoolID: textOf(cognito["identityPoolId"]),
	})
}

// readIdentity reads requestContext.identity, which a REST API always sends and
// fills for a signed request, and VPC Lattice for one as well.
func (a *Authorizer) readIdentity(members map[string]json.RawMessage) {
	identity := IAMIdentity{
		ARN: textOf(members["userArn"]), AccountID: textOf(members["accountId"]),
		AccessKey: textOf(members["accessKey"]), UserID: textOf(members["user"]),
		CognitoIdentityID:     textOf(members["cognitoIdentityId"]),
		CognitoIdentityPoolID: textOf(members["cognitoIdentityPoolId"]),
	}
	if principal := textOf(members["principal"]); identity.ARN == "" && principal != "" {
		identity = IAMIdentity{ARN: principal, OrganizationID: textOf(members["principalOrgID"])}
	}
	if identity.ARN != "" {
		a.setIAM(&identity)
	}
}

func (a *Authorizer) setIAM(identity *IAMIdentity) {
	a.Kind, a.Subject, a.IAM = AuthorizerIAM, identity.ARN, identity
}

// object decodes the members of a JSON object; it is nil for anything else.
func object(text string) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if text == "" || json.Unmarshal([]byte(text), &members) != nil {
		return nil
	}
	return members
}

// textOf returns a JSON string's text, nothing for null, and the JSON of any
// other value.
func textOf(raw json.RawMessage) string {
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
