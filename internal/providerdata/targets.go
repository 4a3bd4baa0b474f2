package providerdata

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// What GitLab finds projects and groups by: a numeric id, or a full path. A project's name alone is never looked up.
// https://docs.gitlab.com/api/rest/#namespaced-paths
var (
	projectReference = regexp.MustCompile(`^([0-9]+|[\w.-]+(/[\w.-]+)+)$`)
	groupReference   = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)*$`)
)

// GitLabProjectValidator accepts what GitLab may find a project by.
func GitLabProjectValidator() validator.String {
	return stringvalidator.RegexMatches(projectReference, "must be the full path of a project, such as acme/platform/api, or its numeric id")
}

// GitLabGroupValidator accepts what GitLab may find a group by.
func GitLabGroupValidator() validator.String {
	return stringvalidator.RegexMatches(groupReference, "must be the full path of a group, such as acme/platform, or its numeric id")
}
