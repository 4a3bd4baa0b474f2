package infisical

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// withClaims adds what a refused JWT says of itself, which is what the server compares with the settings of the
// identity's method. It is no secret: the signature is.
func (c *Client) withClaims(e *Error, fields []Field) *Error {
	at := slices.IndexFunc(fields, func(field Field) bool { return field.Name == "jwt" })
	if at < 0 || !e.refused() || fields[at].Source == "" || !strings.Contains(e.advice, fields[at].Source) {
		return e
	}
	if claims := readClaims(fields[at].Value); claims != "" {
		e.advice += " It says: " + string(c.words(foreign(claims))) + "."
	}
	return e
}

// readClaims returns the issuer, audience and subject of a JWT, such as `iss = "https://gitlab.com", …`; empty for what
// is none.
func readClaims(token string) string {
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims map[string]json.RawMessage
	if json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	var said []string
	for _, name := range []string{"iss", "aud", "sub"} {
		if value, ok := claims[name]; ok {
			said = append(said, name+" = "+string(value))
		}
	}
	return strings.Join(said, ", ")
}
