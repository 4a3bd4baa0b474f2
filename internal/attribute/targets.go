package attribute

import (
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// What GitLab finds projects and groups by: a numeric id, or a full path. A project's name alone is never looked up.
// https://docs.gitlab.com/api/rest/#namespaced-paths
var (
	projectReference = regexp.MustCompile(`^([0-9]+|[\w.-]+(/[\w.-]+)+)$`)
	groupReference   = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)*$`)
)

// GitLabProjectValidator accepts what GitLab may find a project by.
func GitLabProjectValidator() validator.String {
	return stringvalidator.All(OneSpellingValidator(), ReferenceValidator("must be the full path or the numeric id of a project", CheckGitLabProject))
}

// CheckGitLabProject refuses what cannot be the path or the id of a project.
func CheckGitLabProject(at path.Path, value string) diag.Diagnostic {
	if projectReference.MatchString(value) {
		return nil
	}
	return diag.NewAttributeErrorDiagnostic(at, "Not a project of GitLab", fmt.Sprintf(
		"The value is %q. It must be the full path of a project, such as acme/platform/apps/api, or its numeric id.", value))
}

// GitLabGroupValidator accepts what GitLab may find a group by.
func GitLabGroupValidator() validator.String {
	return stringvalidator.All(OneSpellingValidator(), StringValidator("must be the full path or the numeric id of a group",
		func(at path.Path, value string) diag.Diagnostic {
			if groupReference.MatchString(value) {
				return nil
			}
			return diag.NewAttributeErrorDiagnostic(at, "Not a group of GitLab", fmt.Sprintf(
				"The value is %q. It must be the full path of a group, such as acme/platform, or its numeric id.", value))
		}))
}

// OneSpellingValidator accepts paths, and ids as GitLab writes them: Infisical keeps an id as it is sent, and takes
// another spelling of it for another project or group.
func OneSpellingValidator() validator.String {
	return StringValidator("must not be an id with leading zeros", func(at path.Path, value string) diag.Diagnostic {
		id := gitlab.CanonicalID(value)
		if id == value {
			return nil
		}
		return diag.NewAttributeErrorDiagnostic(at, "Id with leading zeros", fmt.Sprintf("The value is %q. Write the id as GitLab shows it: %q. Infisical "+
			"takes the two for different projects or groups.", value, id))
	})
}
