package server

import (
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"sync"

	"github.com/golang-jwt/jwt/v5"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
)

// SigningKeyID names the key in the head of each JWT.
const SigningKeyID = "sandbox-key"

// SigningKey signs for every issuer that a sandbox stands for: GitLab, a cluster, the clouds. One does for all
// sandboxes of a process, since making it takes longer than starting a sandbox.
var SigningKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("sandbox: generating a signing key: " + err.Error())
	}
	return key
})

// SignJWT signs the claims with changes made to them; a nil one removes a claim.
func SignJWT(claims, changes map[string]any) string {
	all := jwt.MapClaims(maps.Clone(claims))
	for name, value := range changes {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, all)
	token.Header["kid"] = SigningKeyID
	signed, err := token.SignedString(SigningKey())
	if err != nil {
		panic("sandbox: signing a JWT: " + err.Error())
	}
	return secrets.New(signed)
}
