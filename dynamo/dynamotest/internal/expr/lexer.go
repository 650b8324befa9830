package expr

import (
	"strings"
	"unicode/utf8"
)

// A kind is the kind of a token.
type kind uint8

const (
	end     kind = iota // past the last token
	bad                 // a character that starts no token
	word                // an attribute or function name
	alias               // #name
	param               // :value
	digits              // a list index
	symbol              // punctuation and comparators
	keyword             // AND OR NOT BETWEEN IN
)

// A token is a part of the expression from start to stop. Its text is that of
// the source, keywords in upper case.
type token struct {
	kind        kind
	text        string
	start, stop int
}

// lex splits source into tokens and ends the list with one of kind end.
func lex(source string) []token {
	tokens := make([]token, 0, 16)
	for i := 0; ; {
		for i < len(source) && isSpace(source[i]) {
			i++
		}
		if i == len(source) {
			return append(tokens, token{kind: end, start: i, stop: i})
		}
		t := next(source, i, len(tokens) > 0 && tokens[len(tokens)-1].text == "[")
		tokens = append(tokens, t)
		i = t.stop
	}
}

// next reads the token at i. Only a bracket makes digits a token.
func next(source string, i int, bracket bool) token {
	c := source[i]
	switch {
	case c == '#' || c == ':':
		return prefixed(source, i)
	case isLetter(c) && c != '_': // a name that starts with _ needs a placeholder
		return name(source, i)
	case bracket && isDigit(c):
		stop := i + 1
		for c != '0' && stop < len(source) && isDigit(source[stop]) {
			stop++
		}
		return token{digits, source[i:stop], i, stop}
	case strings.IndexByte("=+-()[].,", c) >= 0:
		return token{symbol, source[i : i+1], i, i + 1}
	case c == '<' || c == '>':
		stop := i + 1
		if stop < len(source) && (source[stop] == '=' || c == '<' && source[stop] == '>') {
			stop++
		}
		return token{symbol, source[i:stop], i, stop}
	}
	_, n := utf8.DecodeRuneInString(source[i:])
	return token{bad, source[i : i+n], i, i + n}
}

// prefixed reads #name or :value.
func prefixed(source string, i int) token {
	stop := i + 1
	for stop < len(source) && isNamePart(source[stop]) {
		stop++
	}
	t := token{alias, source[i:stop], i, stop}
	switch {
	case stop == i+1:
		t.kind = bad
	case source[i] == ':':
		t.kind = param
	}
	return t
}

func name(source string, i int) token {
	stop := i + 1
	for stop < len(source) && isNamePart(source[stop]) {
		stop++
	}
	t := token{word, source[i:stop], i, stop}
	switch upper := strings.ToUpper(t.text); upper {
	case "AND", "OR", "NOT", "BETWEEN", "IN":
		t.kind, t.text = keyword, upper
	}
	return t
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'
}
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isLetter(c byte) bool   { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }
func isNamePart(c byte) bool { return isLetter(c) || isDigit(c) }

// syntaxError words the complaint about tokens[i]: the token itself, and the
// source from the token before it to the one after it.
func syntaxError(source string, tokens []token, i int) error {
	t := tokens[i]
	if t.kind == end {
		near := source
		if i > 0 {
			near = source[tokens[i-1].start:tokens[i-1].stop]
		}
		return complain("Syntax error; token: \"<EOF>\", near: \"%s\"", near)
	}
	from, to := t.start, t.stop
	if i > 0 {
		from = tokens[i-1].start
	}
	if tokens[i+1].kind != end {
		to = tokens[i+1].stop
	}
	return complain("Syntax error; token: \"%s\", near: \"%s\"", source[t.start:t.stop], source[from:to])
}

// upper returns a word in upper case.
func upper(t token) string {
	if t.kind != word {
		return ""
	}
	return strings.ToUpper(t.text)
}
