package gitlab

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// acmes is a service account of the group acme.
func acmes(t *testing.T, sb *sandbox.Sandbox, name string) Resource {
	t.Helper()
	group := Resource{Kind: KindGroup, ID: "87"}
	account, err := newClient(t).At(sb.GitLab.URL(), sb.GitLab.Token("admin-management").Value).FindAccount(t.Context(), group, name)
	if err != nil {
		t.Fatal(err)
	}
	group.Account = account
	return group
}

func TestFindAccount(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	sb.GitLab.AddServiceAccount("of-the-instance")
	for i := range 150 { // More than a page.
		sb.GitLab.AddGroupServiceAccount(sb.GitLab.Group("acme"), fmt.Sprintf("sync-%d", i))
	}
	id := strconv.Itoa(sb.GitLab.User("deployer").ID)
	for name, found := range map[string]string{"deployer": "deployer", "DEPLOYER": "deployer", id: "deployer", "sync-149": "sync-149", "of-the-instance": "",
		"ada": "", "sync": "", "3": ""} {
		management := sb.GitLab.Token("admin-management").Value
		account, err := newClient(t).At(sb.GitLab.URL(), management).FindAccount(t.Context(), Resource{Kind: KindGroup, ID: "acme"}, name)
		if account.Username != found || IsAccountNotFound(err) != (found == "") {
			t.Errorf("%s: got %+v, %v", name, account, err)
		}
	}
}

func TestDescribeAccount_asksOnce(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	client, management := newClient(t), sb.GitLab.Token("admin-management").Value
	for _, name := range []string{"deployer", "nobody", "deployer"} {
		_, err := client.At(sb.GitLab.URL(), management).DescribeAccount(t.Context(), Resource{Kind: KindGroup, ID: "acme"}, name)
		if IsAccountNotFound(err) != (name == "nobody") {
			t.Errorf("%s: %v", name, err)
		}
	}
	assertRequests(t, sb, "GET /api/v4/groups/{id}/service_accounts")
}

func TestAccountTokens(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	client, url, management := newClient(t), sb.GitLab.URL(), sb.GitLab.Token("admin-management").Value
	account := acmes(t, sb, "deployer")

	// 1. A token is made, personal and without a role.
	minted := mint(t, sb, account, options())
	if minted.Kind != KindPersonal || !minted.ServiceAccount || minted.Username != "deployer" || minted.ResourceID != 87 || minted.AccessLevel != 0 ||
		minted.UserID != int64(sb.GitLab.User("deployer").ID) {
		t.Errorf("got %+v", minted.Token)
	}
	description, err := client.At(url, minted.Value()).Describe(t.Context(), DescribeOptions{})
	if err != nil || description.Kind != KindPersonal || description.UserID != minted.UserID {
		t.Errorf("GitLab describes it as %+v, %v", description.Token, err)
	}

	// 2. It is found by name and by id, also on a later page.
	for range 120 {
		mint(t, sb, account, options())
	}
	if found, err := client.At(url, management).ListActive(t.Context(), account, "nonce-1"); err != nil || len(found) != 121 {
		t.Errorf("found %d, %v", len(found), err)
	}
	if got, err := client.At(url, management).Get(t.Context(), account, minted.ID); err != nil || got.ID != minted.ID || got.Kind != KindPersonal {
		t.Errorf("got %+v, %v", got, err)
	}

	// 3. It is revoked, as often as one likes.
	for range 2 {
		if err := client.At(url, management).Revoke(t.Context(), account, minted.ID); err != nil {
			t.Error(err)
		}
	}
	if got, err := client.At(url, management).Get(t.Context(), account, minted.ID); err != nil || !got.Revoked {
		t.Errorf("got %+v, %v", got, err)
	}

	// 4. One that is not there, and an account that is not.
	if _, err := client.At(url, management).Get(t.Context(), account, 4711); !IsTokenNotFound(err) || IsAccountNotFound(err) {
		t.Errorf("got %v", err)
	}
	if err := client.At(url, management).Revoke(t.Context(), account, 4711); err != nil {
		t.Error(err)
	}
	sb.GitLab.DeleteUser(sb.GitLab.User("deployer"))
	if err := client.At(url, management).Revoke(t.Context(), account, minted.ID); !IsAccountNotFound(err) || IsTokenNotFound(err) || !IsNotFound(err) {
		t.Errorf("got %v", err)
	}
}

