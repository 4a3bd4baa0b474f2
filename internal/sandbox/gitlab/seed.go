package gitlab

import (
	"fmt"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// The first ids of each sort of thing, apart enough that one is not taken for another.
const (
	seededUserID     = 3
	firstGroupID     = 87
	firstProjectID   = 1203
	firstBotID       = 2001
	firstTokenID     = 501
	firstNewTokenID  = 9001
	seededGroupPath  = "acme"
	seededDaysToLive = 180

	// personalNamespaceID is added to a user's id for that of the namespace.
	personalNamespaceID = 5000
)

// seededAt is when projects and groups were made.
var seededAt = time.Date(2024, time.March, 1, 10, 0, 0, 0, time.UTC)

// seed makes the groups acme (id 87), acme/platform and acme/platform/apps, the projects acme/app (id 1203) and
// acme/platform/apps/api, and a token of every sort that matters to a connection.
func (g *Server) seed() {
	g.lastUserID, g.lastBotID, g.lastTokenID = seededUserID-1, firstBotID-1, firstTokenID-1
	g.lastGroupID, g.lastProjectID = firstGroupID-1, firstProjectID-1
	acme := g.AddGroup(seededGroupPath)
	g.AddGroup("acme/platform/apps")
	app := g.AddProject("acme/app")
	g.AddProject("acme/platform/apps/api")

	owner, maintainer, developer := g.AddUser("ada"), g.AddUser("max"), g.AddUser("dev")
	g.AddMember(acme, owner, OwnerAccess)
	g.AddMember(acme, maintainer, MaintainerAccess)
	g.AddMember(acme, developer, DeveloperAccess)

	g.seedPersonalTokens(owner, maintainer, developer)
	g.seedServiceAccounts(acme)
	g.seedResourceTokens(acme, app)
	g.addOAuthToken("oauth-api", g.AddApplication("https://infisical.example.com/organization/app-connections/gitlab/oauth/callback").ClientID, owner.ID,
		[]string{"api"})
	g.lastTokenID = firstNewTokenID - 1
}

// date is a date so many days from today, in UTC.
func (g *Server) date(days int) *string {
	return new(g.now().UTC().AddDate(0, 0, days).Format(time.DateOnly))
}

func (g *Server) seedPersonalTokens(owner, maintainer, developer User) {
	later := g.date(seededDaysToLive)
	for _, spec := range []TokenSpec{
		{Name: "personal-api", User: owner, ExpiresAt: later},
		{Name: "personal-api-read-repository", User: owner, Scopes: []string{"api", "read_repository"}, ExpiresAt: later},
		{Name: "personal-read-api", User: owner, Scopes: []string{"read_api"}, ExpiresAt: later},
		{Name: "personal-read-repository", User: owner, Scopes: []string{"read_repository"}, ExpiresAt: later},
		{Name: "personal-expired", User: owner, ExpiresAt: g.date(-1)},
		{Name: "personal-revoked", User: owner, ExpiresAt: later, Revoked: true},
		{Name: "personal-expires-soon", User: owner, ExpiresAt: g.date(5)},
		{Name: "personal-never-expires", User: owner},
		{Name: "impersonation-api", Kind: ImpersonationToken, User: owner, ExpiresAt: later},
		{Name: "granular", Kind: GranularToken, User: owner, Granular: []GranularScope{UserScope("read_user")}, ExpiresAt: later},
		{Name: "granular-described", Kind: GranularToken, User: owner, Granular: []GranularScope{UserScope("read_user", readSelf)}, ExpiresAt: later},
		{Name: "personal-routable", User: owner, ExpiresAt: later, Value: longestToken()},
		{Name: "personal-prefixed", User: owner, ExpiresAt: later, Value: "SIE-" + newTokenValue()},
		{Name: "admin-management", User: owner, ExpiresAt: later},
		{Name: "maintainer-management", User: maintainer, ExpiresAt: later},
		{Name: "developer-management", User: developer, ExpiresAt: later},
		{Name: "read-api-management", User: owner, Scopes: []string{"read_api"}, ExpiresAt: later},
	} {
		g.seedToken(spec)
	}
}

func (g *Server) seedServiceAccounts(acme Group) {
	ofGroup := func() string { return fmt.Sprintf("service_account_group_%d_%s", acme.ID, server.RandomHex(16)) }
	for _, account := range []struct {
		name, username string
		accessLevel    int
		scopes         []string
	}{
		{"service-account-api", ofGroup(), MaintainerAccess, []string{"api"}},
		{"service-account-scanning", ofGroup(), MaintainerAccess, []string{"api", "read_repository"}},
		{"service-account-developer", ofGroup(), DeveloperAccess, []string{"api"}},
		{"service-account-instance", "service_account_" + server.RandomHex(16), MaintainerAccess, []string{"api"}},
		{"service-account-named", "deployer", MaintainerAccess, []string{"api"}}, // the name is a free choice
	} {
		user := g.AddServiceAccount(account.username)
		if account.name != "service-account-instance" {
			user = g.giveToGroup(user, acme)
		}
		g.AddMember(acme, user, account.accessLevel)
		g.seedToken(TokenSpec{Name: account.name, Kind: ServiceAccountToken, User: user, Scopes: account.scopes})
	}
}

func (g *Server) seedResourceTokens(acme Group, app Project) {
	scanning := []string{"api", "read_repository"}
	for _, spec := range []TokenSpec{
		{Name: "project-owner-api", Resource: app, AccessLevel: OwnerAccess},
		{Name: "project-owner-scanning", Resource: app, AccessLevel: OwnerAccess, Scopes: scanning},
		{Name: "project-maintainer-api", Resource: app, AccessLevel: MaintainerAccess},
		{Name: "project-maintainer-scanning", Resource: app, AccessLevel: MaintainerAccess, Scopes: scanning},
		{Name: "project-developer-api", Resource: app, AccessLevel: DeveloperAccess},
		{Name: "project-developer-scanning", Resource: app, AccessLevel: DeveloperAccess, Scopes: scanning},
		{Name: "project-owner-read-api", Resource: app, AccessLevel: OwnerAccess, Scopes: []string{"read_api"}},
		{Name: "group-owner-api", Resource: acme, AccessLevel: OwnerAccess},
		{Name: "group-owner-scanning", Resource: acme, AccessLevel: OwnerAccess, Scopes: scanning},
		{Name: "group-maintainer-api", Resource: acme, AccessLevel: MaintainerAccess},
		{Name: "group-maintainer-scanning", Resource: acme, AccessLevel: MaintainerAccess, Scopes: scanning},
		{Name: "group-developer-api", Resource: acme, AccessLevel: DeveloperAccess},
		{Name: "group-developer-scanning", Resource: acme, AccessLevel: DeveloperAccess, Scopes: scanning},
		{Name: "group-owner-read-api", Resource: acme, AccessLevel: OwnerAccess, Scopes: []string{"read_api"}},
	} {
		spec.ExpiresAt = g.date(seededDaysToLive)
		g.seedToken(spec)
	}
}

// seedToken is not registered as a secret before somebody gets its value: most of the seeds nobody uses.
func (g *Server) seedToken(spec TokenSpec) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.addToken(spec)
}
