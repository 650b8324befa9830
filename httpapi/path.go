package httpapi

import (
	"net/url"
	"strings"
)

// setPath sets the path of u. What the sources send differs:
//
//   - a REST API, a load balancer, VPC Lattice and a function URL leave it
//     percent-encoded;
//   - an HTTP API decodes it, and puts the stage in front.
//
// A function URL and an HTTP API with payload format 2.0 look the same but for
// requestContext.http.path, which is decoded with both: when it equals rawPath,
// rawPath is decoded too.
func setPath(u *url.URL, e *event, o *Options) error {
	path, decoded := e.path, e.source == SourceHTTP1
	switch e.source {
	case SourceHTTP2:
		path, decoded = e.rawPath, e.rawPath == e.context.path
	case SourceFunctionURL:
		path = e.rawPath
	case SourceLattice1:
		path, _, _ = strings.Cut(e.rawPath, "?")
	case SourceLattice2:
		path, _, _ = strings.Cut(e.path, "?")
	}
	if !o.KeepStage && e.hasStage() {
		path = trimSegments(path, "/"+e.context.stage)
	}
	if o.BasePath != "" {
		path = trimSegments(path, o.BasePath)
	}
	switch {
	case path != "*" && !strings.HasPrefix(path, "/"), !decoded && hasControl(path):
		return requestError("malformed path")
	case decoded, plainPath(path):
		u.Path = path
		return nil
	}
	return setEncodedPath(u, path)
}

// hasStage tells whether the path may begin with the stage. An HTTP API puts it
// there; with payload format 1.0 it shows in the two paths being the same. A
// REST API never does.
func (e *event) hasStage() bool {
	stage := e.context.stage
	if stage == "" || stage == "$default" {
		return false
	}
	return e.source == SourceHTTP2 || e.source == SourceHTTP1 && e.path == e.context.path
}

// setEncodedPath sets the path of u from its percent-encoded form, as
// net/url does for the request line.
func setEncodedPath(u *url.URL, raw string) error {
	path, err := url.PathUnescape(raw)
	if err != nil {
		return requestError("malformed percent-encoding in the path")
	}
	u.Path = path
	if u.EscapedPath() != raw {
		u.RawPath = raw
	}
	return nil
}

// trimSegments removes prefix from the front of path when it ends where a
// segment ends.
func trimSegments(path, prefix string) string {
	rest, ok := strings.CutPrefix(path, prefix)
	switch {
	case !ok || rest != "" && rest[0] != '/':
		return path
	case rest == "":
		return "/"
	}
	return rest
}

// hasControl tells whether s has a control character, which no request line
// can have. In a path that was decoded it is the client's %00.
func hasControl(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return true
		}
	}
	return false
}
