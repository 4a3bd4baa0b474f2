package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	gogitlab "github.com/xanzy/go-gitlab"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// MintOptions describe a new token. All but AccessLevel and Description are required.
type MintOptions struct {
	Name   string
	Scopes []string
	// AccessLevel is the role of a project or group token. A service account has roles of its own, and its tokens none.
	AccessLevel AccessLevel
	// ExpiresAt is the day at whose start (00:00 UTC) the token stops working.
	// The time of day is ignored.
	ExpiresAt time.Time
	// Description is shown on GitLab's page since 17.7, and ignored before.
	Description string
}

// MintedToken is a token that was just made, with its value. No fmt verb and no
// encoder prints the value.
type MintedToken struct {
	Token
	value func() string
}

// Value returns the secret, which GitLab tells only this once.
func (m MintedToken) Value() string { return m.value() }

// Mint makes an access token for a project or group, or for a service account of a group. Errors are of type *Error.
// When IsAmbiguous, the token may exist although its value is lost: FindMinted finds out. Mint never repeats the
// request, and waits as long as for other requests that carry credentials.
//
// GitLab accepts only a personal token of a user with the rights: Maintainer of the project or Owner of the group, and
// no less than the access level asked for.
// https://docs.gitlab.com/api/project_access_tokens/#create-a-project-access-token
// https://docs.gitlab.com/api/group_access_tokens/#create-a-group-access-token
// https://docs.gitlab.com/api/service_accounts/#create-a-personal-access-token-for-a-group-service-account
func (s *Session) Mint(ctx context.Context, resource Resource, options MintOptions) (MintedToken, error) {
	operation := fmt.Sprintf("creating an access token of %s", resource)
	body := struct {
		Name        string      `json:"name"`
		Description string      `json:"description,omitempty"`
		Scopes      []string    `json:"scopes"`
		AccessLevel AccessLevel `json:"access_level,omitempty"`
		ExpiresAt   string      `json:"expires_at"`
	}{options.Name, options.Description, options.Scopes, options.AccessLevel, options.ExpiresAt.UTC().Format(time.DateOnly)}
	var created tokenEntity
	ctx = transport.WithPolicy(ctx, transport.Policy{Timeout: s.client.credentialsTimeout})
	_, err := s.call(ctx, request{operation: operation, method: http.MethodPost, path: tokensPath(resource),
		options: body, out: &created})
	if err != nil {
		return MintedToken{}, ofAccount(resource, err)
	}
	s.client.secrets.Remember(created.Token)
	token, err := tokenOf(created, resource)
	if err == nil && created.Token == "" {
		err = errors.New("the answer holds no token")
	}
	if err != nil {
		return MintedToken{}, garbled(operation, err)
	}
	return MintedToken{Token: token, value: func() string { return created.Token }}, nil
}

// FindMinted finds out what became of a Mint without an answer: it looks for about half a minute for active tokens
// whose name contains search, and returns those of the first look that finds any. Finding none does not prove that none
// will appear.
func (s *Session) FindMinted(ctx context.Context, resource Resource, search string) ([]Token, error) {
	var found []Token
	var err error
	stopped := transport.Poll(ctx, s.client.wait, func() bool {
		found, err = s.ListActive(ctx, resource, search)
		return len(found) > 0
	})
	if stopped != nil {
		return nil, fmt.Errorf("stopped looking for the token: %w", stopped)
	}
	return found, err
}

// maxPages is far more than there are tokens of one project or group.
const maxPages = 1000

// ListActive returns the active tokens of a project, group or service account whose name contains search, from all
// pages. Errors are of type *Error.
// https://docs.gitlab.com/api/project_access_tokens/#list-all-project-access-tokens
func (s *Session) ListActive(ctx context.Context, resource Resource, search string) ([]Token, error) {
	var found []Token
	err := s.eachPage(ctx, resource, listOptions{State: "active", Search: search}, func(page []Token) bool {
		for _, token := range page {
			// Servers before 17.2 know neither filter and return all.
			if token.Active && strings.Contains(token.Name, search) {
				found = append(found, token)
			}
		}
		return true
	})
	return found, err
}

// listOptions are the query of a list of tokens.
type listOptions struct {
	gogitlab.ListOptions

	State  string `url:"state,omitempty"`
	Search string `url:"search,omitempty"`
	Sort   string `url:"sort,omitempty"`
}

// eachPage hands over the pages of a list of tokens until more is false.
func (s *Session) eachPage(ctx context.Context, resource Resource, options listOptions, more func([]Token) bool) error {
	operation := fmt.Sprintf("listing the access tokens of %s", resource)
	options.Page, options.PerPage = 1, 100
	for range maxPages {
		var page tokenPage
		response, err := s.call(ctx, request{operation: operation, path: tokensPath(resource), options: options,
			out: &page})
		if err != nil {
			return ofAccount(resource, err)
		}
		tokens := make([]Token, len(page))
		for i, entity := range page {
			if tokens[i], err = tokenOf(entity, resource); err != nil {
				return garbled(operation, err)
			}
		}
		if !more(tokens) || len(page) == 0 || response.NextPage <= options.Page {
			return nil
		}
		options.Page = response.NextPage
	}
	return endless(operation)
}

