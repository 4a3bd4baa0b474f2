package secretscanning

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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
		stringvalidator.RegexMatches(includedProject, "must be * or the full path of a project, such as acme/platform/api"),
	)
}
