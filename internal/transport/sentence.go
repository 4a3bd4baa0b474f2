package transport

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentence makes a sentence of an error's text, which may end with the full stop of a server's message. Names that
// begin it, of an attribute, a host or a product, stay as they are spelt.
func Sentence(text string) string {
	if text == "" {
		return ""
	}
	if strings.HasSuffix(text, "…") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, "!") {
		return capitalized(text)
	}
	return capitalized(Phrase(text)) + "."
}

// Phrase is an error's text for the middle of a sentence: without a full stop of its own.
func Phrase[Text ~string](text Text) string { return strings.TrimRight(string(text), ". \n") }

// capitalized begins with a capital letter if the first word is one, and not a name such as name_regex or
// gitlab.example.com.
func capitalized(text string) string {
	word, _, _ := strings.Cut(text, " ")
	isName := strings.ContainsFunc(strings.TrimRight(word, ",:;.?!…"), func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' })
	first, size := utf8.DecodeRuneInString(text)
	if isName || !unicode.IsLower(first) {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
