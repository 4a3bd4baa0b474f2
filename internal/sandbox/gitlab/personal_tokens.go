package gitlab

import (
	"net/http"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func (g *Server) describeSelf(c *call) server.Reply {
	if c.token.Kind == OAuthToken {
		return notPersonal
	}
	return server.Reply{Status: http.StatusOK, Body: withLastUsedIPs(g.showPersonal(c.token), c.token)}
}

// expiryParameter reads expires_at; the zero time is none.
func expiryParameter(c *call) (time.Time, *server.Reply) {
	sent, given := c.params["expires_at"]
	if !given || sent == nil || sent == "" {
		return time.Time{}, nil
	}
	text, _ := sent.(string)
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		failure := grapeError("expires_at is invalid")
		return time.Time{}, &failure
	}
	return date, nil
}

// expiry is the date a new token gets, or what is wrong with the one that is asked for. One that asks for none gets so
// many days. There is no lower bound: a token of today is dead at once.
func (g *Server) expiry(asked time.Time, defaultDays int) (date *string, wrong string) {
	today := g.now().UTC().Truncate(24 * time.Hour)
	latest := today.AddDate(0, 0, g.maxLifetimeDays)
	if asked.IsZero() {
		asked = today.AddDate(0, 0, min(defaultDays, g.maxLifetimeDays))
	}
	if asked.After(latest) {
		return nil, "Expires at must be before " + latest.Format(time.DateOnly)
	}
	return new(asked.Format(time.DateOnly)), ""
}
