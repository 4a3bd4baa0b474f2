package transport

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const (
	// pieceLength is how many characters of a secret are too many to show. A server may cut what it repeats, or put
	// something in the middle, so pieces are looked for, not the whole.
	pieceLength = 12
	// minSecret is the length from which a secret is looked for anywhere, in any case and encoding. A shorter one would
	// be found in ordinary text.
	minSecret = 8
	// minWord is the length from which a shorter secret is looked for exactly, as a word of its own, unless it is an
	// ordinary one.
	minWord = 4
	// hidden replaces a secret.
	hidden = "(hidden)"
)

// Secrets remembers the secrets that were sent and received, and takes them out of what servers say. They are few: the
// tokens, codes and client secrets of one run. The zero value is ready, nil knows no secret, and both are safe for
// concurrent use.
type Secrets struct {
	mu    sync.RWMutex
	known map[string]struct{}
	// news are secrets that were not studied yet: that costs more than remembering them, and only errors need it.
	news []string

	// pieces are all stretches of pieceLength of all secrets in all encodings, folded, and whether each is made of
	// ordinary words.
	pieces map[piece]bool
	// begins is a set of bits for how pieces begin, which avoids most look-ups in pieces.
	begins [1 << 10]uint64
	// wholes are secrets to look for as a whole, folded.
	wholes [][]byte
	words  []string
}

type piece [pieceLength]byte

// Remember adds secrets that are sent, or were received.
func (s *Secrets) Remember(secrets ...string) {
	for _, secret := range secrets {
		secret = strings.TrimSpace(secret)
		if len(secret) >= minWord && !s.knows(secret) {
			s.learn(secret)
		}
	}
}

func (s *Secrets) knows(secret string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, known := s.known[secret]
	return known
}

func (s *Secrets) learn(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known, s.pieces = map[string]struct{}{}, map[piece]bool{}
	}
	if _, known := s.known[secret]; !known {
		s.known[secret] = struct{}{}
		s.news = append(s.news, secret)
	}
}

// Redact replaces every secret in text: as it is, without regard to case, percent-encoded, escaped as in JSON, in
// base64, with white space or invisible characters in between, and every piece of one that is longer than eleven
// characters. What has the form of a credential is replaced whether it is known or not.
func (s *Secrets) Redact(text string) string {
	known, shapes := s.knownIn(text), shapesIn(text)
	if known == nil && len(shapes) == 0 {
		return text
	}
	covered := known
	if covered == nil {
		covered = make(cover, len(text))
	}
	for _, shape := range shapes { // Together: what is known may be the beginning of what is not.
		covered.add(shape[0], shape[1])
	}
	return covered.apply(text)
}

// knownIn covers the secrets that are remembered. It may be nil when there are none.
func (s *Secrets) knownIn(text string) cover {
	if s == nil || !s.study() {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if isPlain(text) && !s.isIn(text) {
		return nil
	}
	covered := make(cover, len(text))
	seen := fold(plain(text))
	s.findIn(seen, covered)
	for range 3 { // As deep as quoting and encoding nest in practice.
		decoded, changed := unescape(seen)
		if !changed {
			break
		}
		seen = fold(decoded)
		s.findIn(seen, covered)
	}
	for _, word := range s.words {
		coverWord(text, word, covered)
	}
	return covered
}

// isPlain reports that there is nothing to unescape, fold or leave out but upper case and spaces, as in almost all that
// honest servers say.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '%' || c == '\\' {
			return false
		}
	}
	return true
}

// isIn reports whether a plain text holds a secret. It costs a fraction of finding out where.
func (s *Secrets) isIn(text string) bool {
	var buffer [NameLimit]byte
	folded := buffer[:0]
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
		case 'A' <= c && c <= 'Z':
			folded = append(folded, c+'a'-'A')
		default:
			folded = append(folded, c)
		}
	}
	for i := 0; i+pieceLength <= len(folded); i++ {
		if ordinary, found := s.pieceAt(folded[i:]); found && !ordinary {
			return true
		}
	}
	for _, whole := range s.wholes {
		if bytes.Contains(folded, whole) {
			return true
		}
	}
	return slices.ContainsFunc(s.words, func(word string) bool { return strings.Contains(text, word) })
}

