package function

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

var _ function.Function = oauthAuthorizeURL{}

// NewOAuthAuthorizeURL returns the function gitlab_oauth_authorize_url.
func NewOAuthAuthorizeURL() function.Function { return oauthAuthorizeURL{} }

type oauthAuthorizeURL struct{}

// The positions of the arguments, for errors.
const (
	clientIDArgument = iota
	redirectURIArgument
	useCasesArgument
	stateArgument
	instanceURLArgument
)

// Metadata names the function.
func (oauthAuthorizeURL) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "gitlab_oauth_authorize_url"
}

// Definition describes the function.
func (oauthAuthorizeURL) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The GitLab page to visit for an OAuth authorization code",
		MarkdownDescription: "Returns the URL of the GitLab page where a person authorizes an OAuth application. " +
			"GitLab then redirects to `redirect_uri` with a `code` in the query, for `oauth.authorization_code_wo` of `infisical_gitlab_connection`. " +
			"The code can be used once and expires after ten minutes.\n\n" +
			"The function escapes all values. It sends no request to GitLab or Infisical.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name: "client_id",
				MarkdownDescription: "Application ID of the GitLab OAuth application, such as `oauth_client_id` of the data source " +
					"`infisical_gitlab_connection_options`.",
			},
			function.StringParameter{
				Name: "redirect_uri",
				MarkdownDescription: "Redirect URI, exactly as registered with the application. " +
					"For Infisical: `<SITE_URL>/organization/app-connections/gitlab/oauth/callback`.",
			},
			function.SetParameter{
				Name:        "use_cases",
				ElementType: types.StringType,
				MarkdownDescription: "What the connection is for: at least one of " + quoted(useNames()) + ". The scopes follow from these. " +
					"Scopes (" + quoted(oauthScopes()) + ") can be listed here as well.",
			},
			function.StringParameter{
				// Not null: OpenTofu 1.12 sends nothing at all for a null argument, and blames the provider for it.
				Name:                "state",
				MarkdownDescription: "Arbitrary text that GitLab returns together with the code, to match the answer to the request. Omitted when empty.",
			},
		},
		VariadicParameter: function.StringParameter{
			Name:                "instance_url",
			MarkdownDescription: "Address of the GitLab instance; at most one. Defaults to `" + gitlab.DefaultInstanceURL + "`.",
		},
		Return: function.StringReturn{},
	}
}

// Run builds the address.
func (oauthAuthorizeURL) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var clientID, redirectURI, state string
	var names []types.String
	var instances []string
	resp.Error = function.ConcatFuncErrors(resp.Error, req.Arguments.Get(ctx, &clientID, &redirectURI, &names, &state, &instances))
	if resp.Error != nil {
		return
	}
	resp.Error = checkClient(clientID, redirectURI)
	if resp.Error != nil {
		return
	}
	scopes, err := scopesOf(names)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(useCasesArgument, err.Error())
		return
	}
	instance, funcErr := oneInstance(instances)
	if funcErr != nil {
		resp.Error = funcErr
		return
	}
	resp.Error = resp.Result.Set(ctx, gitlab.AuthorizeURL(instance, clientID, redirectURI, state, scopes))
}

func checkClient(clientID, redirectURI string) *function.FuncError {
	if strings.TrimSpace(clientID) == "" {
		return function.NewArgumentFuncError(clientIDArgument, "it is empty: set it to the Application ID of the GitLab OAuth application")
	}
	parsed, err := url.Parse(redirectURI)
	if err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return function.NewArgumentFuncError(redirectURIArgument, "it must be a complete https:// (or http://) address, such as "+
			"https://infisical.example.com/organization/app-connections/gitlab/oauth/callback")
	}
	return nil
}

// scopesOf returns the union of the scopes that use cases need and of those that
// are named themselves, sorted.
func scopesOf(names []types.String) ([]string, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("it is empty: name at least one of %s", strings.Join(useNames(), ", "))
	}
	var uses []tokenpolicy.Use
	var scopes []string
	for _, name := range names {
		if slices.Contains(oauthScopes(), name.ValueString()) {
			scopes = append(scopes, name.ValueString())
			continue
		}
		use, err := tokenpolicy.ParseUse(name.ValueString())
		if err != nil {
			return nil, fmt.Errorf("%w, or a scope: %s", err, strings.Join(oauthScopes(), ", "))
		}
		uses = append(uses, use)
	}
	requirement, err := tokenpolicy.Requirements(gitlab.KindOAuth, uses)
	if err != nil {
		return nil, err
	}
	scopes = append(scopes, requirement.Scopes...)
	slices.Sort(scopes)
	return slices.Compact(scopes), nil
}

// oauthScopes are the scopes that Infisical can need of an OAuth application.
func oauthScopes() []string {
	requirement, err := tokenpolicy.Requirements(gitlab.KindOAuth, tokenpolicy.Uses())
	if err != nil {
		panic(err) // An OAuth application can serve every use; a test looks.
	}
	return requirement.Scopes
}

func oneInstance(instances []string) (string, *function.FuncError) {
	if len(instances) == 0 {
		return gitlab.DefaultInstanceURL, nil
	}
	if len(instances) > 1 {
		return "", function.NewArgumentFuncError(instanceURLArgument+1, "give one address at most")
	}
	instance, err := gitlab.NormalizeInstanceURL(instances[0])
	if err != nil {
		return "", function.NewArgumentFuncError(instanceURLArgument, err.Error())
	}
	return instance, nil
}
