// Package managedtoken manages the tokens that connections create themselves: it names, mints, finds and revokes them,
// and keeps the ledger.
package managedtoken

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// ErrNoGitLabToken is New's error without a GitLab token of the provider's.
var ErrNoGitLabToken = errors.New("gitlab.token is not set")

// An OtherInstanceError is New's error for a GitLab that the provider's GitLab token is not for.
type OtherInstanceError struct {
	// InstanceURL is the GitLab in question, and Own the one that the provider's GitLab token is sent to.
	InstanceURL, Own string
}

// Error implements error.
func (e *OtherInstanceError) Error() string {
	return fmt.Sprintf("it is at %s, and the provider's GitLab token is for %s", e.InstanceURL, e.Own)
}

// An Issuer makes, finds and revokes tokens at one GitLab.
type Issuer struct {
	session *gitlab.Session
	// instanceURL is how the connection spells the address of the session's GitLab.
	instanceURL string
	environment Environment
}

// An Environment is an Issuer's clock, how it pauses, and its source of unpredictable bytes.
type Environment struct {
	Now    func() time.Time
	Wait   func(context.Context, time.Duration) error
	Random io.Reader
}

// New returns the Issuer for a GitLab, or an error when there is no session with the provider's GitLab token, or that
// must not go there.
func New(session *gitlab.Session, instanceURL string, environment Environment) (*Issuer, error) {
	switch {
	case session == nil:
		return nil, ErrNoGitLabToken
	case !session.IsAt(instanceURL):
		return nil, &OtherInstanceError{InstanceURL: instanceURL, Own: session.Instance()}
	}
	return &Issuer{session: session, instanceURL: instanceURL, environment: environment}, nil
}

// A Token is a token that was minted here, with what is needed to revoke it. GitLab's ids survive renames.
type Token struct {
	InstanceURL string      `json:"instance_url"`
	Kind        gitlab.Kind `json:"kind"`
	ResourceID  string      `json:"resource_id"`
	// Path is what the configuration called the project or group, for people to find it; it may have been renamed
	// since.
	Path string `json:"path,omitempty"`
	// AccountID and Account are the id and username of the group's service account that the token belongs to; 0 and
	// empty for a token of the project or group itself.
	AccountID int64  `json:"account_id,omitempty"`
	Account   string `json:"account,omitempty"`
	ID        int64  `json:"id"`
	Name      string `json:"name"`
}

// Resource is the project, group or service account that the token was made for.
func (t Token) Resource() gitlab.Resource {
	return gitlab.Resource{Kind: t.Kind, ID: t.ResourceID, Path: t.Path, Account: gitlab.Account{ID: t.AccountID, Username: t.Account}}
}

// place is Resource without what people call it.
func (t Token) place() gitlab.Resource {
	return gitlab.Resource{Kind: t.Kind, ID: t.ResourceID, Account: gitlab.Account{ID: t.AccountID}}
}

// String names the token for people to find it.
func (t Token) String() string {
	return fmt.Sprintf("%q (id %d) of %s", t.Name, t.ID, t.Resource())
}

// Bullets lists tokens, one a line, so that people can find them.
func Bullets(tokens []Token) string {
	lines := make([]string, len(tokens))
	for i, token := range tokens {
		lines[i] = "- " + token.String()
	}
	return strings.Join(lines, "\n")
}

// NameBullets lists tokens of one project or group.
func NameBullets(tokens []gitlab.Token) string {
	lines := make([]string, len(tokens))
	for i, token := range tokens {
		lines[i] = fmt.Sprintf("- %q (id %d)", token.Name, token.ID)
	}
	return strings.Join(lines, "\n")
}