// study prepares what to look for, and reports whether there is anything to look for.
func (s *Secrets) study() bool {
	s.mu.RLock()
	known, news := len(s.known), len(s.news)
	s.mu.RUnlock()
	if news == 0 {
		return known > 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.news {
		s.studySecret(secret)
	}
	s.news = nil
	return true
}

func (s *Secrets) studySecret(secret string) {
	if visible := squeeze(secret); len(visible) < minSecret {
		if len(visible) == len(secret) && !isOrdinary(visible) {
			s.words = append(s.words, secret)
		}
		return
	}
	s.studyForm(secret)
	s.studyForm(strings.ReplaceAll(secret, " ", "+")) // As in a query.
	for _, encoded := range inBase64(secret) {
		s.studyForm(encoded)
	}
}

func (s *Secrets) studyForm(form string) {
	original := squeeze(form)
	folded := fold(plain(form)).text
	whole := len(folded) < pieceLength
	for i := 0; i+pieceLength <= len(folded); i++ {
		ordinary := len(original) == len(folded) && isOrdinary(original[i:i+pieceLength])
		whole = whole || ordinary
		if known, found := s.pieces[piece(folded[i:])]; !found || known {
			s.pieces[piece(folded[i:])] = ordinary
		}
		bucket := bucketOf(folded[i:])
		s.begins[bucket/64] |= 1 << (bucket % 64)
	}
	if whole {
		s.wholes = append(s.wholes, folded)
	}
}

// isOrdinary tells words from random characters.
func isOrdinary(text []byte) bool {
	for _, c := range text {
		if (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// inBase64 returns how a secret looks inside a longer text in base64: it may begin at any of three places of a group,
// and shares its first and last character with its neighbors.
func inBase64(secret string) []string {
	var forms []string
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			encoded := encoding.EncodeToString(append(make([]byte, before), secret...))
			first := (before*8 + 5) / 6
			last := (before + len(secret)) * 8 / 6
			if form := encoded[first:last]; len(form) >= minSecret {
				forms = append(forms, form)
			}
		}
	}
	return forms
}

// findIn covers stretches made of pieces. It leaves ordinary words: "my-gitlab-to" of a password made of words must not
// be removed from everything that is said about a token.
func (s *Secrets) findIn(seen view, covered cover) {
	for i := 0; i+pieceLength <= len(seen.text); i++ {
		begin, telling := i, false
		for ; i+pieceLength <= len(seen.text); i++ {
			ordinary, found := s.pieceAt(seen.text[i:])
			if !found {
				break
			}
			telling = telling || !ordinary
		}
		if telling {
			covered.add(seen.from[begin], seen.to[i-1+pieceLength-1])
		}
	}
	for _, whole := range s.wholes {
		for at := 0; ; {
			found := bytes.Index(seen.text[at:], whole)
			if found < 0 {
				break
			}
			at += found
			covered.add(seen.from[at], seen.to[at+len(whole)-1])
			at++
		}
	}
}

// pieceAt reports whether a text, which is long enough, begins with a piece, and whether that is made of ordinary
// words.
func (s *Secrets) pieceAt(text []byte) (ordinary, found bool) {
	if bucket := bucketOf(text); s.begins[bucket/64]&(1<<(bucket%64)) == 0 {
		return false, false
	}
	ordinary, found = s.pieces[piece(text)]
	return ordinary, found
}

// bucketOf spreads what texts begin with over the bits of begins.
func bucketOf(text []byte) uint32 { return binary.LittleEndian.Uint32(text) * 2654435761 >> 16 }

func coverWord(text, word string, covered cover) {
	for at := 0; ; {
		found := strings.Index(text[at:], word)
		if found < 0 {
			return
		}
		at += found
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(word):])
		if !isWordRune(before) && !isWordRune(after) {
			covered.add(at, at+len(word))
		}
		at++
	}
}

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// cover marks the bytes of a text that belong to a secret.
type cover []bool

