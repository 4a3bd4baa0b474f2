package gitlab

import (
	"net/http"
	"strconv"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func (g *Server) describeSelf(c *call) server.Reply {
	if c.token.Kind == OAuthToken {
		return notPersonal
	}
	return server.Reply{Status: http.StatusOK, Body: withLastUsedIPs(g.showPersonal(c.token), c.token)}
}

func (g *Server) revokeSelf(c *call) server.Reply {
	switch c.token.Kind {
	case OAuthToken:
		return notPersonal
	case ImpersonationToken: // only an admin may
		return message(http.StatusBadRequest, "400 Bad request")
	}
	c.token.Revoked = true
	return server.Reply{Status: http.StatusNoContent}
}

func (g *Server) rotateSelf(c *call) server.Reply {
	if c.token.Kind == OAuthToken {
		return message(http.StatusMethodNotAllowed, "405 Method Not Allowed")
	}
	rotated, failure := g.rotate(c, c.token)
	if failure != nil {
		return *failure
	}
	return server.Reply{Status: http.StatusOK, Body: withValue(g.showPersonal(rotated), rotated)}
}

// rotate replaces a token: the old one dies at once, the new one has its user and scopes.
func (g *Server) rotate(c *call, old *Token) (*Token, *server.Reply) {
	asked, failure := expiryParameter(c)
	if failure != nil {
		return nil, failure
	}
	if old.Revoked {
		failure := badRequest("Token already revoked")
		return nil, &failure
	}
	expiresAt, failure := g.expiry(asked, 7)
	if failure != nil {
		return nil, failure
	}
	old.Revoked = true
	g.lastTokenID++
	rotated := old.clone()
	rotated.ID, rotated.Value, rotated.previousID = g.lastTokenID, newTokenValue(), old.ID
	rotated.Revoked, rotated.CreatedAt, rotated.LastUsedAt, rotated.ExpiresAt = false, g.now(), time.Time{}, expiresAt
	g.tokens = append(g.tokens, &rotated)
	return &rotated, nil
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

// expiry is the date a new token gets. One that asks for none gets so many days. There is no lower bound: a token of today is dead at once.
func (g *Server) expiry(asked time.Time, defaultDays int) (*string, *server.Reply) {
	today := g.now().UTC().Truncate(24 * time.Hour)
	latest := today.AddDate(0, 0, g.maxLifetimeDays)
	if asked.IsZero() {
		asked = today.AddDate(0, 0, min(defaultDays, g.maxLifetimeDays))
	}
	if asked.After(latest) {
		failure := badRequest("Expires at must be before " + latest.Format(time.DateOnly))
		return nil, &failure
	}
	return new(asked.Format(time.DateOnly)), nil
}

// associations lists what the token's user is a member of, at min_access_level or above, inherited roles included.
func (g *Server) associations(c *call) server.Reply {
	if c.token.Kind == OAuthToken {
		return notPersonal
	}
	least, err := strconv.Atoi(c.URL.Query().Get("min_access_level"))
	if err != nil || least < 1 {
		least = 1
	}
	groups, projects := []any{}, []any{}
	for _, group := range g.groups {
		if role := g.role(c.user.ID, *group); role >= least {
			groups = append(groups, map[string]any{
				"id": group.ID, "web_url": g.URL() + "/groups/" + group.FullPath, "name": group.Name, "parent_id": group.ParentID,
				"organization_id": 1, "access_levels": role, "visibility": "private",
			})
		}
	}
	for _, p := range g.projects {
		if g.role(c.user.ID, *p) < least {
			continue
		}
		shown := g.showProject(*p)
		shown["access_levels"] = map[string]any{
			"project_access_level": levelOrNull(g.members[p.key()][c.user.ID]),
			"group_access_level":   levelOrNull(g.role(c.user.ID, *g.groupByID(p.GroupID))),
		}
		projects = append(projects, shown)
	}
	shownGroups, _ := paginate(c, groups)
	shownProjects, header := paginate(c, projects)
	return server.Reply{Status: http.StatusOK, Header: header, Body: map[string]any{"groups": shownGroups, "projects": shownProjects}}
}

func levelOrNull(level int) any {
	if level == 0 {
		return nil
	}
	return level
}
