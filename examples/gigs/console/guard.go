package console

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// Guard answers only requests whose Host header is localhost, an IP address or
// one of names, so that no web page reaches the server by pointing a domain of its
// own at it (DNS rebinding): such a page has a name and no address.
func Guard(next http.Handler, names ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
		if host != "localhost" && net.ParseIP(host) == nil && !slices.Contains(names, host) {
			http.Error(w, "the Host header "+r.Host+" is not that of this server", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
