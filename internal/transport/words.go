package transport

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words are what a server, a proxy or a certificate says, fit for a terminal, a log or a message in state. They are
// made where text is about to be shown, by Secrets.Words alone, and are never sent, compared with what a user wrote, or
// kept as what an object is: that is Data. Constants and other Words can be added to them.
type Words string

// Limits of what is shown of foreign text, in characters.
const (
	// NameLimit is above all names, ids and addresses that GitLab and Infisical have.
	NameLimit = 255
	// MessageLimit is enough for an explanation.
	MessageLimit = 1000
)

const (
	// longestForeign is how many bytes of a text are looked at, so that no server decides how long that takes.
	longestForeign = 16 << 10
	// longestLines is the same for a text of ours that holds several of a server's.
	longestLines = 64 << 10
)

// Words turns what a server, a proxy or a certificate says into one line: without secrets, without characters that
// control a terminal or that hide or reverse text (Unicode's control, format and separator characters), without invalid
// UTF-8, and no longer than limit.
//
// It redacts first: cutting or dropping characters could leave a part of a secret that is no longer recognized. What
// looks like a credential may come to light only when characters were dropped.
func (s *Secrets) Words(text string, limit int) Words {
	if len(text) > longestForeign {
		text = text[:longestForeign]
	}
	return Words(cut(hideShapes(oneLine(s.Redact(text))), limit))
}

// Lines is Words for a text of ours with several lines, such as a diagnostic, that may hold data of a server: it leaves
// line breaks, tabs and spaces.
func (s *Secrets) Lines(text string) string {
	tail := ""
	if len(text) > longestLines {
		text, tail = text[:longestLines], "…"
	}
	return hideShapes(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r', unicode.Is(unicode.Cf, r):
			return -1
		case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp):
			return ' '
		}
		return r
	}, s.Redact(text))) + tail
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
