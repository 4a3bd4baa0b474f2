package function

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

func set(names ...string) types.Set {
	values := []attr.Value{}
	for _, name := range names {
		values = append(values, types.StringValue(name))
	}
	return types.SetValueMust(types.StringType, values)
}

func list(names ...string) types.List {
	values := []attr.Value{}
	for _, name := range names {
		values = append(values, types.StringValue(name))
	}
	return types.ListValueMust(types.StringType, values)
}

// run calls the function as the framework does.
func run(tested function.Function, arguments ...attr.Value) (attr.Value, *function.FuncError) {
	ctx := context.Background()
	var definition function.DefinitionResponse
	tested.Definition(ctx, function.DefinitionRequest{}, &definition)
	empty, funcErr := definition.Definition.Return.NewResultData(ctx)
	if funcErr != nil {
		return nil, funcErr
	}
	resp := function.RunResponse{Result: empty}
	tested.Run(ctx, function.RunRequest{Arguments: function.NewArgumentsData(arguments)}, &resp)
	return resp.Result.Value(), resp.Error
}

func assertError(t *testing.T, got *function.FuncError, argument int64, text string) {
	t.Helper()
	if got == nil {
		t.Fatal("got no error")
	}
	if got.FunctionArgument == nil || *got.FunctionArgument != argument {
		t.Errorf("got argument %v, want %d", got.FunctionArgument, argument)
	}
	if got.Text != text {
		t.Errorf("got  %q\nwant %q", got.Text, text)
	}
}

func TestDefinitionsAreValid(t *testing.T) {
	t.Parallel()
	for _, tested := range []function.Function{NewTokenRequirements(), NewOAuthAuthorizeURL()} {
		var metadata function.MetadataResponse
		tested.Metadata(t.Context(), function.MetadataRequest{}, &metadata)
		t.Run(metadata.Name, func(t *testing.T) {
			t.Parallel()
			var definition function.DefinitionResponse
			tested.Definition(t.Context(), function.DefinitionRequest{}, &definition)
			var validated function.DefinitionValidateResponse
			definition.Definition.ValidateImplementation(t.Context(), function.DefinitionValidateRequest{FuncName: metadata.Name}, &validated)
			if validated.Diagnostics.HasError() {
				t.Error(validated.Diagnostics)
			}
			parameters := definition.Definition.Parameters
			if definition.Definition.VariadicParameter != nil {
				parameters = append(parameters, definition.Definition.VariadicParameter)
			}
			for _, parameter := range parameters {
				if parameter.GetName() == "" || parameter.GetMarkdownDescription() == "" {
					t.Errorf("parameter %q has no description", parameter.GetName())
				}
			}
		})
	}
}

func TestTokenRequirements(t *testing.T) {
	t.Parallel()
	ofUser, none := list("read_personal_access_token", "read_user"), types.ListNull(types.StringType)
	tests := map[string]struct {
		tokenType   string
		useCases    types.Set
		scopes      types.List
		accessLevel types.String
		permissions types.List
		ofUser      types.List
	}{
		"personal": {"personal", set("group_secret_sync", "project_secret_sync"), list("api"), types.StringNull(),
			list("create_variable", "delete_variable", "read_variable", "update_variable"), ofUser},
		"for scanning": {"personal", set("group_secret_sync", "project_secret_scanning"), list("api", "read_repository"), types.StringNull(),
			list("create_variable", "create_webhook", "delete_variable", "delete_webhook", "download_code", "read_project", "read_variable", "read_webhook",
				"update_variable", "update_webhook"), ofUser},
		"project": {"project", set("project_secret_sync"), list("api"), types.StringValue("owner"), none, none},
		"group":   {"group", set("project_secret_sync", "project_secret_scanning"), list("api"), types.StringValue("maintainer"), none, none},
		"no uses": {"group", set(), list(), types.StringNull(), none, none},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, funcErr := run(NewTokenRequirements(), types.StringValue(test.tokenType), test.useCases)
			if funcErr != nil {
				t.Fatal(funcErr)
			}
			want := types.ObjectValueMust(requirementTypes, map[string]attr.Value{
				"scopes": test.scopes, "access_level": test.accessLevel, "permissions": test.permissions, "user_permissions": test.ofUser,
			})
			if !got.Equal(want) {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestTokenRequirements_wrongArguments(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		tokenType string
		useCases  types.Set
		argument  int64
		text      string
	}{
		"token_type": {"deploy", set(), 0, `"deploy" is not a kind of token: use one of personal, project, group`},
		"use_cases":  {"group", set("secret_sync"), 1, `"secret_sync" is not a use case: use one of project_secret_sync, group_secret_sync, project_secret_scanning, group_secret_scanning`},
		"null in use_cases": {
			"group", types.SetValueMust(types.StringType, []attr.Value{types.StringNull()}), 1,
			`"" is not a use case: use one of project_secret_sync, group_secret_sync, project_secret_scanning, group_secret_scanning`,
		},
		"impossible": {"project", set("group_secret_sync", "project_secret_sync"), 1,
			`a project access token cannot serve group_secret_sync: use a group or personal access token`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, funcErr := run(NewTokenRequirements(), types.StringValue(test.tokenType), test.useCases)
			assertError(t, funcErr, test.argument, test.text)
		})
	}
}

func instances(urls ...string) types.Tuple {
	elementTypes, values := []attr.Type{}, []attr.Value{}
	for _, address := range urls {
		elementTypes, values = append(elementTypes, types.StringType), append(values, types.StringValue(address))
	}
	return types.TupleValueMust(elementTypes, values)
}

const callback = "https://infisical.example.com/organization/app-connections/gitlab/oauth/callback"

func TestOAuthAuthorizeURL(t *testing.T) {
	t.Parallel()
	const query = "/oauth/authorize?client_id=app&redirect_uri=https%3A%2F%2Finfisical.example.com%2Forganization%2Fapp-connections%2Fgitlab%2Foauth%2Fcallback&response_type=code&scope="
	tests := map[string]struct {
		useCases  types.Set
		state     types.String
		instances types.Tuple
		want      string
	}{
		"gitlab.com, no state": {set("group_secret_sync"), types.StringValue(""), instances(), "https://gitlab.com" + query + "api"},
		"instance with path": {set("group_secret_sync"), types.StringValue(""), instances("https://GitLab.example.com/gitlab/"),
			"https://gitlab.example.com/gitlab" + query + "api"},
		"state": {set("project_secret_scanning", "project_secret_sync"), types.StringValue("a&b=c d"), instances(), "https://gitlab.com" +
			query + "api+read_repository&state=a%26b%3Dc+d"},
		"scopes": {set("api", "read_repository"), types.StringValue(""), instances(), "https://gitlab.com" + query + "api+read_repository"},
		"scope and use case": {set("read_repository", "group_secret_sync"), types.StringValue(""), instances(), "https://gitlab.com" + query +
			"api+read_repository"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, funcErr := run(NewOAuthAuthorizeURL(), types.StringValue("app"), types.StringValue(callback), test.useCases, test.state, test.instances)
			if funcErr != nil {
				t.Fatal(funcErr)
			}
			if want := types.StringValue(test.want); !got.Equal(want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestOAuthAuthorizeURL_wrongArguments(t *testing.T) {
	t.Parallel()
	const noAddress = "it must be a complete https:// (or http://) address, such as " + callback
	tests := map[string]struct {
		clientID, redirectURI string
		useCases              types.Set
		instances             types.Tuple
		argument              int64
		text                  string
	}{
		"client_id":            {" ", callback, set("api"), instances(), 0, "it is empty: set it to the Application ID of the GitLab OAuth application"},
		"redirect_uri, a path": {"app", "/callback", set("api"), instances(), 1, noAddress},
		"redirect_uri, a host": {"app", "infisical.example.com", set("api"), instances(), 1, noAddress},
		"use_cases, empty": {"app", callback, set(), instances(), 2,
			"it is empty: name at least one of project_secret_sync, group_secret_sync, project_secret_scanning, group_secret_scanning"},
		"use_cases, unknown": {"app", callback, set("sudo"), instances(), 2,
			`"sudo" is not a use case: use one of project_secret_sync, group_secret_sync, project_secret_scanning, group_secret_scanning, or a scope: api, read_repository`},
		"instance_url, two": {"app", callback, set("api"), instances("https://a.example.com", "https://b.example.com"), 5, "give one address at most"},
		"instance_url, a name": {"app", callback, set("api"), instances("gitlab.example.com"), 4,
			"not the URL of a GitLab instance such as https://gitlab.com: it must begin with https:// (or http://)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, funcErr := run(NewOAuthAuthorizeURL(), types.StringValue(test.clientID), types.StringValue(test.redirectURI), test.useCases,
				types.StringValue(""), test.instances)
			assertError(t, funcErr, test.argument, test.text)
		})
	}
}

// Whatever the values, a browser and GitLab read them back as they were given.
func TestOAuthAuthorizeURL_escapes(t *testing.T) {
	t.Parallel()
	readBack := func(clientID, path, state string) bool {
		clientID, redirectURI := "id"+clientID, callback+"?next="+url.QueryEscape(path)
		got, funcErr := run(NewOAuthAuthorizeURL(), types.StringValue(clientID), types.StringValue(redirectURI), set(string(tokenpolicy.GroupSecretScanning)),
			types.StringValue(state), instances())
		if funcErr != nil {
			t.Log(funcErr)
			return false
		}
		address, ok := got.(types.String)
		if !ok {
			return false
		}
		parsed, err := url.Parse(address.ValueString())
		if err != nil || parsed.Fragment != "" || parsed.Host != "gitlab.com" || parsed.Path != "/oauth/authorize" {
			return false
		}
		query, err := url.ParseQuery(parsed.RawQuery)
		return err == nil && query.Get("client_id") == clientID && query.Get("redirect_uri") == redirectURI &&
			query.Get("state") == state && slices.Equal(strings.Fields(query.Get("scope")), []string{"api", "read_repository"}) &&
			query.Get("response_type") == "code"
	}
	if err := quick.Check(readBack, nil); err != nil {
		t.Error(err)
	}
}
