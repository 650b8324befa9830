package costs

import "bytes"

// lineKind is what a line of a log may be, by a look at its beginning.
type lineKind uint8

const (
	otherLine   lineKind = iota
	startLine            // START RequestId: …
	reportLine           // REPORT RequestId: …
	eventLine            // {"type":"platform.…"}, a start or a report
	timeoutLine          // … Task timed out after …
)

const (
	startMarker   = "START RequestId: "
	timeoutMarker = " Task timed out after "
	eventMarker   = `"platform.`
)

// maxPrefixWords is how many words stand before a record at most: the stream and
// the time. A timeout begins with a time of its own.
const maxPrefixWords = 2

// classify tells what a line may be. Lambda's records stand at the beginning of
// a line or after a prefix whose words begin with a digit, so that most output
// of a function is told apart by its first byte; a log is mostly such output.
func classify(line []byte) lineKind {
	rest := trimSpace(line)
	for words := 0; len(rest) > 0; words++ {
		switch c := rest[0]; {
		case c == 'S' && bytes.HasPrefix(rest, []byte(startMarker)):
			return startLine
		case c == 'R' && bytes.HasPrefix(rest, []byte(reportMarker)):
			return reportLine
		case c == '{':
			return classifyEvent(rest)
		case words == 0 && (c < '0' || c > '9'):
			return otherLine
		}
		if words == maxPrefixWords {
			break
		}
		rest = trimSpace(skipWord(rest))
	}
	if bytes.Contains(line, []byte(timeoutMarker)) {
		return timeoutLine
	}
	return otherLine
}

// classifyEvent looks for the two types of event that matter. The first mention
// of a type is the type in what Lambda writes; if it is another one the rest is
// searched, since the order of members means nothing.
func classifyEvent(object []byte) lineKind {
	i := bytes.Index(object, []byte(eventMarker))
	if i < 0 {
		return otherLine
	}
	mention := object[i+len(eventMarker):]
	if bytes.HasPrefix(mention, []byte(`start"`)) || bytes.HasPrefix(mention, []byte(`report"`)) ||
		bytes.Contains(mention, []byte(`"platform.start"`)) || bytes.Contains(mention, []byte(`"platform.report"`)) {
		return eventLine
	}
	return otherLine
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func trimSpace(s []byte) []byte {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

func skipWord(s []byte) []byte {
	for len(s) > 0 && !isSpace(s[0]) {
		s = s[1:]
	}
	return s
}
