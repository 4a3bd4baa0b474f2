package connection

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// oauthPath is where to report errors of the OAuth grant.
var oauthPath = path.Root("oauth")

// oauthModel is the nested attribute oauth.
type oauthModel struct {
	attribute.Presence

	Code    types.String
	Version types.Int64
}

// Attributes implements attribute.Model.
func (m *oauthModel) Attributes() attribute.Fields {
	return attribute.Fields{"authorization_code_wo": &m.Code, "authorization_code_wo_version": &m.Version}
}

// grant is an OAuth authorization code, as far as it is known, and the GitLab that it is for.
type grant struct {
	instanceURL types.String
	// code is without surrounding white space. A blank one counts as none.
	code    types.String
	version types.Int64
}

func (m *resourceModel) grant(instanceURL types.String) grant {
	return grant{instanceURL: instanceURL, code: trimmed(m.OAuth.Code), version: m.OAuth.Version}
}

// codeChange decides whether a code is sent to an existing connection: only if its version changes or is added, because
// a code can be used once. The server's hash does not count, because the server refreshes the tokens by itself.
func codeChange(state, config grant) change {
	switch {
	case config.isNew(state):
		return change{reason: "authorization_code_wo_version changes", missing: config.code.IsNull(),
			version: "keep oauth.authorization_code_wo_version as it is now"}
	case !sameInstanceURL(state.instanceURL, config.instanceURL):
		return change{reason: "instance_url changes", missing: !config.instanceURL.IsUnknown(), version: "raise oauth.authorization_code_wo_version"}
	}
	return change{}
}

// isNew reports a version that state does not have. An unknown one counts as new.
func (g grant) isNew(state grant) bool {
	return !g.version.IsNull() && !g.version.Equal(state.version)
}

// sends is whether an update sends a code.
func (g grant) sends(state grant) attribute.Presence {
	switch {
	case !g.isNew(state):
		return attribute.Null
	case g.version.IsUnknown():
		return attribute.Unknown
	}
	return attribute.PresenceOf(g.code)
}

// requireNewCode reports a code that is missing for a change, with the page to get it from.
func (o *operation) requireNewCode(ctx context.Context, change change) {
	if !change.missing {
		return
	}
	visit, colon := "Grant access at GitLab again", "."
	page := o.codePage(ctx)
	if page != "" {
		visit, colon = "Visit the page below, grant access", ":\n"+page
	}
	o.diags.AddAttributeError(oauthPath, "New authorization code needed", fmt.Sprintf(
		"A new code must be sent to Infisical because %s. %s, set oauth.authorization_code_wo to the code in the address that GitLab redirects to (a blank "+
			"value counts as not set), and %s%s",
		change.reason, visit, change.version, colon))
}

func (oauth) method() string { return infisical.MethodOAuth }

func (oauth) path() path.Path { return oauthPath }

// validate leaves everything to the plan, which can ask what the server offers.
func (oauth) validate(resourceModel) diag.Diagnostics { return nil }

// planCreate refuses what the server would refuse, as far as it is known, and says where to get a code.
func (oauth) planCreate(ctx context.Context, o *operation) {
	diags := o.diags
	uses := o.plan.uses()
	o.warnOfUses(uses)
	o.warnOfTargets(grantedScopes)
	if o.data.Infisical == nil {
		return
	}
	options, err := o.data.Infisical.Connections.Options(ctx)
	switch {
	case err != nil:
		diags.AddAttributeWarning(oauthPath, "Could not check whether Infisical offers OAuth",
			"Asking the server which methods it offers failed. "+transport.Sentence(err.Error()))
	case !options.Offers(infisical.MethodOAuth):
		diags.AddAttributeError(oauthPath, "Infisical offers no OAuth for GitLab",
			"This server offers for GitLab connections: "+strings.Join(options.Methods,
				", ")+". OAuth requires a self-hosted Infisical with a GitLab OAuth application. Use "+
				"access_token or managed_access_token instead.")
		return
	case options.OAuthClientID == "":
		diags.Append(oauthNotConfigured())
		return
	}
	if o.config.grant(o.plan.InstanceURL).code.IsNull() {
		where := "The provider can name the page to get it from once instance_url is known and Infisical says what it offers."
		if err == nil && o.plan.InstanceURL.ValueString() != "" {
			where = "Visit this page, grant access, and take the code from the address that GitLab redirects to:\n" +
				authorizeURL(o.data.Infisical, o.plan.InstanceURL, options.OAuthClientID, uses)
		}
		diags.AddAttributeError(oauthPath, "Authorization code needed",
			"A new OAuth connection needs oauth.authorization_code_wo, which is not set or blank. A code expires after ten minutes and can be used once. "+where)
	}
}

