package pattern

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// An address is an IPv4 address in 4 bytes or an IPv6 address in 16.
type address []byte

// maxIPv4 is the length of the longest usual text of an IPv4 address.
const maxIPv4 = len("255.255.255.255")

// parseAddress reads an IP address as EventBridge does, nil when s is none. It
// is not netip.ParseAddr: numbers may start with zeros and are decimal all the
// same, an IPv4 address within IPv6 must be written in hexadecimal, and then is
// the IPv4 address.
func parseAddress(s string) address {
	if strings.IndexByte(s, '.') >= 0 {
		return parseIPv4(s)
	}
	ip, err := netip.ParseAddr(s)
	if err != nil || ip.Zone() != "" {
		return nil
	}
	return ip.Unmap().AsSlice()
}

func parseIPv4(s string) address {
	parts := strings.Split(s, ".")
	if len(s) > maxIPv4 || len(parts) != 4 {
		return nil
	}
	a := make(address, 4)
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n > 255 || part[0] == '+' || part[0] == '-' {
			return nil
		}
		a[i] = byte(n)
	}
	return a
}

// An addressRange matches the addresses from low to high.
type addressRange struct{ low, high address }

// contains compares byte by byte from the left, as EventBridge does, up to the
// shorter of the two. An IPv6 address is therefore in a range of IPv4 when its
// first four bytes are, and an IPv4 address is in a range of IPv6 when they
// already settle it.
func (r addressRange) contains(text string) bool {
	if len(text) == 0 || text[0] > 'f' {
		return false
	}
	a := parseAddress(text)
	if a == nil {
		return false
	}
	n := min(len(a), len(r.low))
	low, high := bytes.Compare(a[:n], r.low[:n]), bytes.Compare(a[:n], r.high[:n])
	tie := len(a) >= len(r.low)
	return (low > 0 || low == 0 && tie) && (high < 0 || high == 0 && tie)
}

// cidr matches strings that are addresses of a network.
type cidr struct{ addressRange }

func newCIDR(s string) (m cidr, problem string) {
	text, mask, ok := strings.Cut(strings.TrimRight(s, "/"), "/")
	if !ok {
		return m, "\"cidr\" takes an address, a slash and a number of bits"
	}
	a := parseAddress(text)
	if a == nil {
		return m, strconv.Quote(text) + " is not an IP address"
	}
	bits, err := strconv.Atoi(mask)
	if err != nil || bits < 0 || bits >= 8*len(a) {
		return m, "the bits of \"cidr\" must be a number from 0 to " + strconv.Itoa(8*len(a)-1)
	}
	low, high := bytes.Clone(a), bytes.Clone(a)
	for i := range a {
		host := byte(0xFF) >> min(max(bits-8*i, 0), 8)
		low[i] &^= host
		high[i] |= host
	}
	return cidr{addressRange{low, high}}, ""
}

func (m cidr) match(v *value) bool { return v.kind == jsonscan.String && m.contains(v.text) }