func endless(operation string) *Error {
	return &Error{Operation: operation, Reason: ReasonUnexpected, Cause: fmt.Errorf("the list does not end after %d pages", maxPages)}
}

// tokenPage is one page of a list; GitLab's largest holds a hundred.
type tokenPage []tokenEntity

// UnmarshalJSON implements json.Unmarshaler.
func (p *tokenPage) UnmarshalJSON(raw []byte) error {
	entities, err := transport.Elements[tokenEntity](raw, 1000)
	*p = entities
	return err
}

// Get returns one token of a project, group or service account. Errors are of type *Error: IsTokenNotFound when the
// token is not there, else IsNotFound when the project, group or account is not, for this token.
// https://docs.gitlab.com/api/project_access_tokens/#retrieve-details-on-a-project-access-token
func (s *Session) Get(ctx context.Context, resource Resource, id int64) (Token, error) {
	operation := fmt.Sprintf("reading access token %d of %s", id, resource)
	if resource.Account.isSet() {
		return s.getOfAccount(ctx, resource, id, operation)
	}
	var entity tokenEntity
	_, err := s.call(ctx, request{operation: operation, path: tokenPath(resource, id), out: &entity})
	if err != nil {
		return Token{}, err
	}
	token, err := tokenOf(entity, resource)
	if err != nil {
		return Token{}, garbled(operation, err)
	}
	return token, nil
}

// Revoke revokes a token of a project, group or service account. A token that was deleted or revoked before counts as
// success. Errors are of type *Error: IsNotFound when the provider's GitLab token cannot see the project, group or
// account itself. The token is then either deleted with it, or out of reach and still valid.
// https://docs.gitlab.com/api/project_access_tokens/#revoke-a-project-access-token
func (s *Session) Revoke(ctx context.Context, resource Resource, id int64) error {
	operation := fmt.Sprintf("revoking access token %d of %s", id, resource)
	response, err := s.call(ctx, request{operation: operation, method: http.MethodDelete,
		path: tokenPath(resource, id)})
	switch {
	case err == nil && response.StatusCode != http.StatusNoContent:
		// A sign-in page is a 200, too.
		return garbled(operation, nil)
	case err == nil, IsTokenNotFound(err):
		return nil
	case IsInvalid(err) && s.isRevoked(ctx, resource, id):
		return nil
	default:
		return ofAccount(resource, err)
	}
}

// IsTokenNotFound reports a 404 that speaks of the token, where IsNotFound may also be of its project or group ("404
// Project Not Found"). GitLab's wordings are "404 project Access Token Not Found", "404 Personal Access Token Not
// Found" of service accounts, and, in older versions, "404 Could not find project access token with token_id: 9 Not
// Found":
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/resource_access_tokens.rb and its history
func IsTokenNotFound(err error) bool {
	return IsNotFound(err) && strings.Contains(strings.ToLower(string(asError(err).Message)), "access token")
}

// isRevoked resolves a 400, with which some servers answer for a token whose bot user is being deleted.
func (s *Session) isRevoked(ctx context.Context, resource Resource, id int64) bool {
	token, err := s.Get(ctx, resource, id)
	return IsTokenNotFound(err) || err == nil && !token.Active
}

// FindResource returns the project or group by its numeric id, which survives
// renames and transfers. Errors are of type *Error. A numeric id costs nothing.
func (s *Session) FindResource(ctx context.Context, resource Resource) (int64, error) {
	if id, numeric := resource.numericID(); numeric {
		return id, nil
	}
	operation := fmt.Sprintf("looking up %s", resource)
	var found struct {
		ID int64 `json:"id"`
	}
	_, err := s.call(ctx, request{operation: operation, path: resourcePath(resource), out: &found})
	if err != nil {
		return 0, err
	}
	if found.ID == 0 {
		return 0, garbled(operation, nil)
	}
	return found.ID, nil
}

func resourcePath(resource Resource) string {
	return fmt.Sprintf("%ss/%s", resource.Kind, gogitlab.PathEscape(resource.ID))
}

func tokensPath(resource Resource) string {
	if resource.Account.isSet() {
		return fmt.Sprintf("%s/%d/personal_access_tokens", accountsPath(resource), resource.Account.ID)
	}
	return resourcePath(resource) + "/access_tokens"
}

func tokenPath(resource Resource, id int64) string {
	return fmt.Sprintf("%s/%d", tokensPath(resource), id)
}

// tokenOf adds the project or group that was asked: only recent servers send its id.
func tokenOf(entity tokenEntity, resource Resource) (Token, error) {
	token, err := tokenFrom(entity)
	token.Kind = resource.Kind
	if resource.Account.isSet() {
		token.Kind, token.ServiceAccount, token.UserID, token.Username = KindPersonal, true, resource.Account.ID, resource.Account.Username
	}
	if id, numeric := resource.numericID(); numeric {
		token.ResourceID = id
	}
	return token, err
}
