package gitlab

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/memo"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// DescribeOptions says what to find out beyond what GitLab tells in one request.
type DescribeOptions struct {
	// AccessLevel asks for the role of project and group tokens, with one
	// request. Other kinds have none.
	AccessLevel bool
}

// Known is what is remembered of a token. The zero value is nothing. It saves the request for the kind when GitLab
// answers with the same token. It includes the name because the token may belong to another GitLab by now, where the id
// is that of another token.
type Known struct {
	ID         int64
	Name       string
	Kind       Kind
	ResourceID int64
	Username   string
}

func (k Known) describes(token Token) bool {
	if k.ID != token.ID || k.Name != token.Name {
		return false
	}
	return k.Kind == KindPersonal || k.Kind.HasRole() && k.ResourceID != 0
}

// Describe asks instance what token is. Whatever GitLab answers, or fails to, is in the Description; an error means
// that ctx ended or that instance is not a URL. It costs GET /personal_access_tokens/self, GET /user unless the kind is
// known, and a member look-up when the access level is asked. Each of these is made once per instance and token in the
// life of the Client, also when it failed: callers that share a token share the answer and wait for it together.
// Describe does not wait for a GitLab that asks to retry much later.
func (s *Session) Describe(ctx context.Context, options DescribeOptions) (Description, error) {
	if s.fault != nil {
		return Description{}, fmt.Errorf("describing the GitLab token: %w", s.fault)
	}
	ctx = transport.WithPolicy(ctx, transport.Policy{MaxWait: longestWait})
	description, err := s.DescribeSelf(ctx)
	if err != nil {
		return Description{}, err
	}
	if description.saysNoMore() {
		return description, nil
	}
	description.Scopes = slices.Clone(description.Scopes)
	if err := s.addOwner(ctx, &description); err != nil {
		return Description{}, fmt.Errorf("finding out the kind of the GitLab token: %w", err)
	}
	if !options.AccessLevel || !description.Kind.HasRole() {
		return description, nil
	}
	role, err := s.described().role.Get(ctx, func(ctx context.Context) role { return s.findRole(ctx, description.Token) })
	if err != nil {
		return Description{}, fmt.Errorf("finding out the role of the GitLab token: %w", err)
	}
	description.AccessLevel, description.AccessLevelFailure = role.accessLevel, role.failure
	return description, nil
}

// DescribeSelf is the part of Describe that GitLab tells in one request: all but
// the owner and the role. Both share it.
func (s *Session) DescribeSelf(ctx context.Context) (Description, error) {
	if s.fault != nil {
		return Description{}, fmt.Errorf("describing the GitLab token: %w", s.fault)
	}
	ctx = transport.WithPolicy(ctx, transport.Policy{MaxWait: longestWait})
	description, err := s.described().self.Get(ctx, func(ctx context.Context) Description { return s.describeSelf(ctx) })
	if err != nil {
		return Description{}, fmt.Errorf("describing the GitLab token: %w", err)
	}
	return description, nil
}

// longestWait is the longest pause before asking GitLab again for a description, which is optional.
const longestWait = 5 * time.Second

// saysNoMore reports that there is nothing more to ask about the token.
func (d Description) saysNoMore() bool { return d.Failure != nil || d.Kind == KindOAuth }

// addOwner adds the kind of the token, from what is known or from its user.
func (s *Session) addOwner(ctx context.Context, description *Description) error {
	if known := s.known; known.describes(description.Token) {
		owner{kind: known.Kind, resourceID: known.ResourceID, username: known.Username}.tell(description)
		return nil
	}
	self := description.Token
	found, err := s.described().owner.Get(ctx, func(ctx context.Context) owner { return s.findOwner(ctx, self) })
	if err != nil {
		return err
	}
	found.tell(description)
	return nil
}

// described is what the client remembers of one token on one instance.
type described struct {
	self  memo.Of[Description]
	owner memo.Of[owner]
	role  memo.Of[role]
	// noAnswer is why the instance could not be asked for a list of webhooks.
	noAnswer atomic.Pointer[Error]
	// targets of the token, the service accounts of groups as the token sees them, and the plans of namespaces; the
	// client's lock is over them.
	targets  map[targetKey]*describedTarget
	plans    map[int64]*memo.Of[plan]
	accounts map[string]*memo.Of[accountList]
}

