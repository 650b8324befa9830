package ratelimit

import (
	"net/http"
	"net/netip"
	"strings"
)

// ByAddress is a key function for [Limiter.Middleware]: the address of the peer,
// as the server saw it. IPv6 addresses share a bucket with their /64, which one
// customer has to himself. Package httpapi sets the address to the one that API
// Gateway or the function URL saw; behind a load balancer or a CDN it is that
// proxy's, and [ByForwardedFor] is for them.
func ByAddress(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return network(r.RemoteAddr)
	}
	return network(peer.Addr().String())
}

// ByForwardedFor returns a key function that takes the client's address from
// X-Forwarded-For, behind the given number of proxies that each append the
// address they saw: 1 for a load balancer, 2 for a CDN in front of one. It
// counts from the right, since whatever stands further left came from the client
// and can be forged. A request with fewer addresses did not come through all the
// proxies; its key is that of [ByAddress]. It panics when proxies is below 1.
func ByForwardedFor(proxies int) func(*http.Request) string {
	if proxies < 1 {
		panic("ratelimit: ByForwardedFor: there must be at least one proxy")
	}
	return func(r *http.Request) string {
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if len(all) < proxies {
			return ByAddress(r)
		}
		key := network(strings.TrimSpace(all[len(all)-proxies]))
		if key == "" {
			return ByAddress(r)
		}
		return key
	}
}

// network returns the address, of IPv6 its /64. What is no address stays as it
// is.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