// planUpdate decides whether an update sends a code.
func (oauth) planUpdate(ctx context.Context, o *operation) {
	recorded, configured := o.state.grant(o.state.InstanceURL), o.config.grant(o.config.InstanceURL)
	secret := configured.sends(recorded)
	o.plan.InstanceURL = o.plannedURL(secret)
	if secret == attribute.Known {
		o.refuseUnconfirmed()
	}
	o.plan.CredentialsHash, o.plan.TokenDetails = o.state.CredentialsHash, o.state.TokenDetails
	configured.instanceURL = o.plan.InstanceURL
	change := codeChange(recorded, configured)
	o.requireNewCode(ctx, change)
	if change.send() {
		o.plan.CredentialsHash = types.StringUnknown()
	}
	o.warnOfUses(o.plan.uses())
	o.warnOfTargets(grantedScopes)
}

// record sets the nested attribute also for a grant that was obtained elsewhere and just imported.
func (oauth) record(m *resourceModel, _ infisical.Connection) { m.OAuth.Presence = attribute.Known }

func (oauth) readsAgain(*operation) bool { return false }

// refresh leaves the grant alone: Infisical renews its tokens by itself.
func (oauth) refresh(context.Context, *operation) {}

func (o *operation) warnOfUses(uses []tokenpolicy.Use) {
	if !o.judges(o.plan) {
		return
	}
	for _, finding := range tokenpolicy.JudgeOAuth(uses) {
		o.diags.AddAttributeWarning(path.Root("use_cases"), finding.Summary, finding.Message())
	}
}

// sendCode sends a code.
func sendCode(configured grant) *newCredentials {
	return &newCredentials{
		request: infisical.Credentials{Code: configured.code.ValueString(), InstanceURL: configured.instanceURL.ValueString()},
		// The address is recorded, so that the next code is sent there and not to one that only Infisical names.
		credentials: credentials{instanceURL: configured.instanceURL},
	}
}

func (oauth) credentialsOnUpdate(ctx context.Context, o *operation) *newCredentials {
	configured := o.config.grant(o.plan.InstanceURL)
	change := codeChange(o.state.grant(o.state.InstanceURL), configured)
	o.requireNewCode(ctx, change)
	if !change.send() || o.diags.HasError() {
		return nil
	}
	return sendCode(configured)
}

// credentialsOnCreate needs a code.
func (oauth) credentialsOnCreate(ctx context.Context, o *operation) *newCredentials {
	configured := o.config.grant(o.plan.InstanceURL)
	if configured.code.IsNull() {
		o.diags.AddAttributeError(oauthPath, "Authorization code needed",
			"A new OAuth connection needs oauth.authorization_code_wo, which is not set or blank."+
				whereFrom(o.codePage(ctx)))
		return nil
	}
	return sendCode(configured)
}

// redirectPath is where Infisical receives codes, below its SITE_URL.
const redirectPath = "/organization/app-connections/gitlab/oauth/callback"

// authorizeURL is the page to visit for a code, with the scopes that the uses need; all of them without uses.
func authorizeURL(client *infisical.Client, instanceURL types.String, clientID string, uses []tokenpolicy.Use) string {
	return gitlab.AuthorizeURL(instanceURL.ValueString(), clientID, redirectURI(client.Host()), "", oauthScopes(uses))
}

func redirectURI(siteURL string) string { return strings.TrimRight(siteURL, "/") + redirectPath }

// oauthScopes are what the uses need; without any, what all of them need.
func oauthScopes(uses []tokenpolicy.Use) []string {
	if len(uses) == 0 {
		uses = tokenpolicy.Uses()
	}
	requirement, _ := tokenpolicy.Requirements(gitlab.KindOAuth, uses) // OAuth can serve every use.
	return requirement.Scopes
}

func whereFrom(page string) string {
	if page == "" {
		return ""
	}
	return " Get it from this page:\n" + page
}

// codePage is the page to visit for a code; empty when the server does not tell, or GitLab's address is not known yet.
func (o *operation) codePage(ctx context.Context) string {
	client := o.data.Infisical
	if client == nil || o.plan.InstanceURL.ValueString() == "" {
		return ""
	}
	options, err := client.Connections.Options(ctx)
	if err != nil || options.OAuthClientID == "" {
		return ""
	}
	return authorizeURL(client, o.plan.InstanceURL, options.OAuthClientID, o.plan.uses())
}

func oauthNotConfigured() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(oauthPath, "Infisical has no GitLab OAuth application",
		"The Infisical server requires the environment variables INF_APP_CONNECTION_GITLAB_OAUTH_CLIENT_ID, INF_APP_CONNECTION_GITLAB_OAUTH_CLIENT_SECRET "+
			"and SITE_URL "+
			"before OAuth connections can be made. Create an OAuth application at GitLab with the redirect URI <SITE_URL>"+redirectPath+" and set its id and secret on the server.")
}
