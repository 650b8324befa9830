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

// classifyEvent looks for the two types of event that matter. They stand where
// Lambda writes them, after the time; or else anywhere, since the order of members
// means nothing.
func classifyEvent(object []byte) lineKind {
	if kind := writtenType(object); kind != nil {
		if bytes.HasPrefix(kind, []byte(startEventType+`"`)) || bytes.HasPrefix(kind, []byte(reportEventType+`"`)) {
			return eventLine
		}
		return otherLine
	}
	i := bytes.Index(object, []byte(eventMarker))
	if i >= 0 && (bytes.Contains(object[i:], []byte(`"`+startEventType+`"`)) || bytes.Contains(object[i:], []byte(`"`+reportEventType+`"`))) {
		return eventLine
	}
	return otherLine
}

// writtenType returns what follows the quote of the type of an event, if the event
// begins as Lambda writes it: {"time":"…","type":"…
func writtenType(object []byte) []byte {
	after, ok := bytes.CutPrefix(object, []byte(`{"time":"`))
	if !ok {
		return nil
	}
	end := bytes.IndexByte(after[:min(len(after), len("2006-01-02T15:04:05.999999999-07:00")+1)], '"')
	if end < 0 {
		return nil
	}
	kind, ok := bytes.CutPrefix(after[end:], []byte(`","type":"`))
	if !ok {
		return nil
	}
	return kind
}

// writtenStart returns the id of a platform.start whose beginning is as Lambda
// writes it, without decoding the rest: there is nothing to know in it.
func writtenStart(line []byte) (id []byte, ok bool) {
	rest, ok := bytes.CutPrefix(writtenType(line), []byte(startEventType+`","record":{"requestId":"`))
	if !ok || !bytes.HasSuffix(bytes.TrimRight(rest, " \t\r\n"), []byte("}}")) {
		return nil, false
	}
	n := 0
	for n < len(rest) && idByte[rest[n]] {
		n++
	}
	return rest[:n], n > 0 && n <= maxRequestID && rest[n] == '"'
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