func (c cover) add(from, to int) {
	for i := from; i < to; i++ {
		c[i] = true
	}
}

func (c cover) apply(text string) string {
	var result strings.Builder
	kept := 0
	for i := 0; i < len(c); i++ {
		if !c[i] {
			continue
		}
		result.WriteString(text[kept:i])
		result.WriteString(hidden)
		for i < len(c) && c[i] {
			i++
		}
		kept = i
	}
	if kept == 0 {
		return text
	}
	result.WriteString(text[kept:])
	return result.String()
}

// view is a text as it is compared, of which each byte knows the bytes of the original that it stands for.
type view struct {
	text     []byte
	from, to []int
}

func (v *view) add(text string, from, to int) {
	for i := range len(text) {
		v.text, v.from, v.to = append(v.text, text[i]), append(v.from, from), append(v.to, to)
	}
}

func newView(capacity int) view {
	return view{text: make([]byte, 0, capacity), from: make([]int, 0, capacity), to: make([]int, 0, capacity)}
}

func plain(text string) view {
	v := newView(len(text))
	for i := range len(text) {
		v.add(text[i:i+1], i, i+1)
	}
	return v
}

// fold lower-cases text, and drops what cannot be seen.
func fold(v view) view {
	folded := newView(len(v.text))
	for i := 0; i < len(v.text); {
		if v.text[i] == '\x1b' {
			i += max(1, len(controlSequence.Find(v.text[i:])))
			continue
		}
		r, size := utf8.DecodeRune(v.text[i:])
		if !isUnseen(r) {
			folded.add(string(unicode.ToLower(r)), v.from[i], v.to[i+size-1])
		}
		i += size
	}
	return folded
}

// controlSequence is what changes the color of a text or moves about in it, ECMA-48 5.4.
var controlSequence = regexp.MustCompile("^\x1b\\[[0-?]*[ -/]*[@-~]")

// squeeze is fold without the lower case.
func squeeze(text string) []byte {
	return []byte(strings.Map(func(r rune) rune {
		if isUnseen(r) {
			return -1
		}
		return r
	}, text))
}

// isUnseen reports characters that a reader does not see, of which any number may stand between two others.
// utf8.RuneError stands for an invalid byte.
func isUnseen(r rune) bool {
	if r < utf8.RuneSelf {
		return r <= ' ' || r == '\x7f'
	}
	return r == utf8.RuneError || unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// unescape undoes percent-encoding and the escapes of JSON and Go, and reports whether there were any.
func unescape(v view) (view, bool) {
	unescaped, changed := newView(len(v.text)), false
	for i := 0; i < len(v.text); {
		text, size := unescapeOne(v.text[i:])
		changed = changed || size > 1
		unescaped.add(text, v.from[i], v.to[i+size-1])
		i += size
	}
	return unescaped, changed
}

// unescapeOne returns what text begins with, and how many bytes of it that is.
func unescapeOne(text []byte) (string, int) {
	switch {
	case text[0] == '%' && len(text) >= 3:
		if value, ok := hexadecimal(text[1:3]); ok {
			return string([]byte{byte(value)}), 3 //nolint:gosec // Two digits. //nolint:gosec // Two digits.
		}
	case text[0] == '\\' && len(text) >= 2:
		switch text[1] {
		case '\\', '/', '"', '\'':
			return string(text[1:2]), 2
		case 'b', 'f', 'n', 'r', 't':
			return " ", 2
		case 'x':
			if value, ok := hexadecimal(text[2:min(4, len(text))]); ok && len(text) >= 4 {
				return string([]byte{byte(value)}), 4 //nolint:gosec // Two digits. //nolint:gosec // Two digits.
			}
		case 'u':
			if value, ok := hexadecimal(text[2:min(6, len(text))]); ok && len(text) >= 6 {
				return string(value), 6
			}
		}
	}
	return string(text[:1]), 1
}

func hexadecimal(digits []byte) (rune, bool) {
	var value rune
	for _, c := range digits {
		switch {
		case '0' <= c && c <= '9':
			value = value<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			value = value<<4 | rune(c-'a'+10)
		default:
			return 0, false
		}
	}
	return value, true
}
