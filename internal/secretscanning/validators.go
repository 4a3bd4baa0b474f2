package secretscanning

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
)

// maxName is how many characters the name of a data source may have.
const maxName = 64

// everyProject is what includes all projects of a group.
const everyProject = "*"

// What Infisical takes as projects of a group to scan: https://github.com/Infisical/infisical,
// backend/src/ee/services/secret-scanning-v2/gitlab/gitlab-secret-scanning-schemas.ts.
const (
	maxIncluded     = 100
	maxIncludedPath = 256
)

var includedProject = regexp.MustCompile(`^(\*|[a-zA-Z0-9._-]+(/[a-zA-Z0-9._-]+)+)$`)

// includedProjectValidator accepts * and the full path of a project.
func includedProjectValidator() validator.String {
	return stringvalidator.All(
		stringvalidator.LengthAtMost(maxIncludedPath),
		stringvalidator.RegexMatches(includedProject, "must be * or the full path of a project, such as acme/platform/apps/api"),
	)
}

// refuseMadeUp checks in a plan what validation leaves to it.
func (m *resourceModel) refuseMadeUp() diag.Diagnostics {
	diags := attribute.RefuseMadeUp(path.Root("project_id"), m.ProjectID, attribute.CheckProjectID)
	diags.Append(attribute.RefuseMadeUp(path.Root("connection_id"), m.ConnectionID, attribute.CheckUUID)...)
	diags.Append(attribute.RefuseMadeUp(preflight.TargetPath.AtName("project"), m.Target.Project, attribute.CheckGitLabProject)...)
	return diags
}
