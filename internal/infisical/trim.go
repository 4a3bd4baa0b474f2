package infisical

import "strings"

// whiteSpace is JavaScript's: https://tc39.es/ecma262/#sec-white-space and #sec-line-terminators. Go's has U+0085
// besides, and not U+FEFF.
const whiteSpace = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"

// Trim takes off a text what the server takes off before it stores it.
func Trim(text string) string { return strings.Trim(text, whiteSpace) }
