package partiql

import (
	"math"
	"strconv"
	"strings"
)

type kind uint8

const (
	end    kind = iota
	word        // a bare name or keyword
	quoted      // a name in double quotes
	text        // a string in single quotes
	digits
	ion // a literal of Amazon Ion in backquotes
	symbol
)

// A token is a part of a statement. Its text has no quotes; start and length
// count characters of the source.
type token struct {
	kind          kind
	text          string
	start, length int
}

// is tells that the token is the keyword or symbol.
func (t token) is(what string) bool {
	return (t.kind == word || t.kind == symbol) && strings.EqualFold(t.text, what)
}

// isName tells that the token can name a table or attribute.
func (t token) isName() bool {
	return t.kind == quoted || t.kind == word && !keywords[strings.ToUpper(t.text)] && !operatorWords[strings.ToUpper(t.text)]
}

// A lexer cuts a statement into tokens.
type lexer struct {
	source []rune
	at     int
	tokens []token
	// broken tells that the statement cannot be cut, and why.
	broken bool
	detail string
}

// lex returns the tokens of the statement.
func lex(source string) ([]token, error) {
	l := &lexer{source: []rune(source)}
	for !l.broken && l.skip() {
		l.next()
	}
	if l.broken {
		return nil, malformed(l.detail)
	}
	return l.tokens, nil
}

func (l *lexer) breaks(detail string) { l.broken, l.detail = true, detail }

// peek returns the character that many places ahead, 0 past the end.
func (l *lexer) peek(ahead int) rune {
	if i := l.at + ahead; i < len(l.source) {
		return l.source[i]
	}
	return 0
}

// skip passes over white space and comments; it tells false at the end.
func (l *lexer) skip() bool {
	for l.at < len(l.source) {
		switch c := l.peek(0); {
		case strings.ContainsRune(" \t\n\r\f", c):
			l.at++
		case c == '-' && l.peek(1) == '-':
			for l.at < len(l.source) && l.peek(0) != '\n' {
				l.at++
			}
		case c == '/' && l.peek(1) == '*':
			rest := string(l.source[l.at+2:])
			stop := strings.Index(rest, "*/")
			if stop < 0 {
				l.breaks("")
				return false
			}
			l.at += len([]rune(rest[:stop])) + 4
		default:
			return true
		}
	}
	return false
}

// emit adds the token of what was read since start.
func (l *lexer) emit(k kind, start int, what string) {
	l.tokens = append(l.tokens, token{k, what, start, l.at - start})
}

// next reads one token.
func (l *lexer) next() {
	start, c := l.at, l.peek(0)
	switch {
	case c == '\'':
		l.quotedText(text, "Unterminated string literal")
	case c == '"':
		l.quotedText(quoted, "Unterminated quoted identifier")
	case c == '`':
		l.ion()
	case isDigit(c) || l.pointStartsNumber():
		l.number()
	case isLetter(c):
		for isLetter(l.peek(0)) || isDigit(l.peek(0)) {
			l.at++
		}
		l.emit(word, start, string(l.source[start:l.at]))
	default:
		l.symbol(c)
	}
}

func (l *lexer) symbol(c rune) {
	start := l.at
	pair := string([]rune{c, l.peek(1)})
	switch {
	case pair == "<>" || pair == "<=" || pair == ">=" || pair == "!=":
		l.at += 2
		l.emit(symbol, start, strings.Replace(pair, "!=", "<>", 1))
	case strings.ContainsRune("{}[](),:*?+-.;=<>", c):
		l.at++
		l.emit(symbol, start, string(c))
	case c == '#' || c > 0x7F:
		l.breaks("")
	default:
		l.breaks("Unexpected character: '" + string(c) + "'")
	}
}

// quotedText reads up to the closing quote; a doubled one stands for itself.
func (l *lexer) quotedText(k kind, unterminated string) {
	start, quote := l.at, l.peek(0)
	var b strings.Builder
	for l.at++; l.at < len(l.source); l.at++ {
		c := l.peek(0)
		if c == quote {
			if l.peek(1) != quote {
				l.at++
				l.emit(k, start, b.String())
				return
			}
			l.at++
		}
		b.WriteRune(c)
	}
	l.breaks(unterminated)
}

func (l *lexer) ion() {
	start := l.at
	for l.at++; l.at < len(l.source); l.at++ {
		if l.peek(0) == '`' {
			l.at++
			l.emit(ion, start, string(l.source[start+1:l.at-1]))
			return
		}
	}
	l.breaks("")
}

// pointStartsNumber tells a number that starts with its point from the point of
// a path.
func (l *lexer) pointStartsNumber() bool {
	if l.peek(0) != '.' || !isDigit(l.peek(1)) {
		return false
	}
	before := l.peek(-min(l.at, 1))
	return l.at == 0 || !isDigit(before) && !isLetter(before) && !strings.ContainsRune(`"])`, before)
}

func (l *lexer) number() {
	start, fraction := l.at, -1
	for ; isDigit(l.peek(0)) || l.peek(0) == '.' && fraction < 0; l.at++ {
		if l.peek(0) == '.' {
			fraction = l.at + 1
		}
	}
	scale := 0
	if fraction >= 0 {
		scale = l.at - fraction
	}
	if c := l.peek(0); (c == 'e' || c == 'E') && !l.exponent(scale) {
		l.breaks("")
		return
	}
	l.emit(digits, start, string(l.source[start:l.at]))
}

// exponent reads an exponent. It tells false when there is none after the
// letter, or one that no number can have.
func (l *lexer) exponent(fraction int) bool {
	first := 1
	if c := l.peek(1); c == '+' || c == '-' {
		first = 2
	}
	if c := l.peek(first); !isDigit(c) {
		return isLetter(c) // of a name that follows
	}
	start := l.at + 1
	l.at += first
	for isDigit(l.peek(0)) {
		l.at++
	}
	exponent, err := strconv.ParseInt(string(l.source[start:l.at]), 10, 32)
	scale := int64(fraction) - exponent
	return err == nil && scale >= math.MinInt32 && scale <= math.MaxInt32
}

func isDigit(c rune) bool  { return '0' <= c && c <= '9' }
func isLetter(c rune) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }
