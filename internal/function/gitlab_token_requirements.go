// Package function holds the provider-defined functions. They are pure: they work
// in terraform validate and terraform console, without a network or a login.
package function

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

var _ function.Function = tokenRequirements{}

// NewTokenRequirements returns the function gitlab_token_requirements.
func NewTokenRequirements() function.Function { return tokenRequirements{} }

type tokenRequirements struct{}

// Metadata names the function.
func (tokenRequirements) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "gitlab_token_requirements"
}

var requirementTypes = map[string]attr.Type{
	"scopes":       types.ListType{ElemType: types.StringType},
	"access_level": types.StringType,

	"permissions":      types.ListType{ElemType: types.StringType},
	"user_permissions": types.ListType{ElemType: types.StringType},
}

// Definition describes the function.
func (tokenRequirements) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "What a GitLab access token needs for the use cases of a connection",
		MarkdownDescription: "Returns the scopes and the role that a GitLab access token needs so that a GitLab connection can serve the given use cases, " +
			"ready for `gitlab_group_access_token`, `gitlab_project_access_token` and `gitlab_personal_access_token`.\n\n" +
			"The result is an object with `scopes`, a sorted list, and `access_level`, the least role by GitLab's name (such as `maintainer`). " +
			"`access_level` is null for personal tokens, which have the roles of their user, and when there are no use cases. " +
			"For several use cases the result is the union of the scopes and the highest of the roles:\n\n" +
			tokenpolicy.Table() +
			"\nA fine-grained personal token has permissions instead of scopes: `permissions`, sorted, on each project or group that it acts on, and " +
			"`user_permissions` on its user. Both are null for other tokens, which GitLab does not make fine-grained.\n\n" +
			tokenpolicy.PermissionTable(),
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "token_type",
				MarkdownDescription: "Kind of the token: " + quoted(tokenTypes()) + ". The token of a service account is `personal`.",
			},
			function.SetParameter{
				Name:                "use_cases",
				ElementType:         types.StringType,
				MarkdownDescription: "What the connection is for: any of " + quoted(useNames()) + ". A project token cannot serve the use cases of groups.",
			},
		},
		Return: function.ObjectReturn{AttributeTypes: requirementTypes},
	}
}

// Run looks the requirements up.
func (tokenRequirements) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var tokenType string
	var names []types.String
	resp.Error = function.ConcatFuncErrors(resp.Error, req.Arguments.Get(ctx, &tokenType, &names))
	if resp.Error != nil {
		return
	}
	if !slices.Contains(tokenTypes(), tokenType) {
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf("%q is not a kind of token: use one of %s", tokenType, strings.Join(tokenTypes(), ", ")))
		return
	}
	var uses []tokenpolicy.Use
	for _, name := range names {
		use, err := tokenpolicy.ParseUse(name.ValueString())
		if err != nil {
			resp.Error = function.NewArgumentFuncError(1, err.Error())
			return
		}
		uses = append(uses, use)
	}
	requirement, err := tokenpolicy.Requirements(gitlab.Kind(tokenType), uses)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(1, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, requirementObject(requirement))
}

func requirementObject(requirement tokenpolicy.Requirement) types.Object {
	accessLevel := types.StringNull()
	if requirement.AccessLevel != 0 {
		accessLevel = types.StringValue(requirement.AccessLevel.String())
	}
	return types.ObjectValueMust(requirementTypes, map[string]attr.Value{
		"scopes":       listOf(requirement.Scopes),
		"access_level": accessLevel,

		"permissions":      listOf(requirement.Permissions),
		"user_permissions": listOf(requirement.UserPermissions),
	})
}

// listOf names; null for nil.
func listOf(names []string) types.List {
	if names == nil {
		return types.ListNull(types.StringType)
	}
	elements := make([]attr.Value, len(names))
	for i, name := range names {
		elements[i] = types.StringValue(name)
	}
	return types.ListValueMust(types.StringType, elements)
}

func tokenTypes() []string {
	return []string{string(gitlab.KindPersonal), string(gitlab.KindProject), string(gitlab.KindGroup)}
}

func useNames() []string {
	var names []string
	for _, use := range tokenpolicy.Uses() {
		names = append(names, string(use))
	}
	return names
}

// quoted lists names in Markdown: "`a`, `b`".
func quoted(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }
