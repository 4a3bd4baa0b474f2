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

// Presentable turns what a server, a proxy or a certificate says into one line that is fit for a terminal, a log or
// state: without secrets, without characters that control a terminal or that hide or reverse text (Unicode's control,
// format and separator characters), without invalid UTF-8, and no longer than limit.
//
// It redacts first: cutting or dropping characters could leave a part of a secret that is no longer recognised.
func (s *Secrets) Presentable(text string, limit int) string {
	if len(text) > longestForeign {
		text = text[:longestForeign]
	}
	return cut(oneLine(s.Redact(text)), limit)
}

// PresentableText is Presentable for text with several lines and indentation.
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
		line.WriteRune(r) // Invalid bytes come as utf8.RuneError, which is a character.
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
