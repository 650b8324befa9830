package httpapi

import (
	"strconv"
	"strings"

	"github.com/go-thaw/thaw/internal/jsonscan"
)

// An event is what one pass over a payload found, for all sources together.
// Which of them sent it is known only at the end, because members of a JSON
// object come in any order. Its strings are parts of payload.
type event struct {
	_ [0]func() // not comparable, which saves the code of the comparison

	payload string
	source  Source

	version  string
	method   string // httpMethod
	lattice  string // method, as VPC Lattice calls it
	path     string // path
	rawPath  string // rawPath, raw_path
	rawQuery string
	resource string
	routeKey string
	body     string
	base64   bool

	authorizing bool // methodArn or routeArn is there

	headers, multiHeaders span
	deferred              bool // headers were not read
	query, multiQuery     span
	cookies               span

	pathParameters, stageVariables string // JSON

	context eventContext
}

// An eventContext is the requestContext of a payload.
type eventContext struct {
	_ [0]func() // as above

	present    bool
	elb        bool
	websocket  bool
	lattice    bool
	http       bool // requestContext.http is there
	method     string
	path       string
	sourceIP   string
	stage      string
	requestID  string
	domain     string
	account    string
	api        string
	epoch      int64  // of the time, in the unit of the source
	authorizer string // JSON
	identity   string // JSON
}

// A pair is one name and one value. The name of a header may have been changed.
type pair struct {
	key, value string
	changed    bool
}

// A span is a part of a decoder's pairs. It is set when the payload had the
// member, even an empty one.
type span struct {
	from, to int
	set      bool
}

// A decoder scans one payload into an event. Its pairs and names (of headers,
// and the query) are scratch space that the next payload uses again.
type decoder struct {
	scan  jsonscan.Scanner
	pairs []pair
	names []byte
	later jsonscan.Scanner // at headers that may not be needed
}

// decode scans payload into e and finds out its source.
func (d *decoder) decode(payload string, e *event) error {
	e.payload = payload
	d.scan.Reset(payload)
	d.pairs = d.pairs[:0]
	if d.scan.Kind() == jsonscan.Object {
		d.event(e)
	} else {
		d.scan.Skip()
	}
	err := d.scan.End()
	if err == nil && e.deferred && e.multiHeaders.from == e.multiHeaders.to {
		d.scan = d.later
		e.headers = d.members()
		err = d.scan.Err()
	}
	if err != nil {
		return &PayloadError{Reason: ErrMalformedPayload, Err: err}
	}
	return e.detect()
}

// headers reads the headers, or only remembers where they are: where there is a
// httpMethod before them, a multiValueHeaders with the same most likely follows.
func (d *decoder) headers(e *event) {
	if e.deferred = e.method != ""; e.deferred {
		d.later = d.scan
		d.scan.Skip()
		return
	}
	e.headers = d.members()
}

// event reads the members of the payload.
func (d *decoder) event(e *event) {
	s := &d.scan
	for s.Object(); s.Member(); {
		switch s.Key() {
		case "version":
			e.version = text(s)
		case "httpMethod":
			e.method = text(s)
		case "method":
			e.lattice = anyText(s)
		case "path":
			e.path = text(s)
		case "rawPath", "raw_path":
			e.rawPath = text(s)
		case "rawQueryString":
			e.rawQuery = text(s)
		case "resource":
			e.resource = anyText(s)
		case "routeKey":
			e.routeKey = text(s)
		case "headers":
			d.headers(e)
		case "multiValueHeaders":
			e.multiHeaders = d.members()
		case "queryStringParameters", "query_string_parameters":
			e.query = d.members()
		case "multiValueQueryStringParameters":
			e.multiQuery = d.members()
		case "cookies":
			e.cookies = d.values()
		case "methodArn", "routeArn":
			e.authorizing = s.Skip() != "null"
		case "pathParameters":
			e.pathParameters = s.Skip()
		case "stageVariables":
			e.stageVariables = s.Skip()
		case "requestContext":
			e.context = eventContext{}
			readContext(s, &e.context)
		case "body":
			e.body = text(s)
		case "isBase64Encoded", "is_base64_encoded":
			e.base64 = boolean(s)
		default:
			s.Skip()
		}
	}
}

