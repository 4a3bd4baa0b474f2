package gitlab

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Kind says to whom a token belongs. Infisical's accessTokenType takes the
// first three.
type Kind string

const (
	// KindUnknown is the kind of a token whose owner could not be found out.
	KindUnknown Kind = ""
	// KindPersonal is the kind of a user's token. The tokens of service
	// accounts and impersonation tokens count as personal.
	KindPersonal Kind = "personal"
	// KindProject is the kind of a project access token.
	KindProject Kind = "project"
	// KindGroup is the kind of a group access token.
	KindGroup Kind = "group"
	// KindOAuth is the kind of an OAuth access token.
	KindOAuth Kind = "oauth"
)

// HasRole reports whether tokens of this kind have a role of their own, in
// the project or group that they were made for.
func (k Kind) HasRole() bool { return k == KindProject || k == KindGroup }

// AccessLevel is a role in a project or group, by GitLab's number. The list is
// open: a server may know levels that have no name here.
// https://docs.gitlab.com/api/access_requests/#valid-access-levels
type AccessLevel int

// GitLab's access levels. Zero means that the level was not asked.
const (
	AccessLevelMinimal    AccessLevel = 5
	AccessLevelGuest      AccessLevel = 10
	AccessLevelPlanner    AccessLevel = 15
	AccessLevelReporter   AccessLevel = 20
	AccessLevelDeveloper  AccessLevel = 30
	AccessLevelMaintainer AccessLevel = 40
	AccessLevelOwner      AccessLevel = 50
)

var accessLevelNames = map[AccessLevel]string{
	AccessLevelMinimal:    "minimal",
	AccessLevelGuest:      "guest",
	AccessLevelPlanner:    "planner",
	AccessLevelReporter:   "reporter",
	AccessLevelDeveloper:  "developer",
	AccessLevelMaintainer: "maintainer",
	AccessLevelOwner:      "owner",
}

// TokenAccessLevels are the names of the levels that a project or group access
// token can be made with, lowest first.
func TokenAccessLevels() []string {
	return []string{"guest", "planner", "reporter", "developer", "maintainer", "owner"}
}

// ParseAccessLevel returns the level that a project or group access token can
// be made with, by GitLab's lower-case name.
func ParseAccessLevel(name string) (AccessLevel, error) {
	if slices.Contains(TokenAccessLevels(), name) {
		for level, known := range accessLevelNames {
			if known == name {
				return level, nil
			}
		}
	}
	return 0, fmt.Errorf("%q is not an access level: use one of %s", name, strings.Join(TokenAccessLevels(), ", "))
}

// String returns GitLab's name of the level in lower case, such as
// "maintainer", or "access level 25" for one that has no name here.
func (l AccessLevel) String() string {
	if name, ok := accessLevelNames[l]; ok {
		return name
	}
	return fmt.Sprintf("access level %d", int(l))
}

// Token is what GitLab tells about an access token. It holds no secret.
type Token struct {
	// ID of the token. 0 for OAuth tokens.
	ID int64
	// Name given to the token when it was made.
	Name string
	Kind Kind
	// ServiceAccount is true for the tokens of bots that belong to no project
	// or group. It is found out together with the kind.
	ServiceAccount bool
	// ResourceID is the id of the token's project or group, or of the group whose service account it was asked of. 0
	// for other kinds, and when GitLab does not say.
	ResourceID int64
	// ResourcePath is its full path, when an answer about something else told it. Empty otherwise.
	ResourcePath string
	// Scopes as GitLab lists them.
	Scopes []string
	// AccessLevel is the role in the project or group. 0 when it was not asked.
	AccessLevel AccessLevel
	// UserID is the token's user: a person, or the bot of a project or group.
	UserID int64
	// Username of that user. Empty when it was not asked.
	Username string
	// Administrator: GitLab says that the user is one. It is found out together with the kind, unless that is known.
	Administrator bool
	// ExpiresAt is the instant at which the token stops working: 00:00 UTC at
	// the start of GitLab's expires_at date. nil for never.
	// https://docs.gitlab.com/user/profile/personal_access_tokens/#access-token-expiration
	ExpiresAt *time.Time
	// Used is true once a request has been made with the token. GitLab notes the
	// first one at once, later ones only every so often.
	// https://docs.gitlab.com/user/profile/personal_access_tokens/#view-token-usage-information
	Used bool
	// Active is GitLab's verdict: neither revoked nor expired.
	Active  bool
	Revoked bool
	// Granular is true for fine-grained tokens, whose scopes say nothing about
	// what they can do. Only personal tokens are.
	Granular bool
	// GranularScopes are what a fine-grained token may do, and where. nil when GitLab does not say, as before 19.5.
	GranularScopes []GranularScope
}

// Access is where the permissions of a GranularScope hold.
type Access string

// The accesses. The list is open.
const (
	// AccessUser: the token's user itself.
	AccessUser Access = "user"
	// AccessInstance: everything on the instance.
	AccessInstance Access = "instance"
	// AccessAllMemberships: every project and group that the user is a member of.
	AccessAllMemberships Access = "all_memberships"
	// AccessPersonalProjects: the projects in the user's own namespace.
	AccessPersonalProjects Access = "personal_projects"
	// AccessSelectedMemberships: one project, or one group and the projects in it.
	AccessSelectedMemberships Access = "selected_memberships"
)

// GranularScope is what a fine-grained token may do in one place.
// https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/
type GranularScope struct {
	Access Access
	// Permissions by the names of GitLab's API, such as "read_variable".
	Permissions []string
	// ProjectID and GroupID name the place of selected memberships; 0 otherwise.
	ProjectID, GroupID int64
}

// Description is a token as GitLab describes it to its holder, with the
// reasons for what could not be found out.
type Description struct {
	Token
	// Failure says why the token is not described at all. nil when it is.
	Failure *Error
	// LooksLike names the other sort of secret that an undescribed token has the
	// prefix of, such as "deploy token". Empty when it has none of these.
	LooksLike string
	// KindFailure says why the kind is unknown. nil when it is known.
	KindFailure *Error
	// AccessLevelFailure says why the access level is unknown although it was
	// asked for. nil when it is known, or was not asked for.
	AccessLevelFailure *Error
}

// Incomplete reports that GitLab described the token but could then not be asked
// for its kind or access level. Another time it may tell.
func (d Description) Incomplete() bool {
	return d.KindFailure.couldNotAsk() || d.AccessLevelFailure.couldNotAsk()
}

// Named adds the path of the token's project or group where one of the targets tells it.
func (d Description) Named(targets ...TargetDescription) Description {
	for _, target := range targets {
		if path := target.PathOf(d.Kind, d.ResourceID); d.Kind.HasRole() && path != "" {
			d.ResourcePath = path
		}
	}
	return d
}

// MayRead reports that the token's scopes let it read projects and groups. Of a fine-grained token they say nothing.
func (d Description) MayRead() bool { return d.Granular || mayRead(d.Scopes) }

// looksLike names the sort of secret that a text has the prefix of, unless that is the one of access tokens, which says
// nothing: it is the same for all kinds, and an instance may have another.
func looksLike(token string) string {
	prefix := transport.GitLabPrefix(strings.TrimSpace(token))
	if prefix == "glpat-" {
		return ""
	}
	return transport.GitLabPrefixes[prefix]
}
