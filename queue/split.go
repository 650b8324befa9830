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
	return walk(data, '{', '}', func(i int) (int, error) {
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
		start := skipSpace(data, colon+1)
		stop, err := skipValue(data, start)
		if err != nil {
			return 0, err
		}
		yield(data[i+1:end-1], data[start:stop])
		return stop, nil
	})
}

// elements calls yield for each element of the JSON array in data. Elements are
// located, not validated.
func elements(data []byte, yield func(value []byte)) error {
	return walk(data, '[', ']', func(i int) (int, error) {
		stop, err := skipValue(data, i)
		if err != nil {
			return 0, err
		}
		yield(data[i:stop])
		return stop, nil
	})
}

// walk steps over the parts of an object or an array; step gets the start of a
// part and returns its end.
func walk(data []byte, first, last byte, step func(int) (int, error)) error {
	i := skipSpace(data, 0)
	if i >= len(data) || data[i] != first {
		return errSyntax
	}
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == last {
		return atEnd(data, i+1)
	}
	for {
		end, err := step(i)
		if err != nil {
			return err
		}
		i = skipSpace(data, end)
		switch {
		case i >= len(data):
			return errSyntax
		case data[i] == last:
			return atEnd(data, i+1)
		case data[i] != ',':
			return errSyntax
		}
		i = skipSpace(data, i+1)
	}
}

func atEnd(data []byte, i int) error {
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
