package infisical

import (
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

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
