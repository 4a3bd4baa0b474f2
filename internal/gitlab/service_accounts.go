package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	gogitlab "github.com/xanzy/go-gitlab"

	"github.com/infisical-community/terraform-provider-infisical/internal/memo"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// errNoSuchAccount is the cause of an *Error about a service account that its group does not have.
var errNoSuchAccount = errors.New("the group has no such service account")

// IsAccountNotFound reports that GitLab was asked, and that the group has no such service account: it was deleted,
// belongs to another group, a project or the instance, or is a person.
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/ee/lib/api/group_service_accounts.rb
func IsAccountNotFound(err error) bool {
	if errors.Is(err, errNoSuchAccount) {
		return true
	}
	failure := asError(err)
	return failure != nil && (failure.Reason == ReasonNotFound && strings.HasSuffix(string(failure.Message), "User Not Found") ||
		failure.Reason == ReasonInvalid && strings.Contains(string(failure.Message), "not of type Service Account"))
}

// HasNoServiceAccounts reports that this GitLab does not know the requests that tokens of service accounts need.
func HasNoServiceAccounts(err error) bool { return hasReason(err, ReasonNoServiceAccounts) }

// ofAccount tells the requests for service accounts that a GitLab does not know from a wrong address: the group was
// found by the time they are made. An unknown path is answered with 404, an unknown method of a known path with 405.
func ofAccount(resource Resource, err error) error {
	failure := asError(err)
	if failure == nil || !resource.Account.isSet() {
		return err
	}
	if failure.Reason == ReasonNoSuchRoute || failure.Status == http.StatusMethodNotAllowed {
		failure.Reason = ReasonNoServiceAccounts
	}
	return failure
}

func accountsPath(group Resource) string { return resourcePath(group) + "/service_accounts" }

// FindAccount looks up the service account of a group that has a username or id. Errors are of type *Error:
// IsAccountNotFound when the group has no such account, HasNoServiceAccounts when GitLab has none at all. GitLab has no
// request for a single one.
// https://docs.gitlab.com/api/service_accounts/#list-all-group-service-accounts
func (s *Session) FindAccount(ctx context.Context, group Resource, nameOrID string) (Account, error) {
	group.Account = Account{Username: nameOrID}
	found, err := s.listAccounts(ctx, group)
	if err != nil {
		return Account{}, err
	}
	return pick(found, group)
}

// DescribeAccount is FindAccount for a plan: the list of a group is asked for once in the life of the Client.
func (s *Session) DescribeAccount(ctx context.Context, group Resource, nameOrID string) (Account, error) {
	group.Account = Account{Username: nameOrID}
	ctx = transport.WithPolicy(ctx, transport.Policy{Attempts: 1, MaxWait: longestWait})
	found, err := s.describedAccounts(group).Get(ctx, func(ctx context.Context) accountList {
		accounts, err := s.listAccounts(ctx, group)
		return accountList{accounts, err}
	})
	if err == nil {
		err = found.failure
	}
	if err != nil {
		return Account{}, fmt.Errorf("looking up the service account: %w", err)
	}
	return pick(found.accounts, group)
}

// accountList are the service accounts of a group, or why they are not known.
type accountList struct {
	accounts []Account
	failure  error
}

func (s *Session) describedAccounts(group Resource) *memo.Of[accountList] {
	ofToken := s.described()
	key := strings.ToLower(group.ID)
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	if ofToken.accounts == nil {
		ofToken.accounts = map[string]*memo.Of[accountList]{}
	}
	if ofToken.accounts[key] == nil {
		ofToken.accounts[key] = &memo.Of[accountList]{}
	}
	return ofToken.accounts[key]
}

func (s *Session) listAccounts(ctx context.Context, group Resource) ([]Account, error) {
	operation := fmt.Sprintf("listing the service accounts of %s", group.Owner())
	options := gogitlab.ListOptions{Page: 1, PerPage: 100}
	var found []Account
	for range maxPages {
		var page accountPage
		response, err := s.call(ctx, request{operation: operation, path: accountsPath(group), options: options,
			out: &page})
		if err != nil {
			return nil, ofAccount(group, err)
		}
		for _, entity := range page {
			if entity.ID == 0 {
				return nil, garbled(operation, errors.New("an account has no id"))
			}
			found = append(found, Account{ID: entity.ID, Username: string(entity.Username)})
		}
		if len(page) == 0 || response.NextPage <= options.Page {
			return found, nil
		}
		options.Page = response.NextPage
	}
	return nil, endless(operation)
}

// accountPage is one page of a list.
type accountPage []struct {
	ID       int64          `json:"id"`
	Username transport.Data `json:"username"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *accountPage) UnmarshalJSON(raw []byte) error {
	entities, err := transport.Elements[struct {
		ID       int64          `json:"id"`
		Username transport.Data `json:"username"`
	}](raw, 1000)
	*p = entities
	return err
}

// pick chooses by id, else by username, which may consist of digits, too. GitLab's usernames know no case.
func pick(accounts []Account, wanted Resource) (Account, error) {
	name := wanted.Account.Username
	for _, account := range accounts {
		if strconv.FormatInt(account.ID, 10) == name {
			return account, nil
		}
	}
	for _, account := range accounts {
		if strings.EqualFold(account.Username, name) {
			return account, nil
		}
	}
	return Account{}, &Error{Operation: fmt.Sprintf("looking up the %s", wanted), Reason: ReasonNotFound, Cause: errNoSuchAccount}
}

// getOfAccount finds a token in the list of its account, newest first: GitLab has no request for a single one that the
// owner of a group may make.
// https://docs.gitlab.com/api/service_accounts/#list-all-personal-access-tokens-for-a-group-service-account
func (s *Session) getOfAccount(ctx context.Context, resource Resource, id int64, operation string) (Token, error) {
	var found *Token
	err := s.eachPage(ctx, resource, listOptions{Sort: "created_desc"}, func(page []Token) bool {
		for i := range page {
			if page[i].ID == id {
				found = &page[i]
			}
		}
		return found == nil
	})
	switch {
	case err != nil:
		return Token{}, err
	case found == nil:
		const missing = "the account has no such access token"
		return Token{}, &Error{Operation: operation, Reason: ReasonNotFound, Message: missing, Cause: errors.New(missing)}
	}
	return *found, nil
}
