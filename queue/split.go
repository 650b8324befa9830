package queue

import (
	"bytes"
	"errors"
)

// The payload is split before it is decoded: the records' bytes are found by
// matching brackets, and each record is decoded on its own when its turn comes.
// A record with a wrong type inside then fails alone, and a batch of 6 MB is
// never held twice. encoding/json cannot do it: []json.RawMessage copies every
// record and stops at the first error.

var errSyntax = errors.New("malformed JSON")

// members calls yield for each member of the JSON object in data, with the key
// as it is written between its quotes. Values are located, not validated.
func members(data []byte, yield func(key, value []byte)) error {
	end, err := membersAt(data, skipSpace(data, 0), yield)
	return atEnd(data, end, err)
}

// membersAt is members for the object that starts at i; it returns its end.
func membersAt(data []byte, i int, yield func(key, value []byte)) (end int, err error) {
	return fields(data, i, func(key []byte, start int) (int, error) {
		stop, err := skipValue(data, start)
		if err == nil {
			yield(key, data[start:stop])
		}
		return stop, err
	})
}

// fields walks the object that starts at i and returns its end: step gets a key
// and the start of its value, and returns the end of that.
func fields(data []byte, i int, step func(key []byte, i int) (end int, err error)) (end int, err error) {
	return walk(data, i, '{', '}', func(i int) (int, error) {
		if i >= len(data) || data[i] != '"' {
			return 0, errSyntax
		}
		end, err := skipString(data, i)
		if err != nil {
			return 0, err
		}
		colon := skipSpace(data, end)
		if colon >= len(data) || data[colon] != ':' {
			return 0, errSyntax
		}
		return step(data[i+1:end-1], skipSpace(data, colon+1))
	})
}

// walk steps over the parts of the object or the array at i and returns its end;
// step gets the start of a part and returns its end.
func walk(data []byte, i int, first, last byte, step func(int) (int, error)) (end int, err error) {
	if i >= len(data) || data[i] != first {
		return 0, errSyntax
	}
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == last {
		return i + 1, nil
	}
	for {
		end, err := step(i)
		if err != nil {
			return 0, err
		}
		i = skipSpace(data, end)
		switch {
		case i >= len(data):
			return 0, errSyntax
		case data[i] == last:
			return i + 1, nil
		case data[i] != ',':
			return 0, errSyntax
		}
		i = skipSpace(data, i+1)
	}
}

// atEnd checks that only space follows what ends at i.
func atEnd(data []byte, i int, err error) error {
	if err != nil {
		return err
	}
	if skipSpace(data, i) != len(data) {
		return errSyntax
	}
	return nil
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the end of the value that starts at i.
func skipValue(data []byte, i int) (int, error) {
	if i >= len(data) {
		return 0, errSyntax
	}
	switch data[i] {
	case '"':
		return skipString(data, i)
	case '{', '[':
		return skipNested(data, i)
	}
	end := i
	for end < len(data) && bytes.IndexByte([]byte(",]}: \n\t\r"), data[end]) < 0 {
		end++
	}
	if end == i {
		return 0, errSyntax
	}
	return end, nil
}

// skipNested returns the end of the object or array that starts at i. It only
// counts brackets: a record with the wrong ones inside is found when it is
// decoded.
func skipNested(data []byte, i int) (int, error) {
	for depth := 0; i < len(data); {
		switch data[i] {
		case '"':
			end, err := skipString(data, i)
			if err != nil {
				return 0, err
			}
			i = end
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, nil
			}
		}
		i++
	}
	return 0, errSyntax
}

// skipString returns the end of the string whose opening quote is at i.
func skipString(data []byte, i int) (int, error) {
	for i++; i < len(data); {
		quote := bytes.IndexByte(data[i:], '"')
		if quote < 0 {
			break
		}
		escapes := 0
		for escapes < quote && data[i+quote-1-escapes] == '\\' {
			escapes++
		}
		i += quote + 1
		if escapes%2 == 0 {
			return i, nil
		}
	}
	return 0, errSyntax
}