// readContext reads the requestContext.
func readContext(s *jsonscan.Scanner, c *eventContext) {
	if s.Kind() != jsonscan.Object {
		s.Skip()
		return
	}
	c.present = true
	for s.Object(); s.Member(); {
		switch s.Key() {
		case "elb":
			c.elb = s.Skip() != "null"
		case "connectionId":
			c.websocket = s.Skip() != "null"
		case "serviceNetworkArn", "serviceArn":
			c.lattice = s.Skip() != "null"
		case "http":
			httpContext(s, c)
		case "identity":
			identityContext(s, c)
		case "authorizer":
			c.authorizer = s.Skip()
		case "path":
			c.path = text(s)
		case "stage":
			c.stage = text(s)
		case "requestId":
			c.requestID = text(s)
		case "domainName":
			c.domain = text(s)
		case "accountId":
			c.account = text(s)
		case "apiId":
			c.api = text(s)
		case "timeEpoch", "requestTimeEpoch":
			c.epoch = integer(s)
		default:
			s.Skip()
		}
	}
}

// httpContext reads requestContext.http of payload format 2.0.
func httpContext(s *jsonscan.Scanner, c *eventContext) {
	if s.Kind() != jsonscan.Object {
		s.Skip()
		return
	}
	c.http = true
	for s.Object(); s.Member(); {
		switch s.Key() {
		case "method":
			c.method = text(s)
		case "path":
			c.path = text(s)
		case "sourceIp":
			c.sourceIP = text(s)
		default:
			s.Skip()
		}
	}
}

// identityContext reads requestContext.identity of a REST API. Its text is kept
// for the authorizer.
func identityContext(s *jsonscan.Scanner, c *eventContext) {
	if s.Kind() != jsonscan.Object {
		c.identity = s.Skip()
		return
	}
	start := s.Offset()
	for s.Object(); s.Member(); {
		if s.Key() == "sourceIp" {
			c.sourceIP = anyText(s)
		} else {
			s.Skip()
		}
	}
	c.identity = s.Since(start)
}

// members reads an object of strings, or of lists of strings, as pairs.
func (d *decoder) members() span {
	s := &d.scan
	from := len(d.pairs)
	if s.Null() {
		return span{}
	}
	for s.Object(); s.Member(); {
		key := s.Key()
		if s.Kind() != jsonscan.Array {
			d.pairs = append(d.pairs, pair{key: key, value: text(s)})
			continue
		}
		for s.Array(); s.Element(); {
			d.pairs = append(d.pairs, pair{key: key, value: text(s)})
		}
	}
	return span{from, len(d.pairs), true}
}

// values reads a list of strings as pairs without keys.
func (d *decoder) values() span {
	s := &d.scan
	from := len(d.pairs)
	if s.Null() {
		return span{}
	}
	for s.Array(); s.Element(); {
		d.pairs = append(d.pairs, pair{value: text(s)})
	}
	return span{from, len(d.pairs), true}
}

// of returns the pairs of p.
func (d *decoder) of(p span) []pair { return d.pairs[p.from:p.to] }

// text reads a string; null is the empty one.
func text(s *jsonscan.Scanner) string {
	if s.Null() {
		return ""
	}
	return s.String()
}

// anyText reads a string and takes every other value for the empty one. It is
// for members that other services use for something else.
func anyText(s *jsonscan.Scanner) string {
	if s.Kind() == jsonscan.String {
		return s.String()
	}
	s.Skip()
	return ""
}

// boolean reads true or false; null is false.
func boolean(s *jsonscan.Scanner) bool {
	if s.Null() {
		return false
	}
	return s.Bool()
}

// integer reads a whole number, also one written as a string, and takes every
// other value for 0.
func integer(s *jsonscan.Scanner) int64 {
	raw := s.Skip()
	n, err := strconv.ParseInt(strings.Trim(raw, `"`), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
