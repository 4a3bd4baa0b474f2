package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

func (g *GitLab) describeSelf(c *gitlabCall) reply {
	if c.token.Kind == OAuthToken {
		return notPersonal
	}
	return reply{status: http.StatusOK, body: withLastUsedIPs(g.showPersonal(c.token), c.token)}
}

func (g *GitLab) revokeSelf(c *gitlabCall) reply {
	switch c.token.Kind {
	case OAuthToken:
		return notPersonal
	case ImpersonationToken: // only an admin may
		return gitlabMessage(http.StatusBadRequest, "400 Bad request")
	}
	c.token.Revoked = true
	return reply{status: http.StatusNoContent}
}

func (g *GitLab) rotateSelf(c *gitlabCall) reply {
	if c.token.Kind == OAuthToken {
		return gitlabMessage(http.StatusMethodNotAllowed, "405 Method Not Allowed")
	}
	rotated, failure := g.rotate(c, c.token)
	if failure != nil {
		return *failure
	}
	return reply{status: http.StatusOK, body: withValue(g.showPersonal(rotated), rotated)}
}

// rotate replaces a token: the old one dies at once, the new one has its user and scopes.
func (g *GitLab) rotate(c *gitlabCall, old *Token) (*Token, *reply) {
	asked, failure := expiryParameter(c)
	if failure != nil {
		return nil, failure
	}
	if old.Revoked {
		failure := gitlabBadRequest("Token already revoked")
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
func expiryParameter(c *gitlabCall) (time.Time, *reply) {
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
func (g *GitLab) expiry(asked time.Time, defaultDays int) (*string, *reply) {
	today := g.now().UTC().Truncate(24 * time.Hour)
	latest := today.AddDate(0, 0, g.maxLifetimeDays)
	if asked.IsZero() {
		asked = today.AddDate(0, 0, min(defaultDays, g.maxLifetimeDays))
	}
	if asked.After(latest) {
		failure := gitlabBadRequest("Expires at must be before " + latest.Format(time.DateOnly))
		return nil, &failure
	}
	return new(asked.Format(time.DateOnly)), nil
}

// associations lists what the token's user is a member of, at min_access_level or above, inherited roles included.
func (g *GitLab) associations(c *gitlabCall) reply {
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
	return reply{status: http.StatusOK, header: header, body: map[string]any{"groups": shownGroups, "projects": shownProjects}}
}

func levelOrNull(level int) any {
	if level == 0 {
		return nil
	}
	return level
}
