package transport

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is shown of foreign text, in characters.
const (
	// NameLimit is above all names, ids and addresses that GitLab and Infisical have.
	NameLimit = 255
	// MessageLimit is enough for an explanation.
	MessageLimit = 1000
)

// longestForeign is how many bytes of a text are looked at, so that no server decides how long that takes.
const longestForeign = 16 << 10

// Presentable makes one line fit for a terminal, a log or state out of what a server, a proxy or a certificate says: without
// secrets, without characters that a terminal obeys or that hide or turn around what is read (Unicode's control, format and
// separator characters), without bytes that are no characters, and no longer than limit.
//
// Secrets are taken out first: a cut or a dropped character could leave a part of one that is not known any more.
func (s *Secrets) Presentable(text string, limit int) string {
	if len(text) > longestForeign {
		text = text[:longestForeign]
	}
	return cut(oneLine(s.Redact(text)), limit)
}

// PresentableText is Presentable for what may have several lines and indentation.
func (s *Secrets) PresentableText(text string, limit int) string {
	if len(text) > longestForeign {
		text = text[:longestForeign]
	}
	return cut(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r', unicode.Is(unicode.Cf, r):
			return -1
		case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp):
			return ' '
		}
		return r
	}, s.Redact(text)), limit)
}

// oneLine joins the words of a text by single spaces.
func oneLine(text string) string {
	if isPlain(text) && !strings.Contains(text, "  ") {
		return strings.Trim(text, " ")
	}
	var line strings.Builder
	line.Grow(len(text))
	space := false
	for _, r := range text {
		switch {
		case r > ' ' && r < '\x7f':
		case unicode.IsSpace(r), unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp):
			space = line.Len() > 0
			continue
		case unicode.Is(unicode.Cf, r):
			continue
		}
		if space {
			line.WriteByte(' ')
			space = false
		}
		line.WriteRune(r) // Bytes that are no character come as utf8.RuneError, which is one.
	}
	return line.String()
}

func cut(text string, limit int) string {
	if len(text) <= limit || utf8.RuneCountInString(text) <= limit {
		return text
	}
	runes := 0
	for i := range text {
		if runes == limit {
			return text[:i] + "…"
		}
		runes++
	}
	return text
}
