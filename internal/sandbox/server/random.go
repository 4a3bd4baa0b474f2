package server

import (
	"crypto/rand"
	"encoding/hex"
)

// RandomBytes are n bytes that nobody can guess.
func RandomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, by its documentation
	return b
}

// RandomHex are n such bytes in hexadecimal digits.
func RandomHex(n int) string { return hex.EncodeToString(RandomBytes(n)) }