// oauthRefusal is how GitLab tells an OAuth token, by now known to be valid,
// that only personal access tokens describe themselves. It is the only 400 of
// that route.
const oauthRefusal = "requires token type to be a personal access token"

// describeSelf asks for the token's own entry.
// https://docs.gitlab.com/api/personal_access_tokens/#retrieve-details-on-a-personal-access-token
func (s *Session) describeSelf(ctx context.Context) Description {
	const operation = "describing the token"
	var self tokenEntity
	_, err := s.call(ctx, request{operation: operation, path: "personal_access_tokens/self", out: &self})
	if IsInvalid(err) && strings.Contains(err.Error(), oauthRefusal) {
		return Description{Token: Token{Kind: KindOAuth, Active: true}}
	}
	if err != nil {
		return Description{Failure: asError(err), LooksLike: looksLike(s.token())}
	}
	described, err := tokenFrom(self)
	if err != nil {
		return Description{Failure: garbled(operation, err)}
	}
	return Description{Token: described}
}

// owner is the user that a token belongs to, or why that is not known.
type owner struct {
	kind           Kind
	serviceAccount bool
	administrator  bool
	resourceID     int64
	username       string
	failure        *Error
}

func (o owner) tell(description *Description) {
	description.Kind = o.kind
	description.ServiceAccount = o.serviceAccount
	description.ResourceID = o.resourceID
	description.Username = o.username
	description.Administrator = o.administrator
	description.KindFailure = o.failure
}

// botUsername is how GitLab names the users of project and group tokens: with 16
// or 32 hex digits and a number on collision, and on old servers with none.
// https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
var botUsername = regexp.MustCompile(`^(project|group)_([0-9]+)_bot(?:_[0-9a-f]+[0-9]*|[0-9]*)$`)

// findOwner asks for the token's user. GitLab does not tell the kind of a token anywhere; it shows only in the bot's
// username.
func (s *Session) findOwner(ctx context.Context, self Token) owner {
	const operation = "finding out the kind of the token"
	if !self.Granular && !mayRead(self.Scopes, "read_user") {
		return owner{failure: &Error{Operation: operation, Reason: ReasonScope}}
	}
	var user struct {
		ID       int64          `json:"id"`
		Username transport.Data `json:"username"`
		Bot      bool           `json:"bot"`
		// Told to administrators alone: lib/api/users.rb, UserWithAdmin.
		IsAdmin bool `json:"is_admin"`
	}
	_, err := s.call(ctx, request{operation: operation, path: "user", out: &user})
	if self.Granular && hasReason(err, ReasonGranular) {
		return owner{kind: KindPersonal} // It may not read its user, but no other token is fine-grained.
	}
	if err != nil {
		return owner{failure: asError(err)}
	}
	if user.ID == 0 || user.Username == "" {
		return owner{failure: garbled(operation, nil)}
	}
	found := ownerOf(string(user.Username), user.Bot)
	found.administrator = user.IsAdmin
	return found
}

// ownerOf requires both the pattern and the bot flag: a person may choose a name
// like a bot's, and service accounts are bots with names of their own.
func ownerOf(username string, bot bool) owner {
	match := botUsername.FindStringSubmatch(username)
	if match == nil || !bot {
		return owner{kind: KindPersonal, serviceAccount: bot, username: username}
	}
	id, err := strconv.ParseInt(match[2], 10, 64)
	if err != nil {
		return owner{kind: KindPersonal, serviceAccount: true, username: username}
	}
	return owner{kind: Kind(match[1]), resourceID: id, username: username}
}

type role struct {
	accessLevel AccessLevel
	// custom: it is based on that level, and may grant more.
	custom  bool
	failure *Error
}

// findRole asks for the bot's membership in its project or group, inherited or
// not, of which GitLab gives the highest.
// https://docs.gitlab.com/api/project_members/
func (s *Session) findRole(ctx context.Context, self Token) role {
	const operation = "finding out the role of the token"
	if !self.Granular && !mayRead(self.Scopes) {
		return role{failure: &Error{Operation: operation, Reason: ReasonScope}}
	}
	var member struct {
		AccessLevel AccessLevel `json:"access_level"`
	}
	path := fmt.Sprintf("%ss/%d/members/all/%d", self.Kind, self.ResourceID, self.UserID)
	_, err := s.call(ctx, request{operation: operation, path: path, out: &member})
	if err != nil {
		return role{failure: asError(err)}
	}
	if member.AccessLevel == 0 {
		return role{failure: garbled(operation, nil)}
	}
	return role{accessLevel: member.AccessLevel}
}

// mayRead reports whether scopes allow reading the API, or one of also.
func mayRead(scopes []string, also ...string) bool {
	return slices.ContainsFunc(append(also, "api", "read_api"), func(scope string) bool { return slices.Contains(scopes, scope) })
}

// garbled is a success with content that makes no sense.
func garbled(operation string, cause error) *Error {
	return &Error{Operation: operation, Reason: ReasonNotGitLab, Status: http.StatusOK, Cause: cause, ambiguous: true}
}

// tokenEntity is a token as GitLab's API sends it, with the fields that only
// project and group tokens have last.
type tokenEntity struct {
	ID          int64          `json:"id"`
	Name        transport.Data `json:"name"`
	Scopes      scopes         `json:"scopes"`
	UserID      int64          `json:"user_id"`
	ExpiresAt   *string        `json:"expires_at"`
	LastUsedAt  *string        `json:"last_used_at"`
	Active      bool           `json:"active"`
	Revoked     bool           `json:"revoked"`
	AccessLevel AccessLevel    `json:"access_level"`
	ResourceID  int64          `json:"resource_id"`
	Token       string         `json:"token"`
	Granular    bool           `json:"granular"`

	GranularScopes granularScopes `json:"granular_scopes"`
}

// scopes of a token, of which GitLab has a dozen.
type scopes []transport.Data

// UnmarshalJSON implements json.Unmarshaler.
func (s *scopes) UnmarshalJSON(raw []byte) error {
	elements, err := transport.Elements[transport.Data](raw, 100)
	*s = elements
	return err
}

// granularScopes of a fine-grained token, one for each place that its user has chosen.
type granularScopes []granularScope

type granularScope struct {
	Access      Access `json:"access"`
	Permissions scopes `json:"permissions"`
	ProjectID   int64  `json:"project_id"`
	GroupID     int64  `json:"group_id"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *granularScopes) UnmarshalJSON(raw []byte) error {
	elements, err := transport.Elements[granularScope](raw, 1000)
	*s = elements
	if elements == nil && string(raw) != "null" {
		*s = granularScopes{} // It may do nothing, and GitLab says so.
	}
	return err
}

func (s granularScopes) told() []GranularScope {
	if s == nil {
		return nil
	}
	told := make([]GranularScope, len(s))
	for i, scope := range s {
		told[i] = GranularScope{Access: scope.Access, Permissions: scope.Permissions.told(), ProjectID: scope.ProjectID, GroupID: scope.GroupID}
	}
	return told
}

func (s scopes) told() []string {
	var told []string
	for _, scope := range s {
		told = append(told, string(scope))
	}
	return told
}

func tokenFrom(e tokenEntity) (Token, error) {
	if e.ID == 0 {
		return Token{}, fmt.Errorf("the answer has no token id")
	}
	expiresAt, err := expiry(e.ExpiresAt)
	if err != nil {
		return Token{}, err
	}
	scopes := e.Scopes.told()
	return Token{
		ID:          e.ID,
		Name:        string(e.Name),
		ResourceID:  e.ResourceID,
		Scopes:      scopes,
		AccessLevel: e.AccessLevel,
		UserID:      e.UserID,
		ExpiresAt:   expiresAt,
		Used:        e.LastUsedAt != nil,
		Active:      e.Active,
		Revoked:     e.Revoked,
		// Before 19.5 the scope alone tells.
		Granular:       e.Granular || slices.Equal(scopes, []string{"granular"}),
		GranularScopes: e.GranularScopes.told(),
	}, nil
}

// expiry returns the instant of an expires_at date. GitLab's OpenAPI text calls the field a date and time, so this
// accepts one, too.
func expiry(date *string) (*time.Time, error) {
	if date == nil || *date == "" {
		return nil, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if at, err := time.Parse(layout, *date); err == nil {
			at = at.UTC()
			return &at, nil
		}
	}
	return nil, fmt.Errorf("the answer's expires_at is not a date")
}
