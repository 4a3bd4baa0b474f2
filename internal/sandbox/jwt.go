package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"maps"
	"sync"

	"github.com/golang-jwt/jwt/v5"
)

// signingKeyID names the key in the head of each JWT.
const signingKeyID = "sandbox-key"

// signingKey signs for every issuer that a sandbox stands for: GitLab, a cluster, the clouds. One does for all sandboxes of a process,
// since making it takes longer than starting a sandbox.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("sandbox: generating a signing key: " + err.Error())
	}
	return key
})

// signToken signs the claims with changes made to them; a nil one removes a claim.
func signToken(claims, changes map[string]any) string {
	all := jwt.MapClaims(maps.Clone(claims))
	for name, value := range changes {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, all)
	token.Header["kid"] = signingKeyID
	signed, err := token.SignedString(signingKey())
	if err != nil {
		panic("sandbox: signing a JWT: " + err.Error())
	}
	return signed
}

// Messages of jsonwebtoken, https://github.com/auth0/node-jsonwebtoken#errors--codes.
const (
	jwtMalformed = "jwt malformed"
	jwtExpired   = "jwt expired"
)

// jsonWebTokenError is what jsonwebtoken says where Go's library says err.
func jsonWebTokenError(err error) error {
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return errors.New(jwtMalformed)
	case errors.Is(err, jwt.ErrTokenExpired):
		return errors.New(jwtExpired)
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return errors.New("jwt not active")
	}
	return errors.New("invalid signature")
}
