// Package secrets is the one register of every value that a test uses as a secret, and the search for them in what
// tests leave behind: in plain, and in the forms that logs, files and addresses give to a text. The sandbox registers
// what it hands out, and the drivers of acceptance tests what a test gives to them, so that nobody has to think of it.
package secrets

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
)

// shortest is the length below which a secret would be found in ordinary text. No search looks for such a one.
const shortest = 8

// key is what the register is searched by: the first bytes of each form.
const key = 8

// register is the whole process's, because a secret of one test must not be in what another leaves either.
var register = struct {
	sync.RWMutex
	known map[string]bool
	forms map[uint64][]form
	// begins has a bit for each key, which spares almost all look-ups in forms.
	begins []uint64
}{known: map[string]bool{}, forms: map[uint64][]form{}, begins: make([]uint64, 1<<beginsBits/64)}

const beginsBits = 22

// form is a secret as it may stand in a text.
type form struct{ text, name, secret string }

var searched atomic.Int64

// New registers a secret that is handed out, and returns it.
func New(secret string) string {
	Register(secret)
	return secret
}

// Register adds secrets. Of a text of several lines each is one: no form keeps them together.
func Register(secrets ...string) {
	for _, secret := range secrets {
		for line := range strings.Lines(secret) {
			add(strings.TrimSpace(line))
		}
	}
}

// unsearched: nothing is registered.
var unsearched atomic.Bool

// Forgo registers nothing from here on. It is for tests that start thousands of sandboxes and search nothing: the forms
// of all secrets would fill the memory.
func Forgo() { unsearched.Store(true) }

func add(secret string) {
	if unsearched.Load() || len(secret) < shortest || strings.HasPrefix(secret, "-----") {
		return
	}
	register.RLock()
	known := register.known[secret]
	register.RUnlock()
	if known {
		return
	}
	register.Lock()
	defer register.Unlock()
	register.known[secret] = true
	for text, name := range formsOf(secret) {
		if len(text) < key {
			continue
		}
		begin := binary.LittleEndian.Uint64([]byte(text))
		register.forms[begin] = append(register.forms[begin], form{text: text, name: name, secret: secret})
		bit := hash(begin)
		register.begins[bit/64] |= 1 << (bit % 64)
	}
}

// formsOf are the texts that show a secret, and their names.
func formsOf(secret string) map[string]string {
	forms := map[string]string{}
	quoted, err := json.Marshal(secret)
	if err == nil {
		forms[string(quoted[1:len(quoted)-1])] = "JSON"
	}
	forms[url.QueryEscape(secret)] = "URL"
	forms[url.PathEscape(secret)] = "URL"
	hexadecimal := hex.EncodeToString([]byte(secret))
	forms[hexadecimal] = "hex"
	forms[strings.ToUpper(hexadecimal)] = "hex"
	forms["%"+strings.Join(pairs(hexadecimal), "%")] = "URL"
	forms["%"+strings.Join(pairs(strings.ToUpper(hexadecimal)), "%")] = "URL"
	for before := range 3 {
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			forms[inBase64(encoding, secret, before)] = "base64"
		}
	}
	forms[secret] = "plain"
	return forms
}

func pairs(digits string) []string {
	var all []string
	for i := 0; i+2 <= len(digits); i += 2 {
		all = append(all, digits[i:i+2])
	}
	return all
}

// inBase64 is what base64 makes of a secret that so many bytes precede, without the characters that depend on what
// stands around it.
func inBase64(encoding *base64.Encoding, secret string, before int) string {
	encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", before) + secret))
	first := (before*8 + 5) / 6
	whole := (before + len(secret)) * 8 / 6
	return encoded[first:whole]
}

func hash(begin uint64) uint64 { return begin * 0x9e3779b97f4a7c15 >> (64 - beginsBits) }

// Finding is a secret that a text shows.
type Finding struct {
	Secret string
	// Form is how: plain, JSON, URL, hex or base64.
	Form string
	// Around is what stands before it.
	Around string
}

// In returns the secrets that a text shows, each once.
func In(text string) []Finding {
	register.RLock()
	defer register.RUnlock()
	searched.Add(int64(len(text)))
	var findings []Finding
	found := map[string]bool{}
	for at := next(text, 0, register.begins); at >= 0; at = next(text, at+1, register.begins) {
		for _, form := range register.forms[binary.LittleEndian.Uint64([]byte(text[at:at+key]))] {
			if !found[form.secret] && strings.HasPrefix(text[at:], form.text) {
				found[form.secret] = true
				findings = append(findings, Finding{Secret: form.secret, Form: form.name, Around: text[max(0, at-80):at]})
			}
		}
	}
	return findings
}

// next is where, from a place on, the begin of a form may stand; -1 for nowhere. It runs over gigabytes: nothing that
// others write is read in it, so the race detector has nothing to find.
//
//go:norace
func next(text string, from int, begins []uint64) int {
	if from+key > len(text) {
		return -1
	}
	window := uint64(0)
	for i := from; i < from+key-1; i++ {
		window = window>>8 | uint64(text[i])<<56
	}
	for i := from + key - 1; i < len(text); i++ {
		window = window>>8 | uint64(text[i])<<56
		if bit := hash(window); begins[bit/64]&(1<<(bit%64)) != 0 {
			return i - key + 1
		}
	}
	return -1
}

// Registered is how many there are, and Searched how many bytes were searched.
func Registered() int {
	register.RLock()
	defer register.RUnlock()
	return len(register.known)
}

// Searched is how many bytes of text were searched for them.
func Searched() int64 { return searched.Load() }