func TestAccountTokens_refused(t *testing.T) {
	t.Parallel()
	account := Account{ID: 6, Username: "deployer"}
	for name, tc := range map[string]struct {
		option     sandbox.Option
		management string
		account    Account
		change     func(*MintOptions)
		is         func(error) bool
	}{
		"community edition":  {option: sandbox.WithCommunityGitLab(), is: HasNoServiceAccounts},
		"owner's read token": {management: "read-api-management", is: IsForbidden},
		"maintainer":         {management: "maintainer-management", is: IsForbidden},
		"lifetime":           {change: func(o *MintOptions) { o.ExpiresAt = inDays(500) }, is: IsExpiryRefused},
		"scope":              {change: func(o *MintOptions) { o.Scopes = []string{"none"} }, is: IsInvalid},
		"a person":           {account: Account{ID: 3}, is: IsAccountNotFound},
		"nobody":             {account: Account{ID: 4711}, is: IsAccountNotFound},
		"not looked up":      {account: Account{Username: "deployer"}, is: IsAccountNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var with []sandbox.Option
			if tc.option != nil {
				with = append(with, tc.option)
			}
			sb := startSandbox(t, with...)
			of := Resource{Kind: KindGroup, ID: "87", Account: account}
			of.Account.ID = int64(sb.GitLab.User("deployer").ID)
			if tc.account.isSet() {
				of.Account = tc.account
			}
			management, wanted := "admin-management", options()
			if tc.management != "" {
				management = tc.management
			}
			if tc.change != nil {
				tc.change(&wanted)
			}
			_, err := newClient(t).At(sb.GitLab.URL(), sb.GitLab.Token(management).Value).Mint(t.Context(), of, wanted)
			if !tc.is(err) || IsAmbiguous(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Before 17.11 GitLab makes tokens of service accounts, but neither lists nor revokes them.
func TestAccountTokens_olderGitLab(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t, sandbox.WithOlderGitLab())
	account, management := acmes(t, sb, "deployer"), sb.GitLab.Token("admin-management").Value
	mint(t, sb, account, options())
	_, err := newClient(t).At(sb.GitLab.URL(), management).ListActive(t.Context(), account, "")
	if !HasNoServiceAccounts(err) {
		t.Errorf("listing: %v", err)
	}
	if err := newClient(t).At(sb.GitLab.URL(), management).Revoke(t.Context(), account, 7); !HasNoServiceAccounts(err) {
		t.Errorf("revoking: %v", err)
	}
}

// The role of another user is asked for once, and does not count to the requests for a target.
func TestDescribeTarget_member(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	client, management := newClient(t), sb.GitLab.Token("admin-management").Value
	deployer := int64(sb.GitLab.User("deployer").ID)
	nobody := int64(sb.GitLab.AddServiceAccount("nobody").ID)
	for range 2 {
		for id, level := range map[int64]AccessLevel{deployer: AccessLevelMaintainer, nobody: 0} {
			question := TargetQuestion{Resource: Resource{Kind: KindProject, ID: "acme/app"}, TargetOptions: TargetOptions{MemberID: id}}
			described, err := client.At(sb.GitLab.URL(), management).DescribeTarget(t.Context(), question)
			if err != nil || described.AccessLevel != level || IsNotFound(described.AccessLevelFailure) != (level == 0) {
				t.Errorf("user %d: got %s, %v, %v", id, described.AccessLevel, described.AccessLevelFailure, err)
			}
		}
	}
	if requests := len(sb.Log.Requests()); requests != 3 {
		t.Errorf("%d requests", requests)
	}
}

func TestResource_accountInWords(t *testing.T) {
	t.Parallel()
	group := Resource{Kind: KindGroup, ID: "87", Path: "acme"}
	for want, account := range map[string]Account{
		"service account @deployer of group acme (id 87)": {ID: 6, Username: "deployer"},
		"service account @6 of group acme (id 87)":        {ID: 6},
		"group acme (id 87)":                              {},
	} {
		group.Account = account
		if got := group.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
