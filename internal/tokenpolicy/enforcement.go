package tokenpolicy

import (
	"fmt"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// onlyFineGrained reports that GitLab refuses a classic token because it, or a group, takes fine-grained ones only. To
// a fine-grained token the same refusal says that a permission is missing.
// https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/
func onlyFineGrained(token gitlab.Token, failures ...*gitlab.Error) *gitlab.Error {
	if token.Granular {
		return nil
	}
	for _, failure := range failures {
		if failure != nil && failure.Reason == gitlab.ReasonGranular {
			return failure
		}
	}
	return nil
}

// tooClassic is the finding on a classic token that is refused in a place, such as "group 87 (acme)"; empty is
// everywhere.
func (j judgment) tooClassic(aspect Aspect, in string, failure *gitlab.Error) Finding {
	where, needed := j.Instance, ""
	if in != "" {
		where += " (or a group above) for " + in
	}
	if len(j.Uses) > 0 {
		needed = fmt.Sprintf(" with the permissions %s", list(permissionsFor(j.Uses)))
	}
	return fault(aspect, "GitLab takes fine-grained tokens only", fmt.Sprintf(
		"%s is a classic one, and %s takes fine-grained tokens only: %s.\nCreate a fine-grained personal access token%s at %s, or use a token of a service account, "+
			"a project or a group, which newer versions of GitLab exempt.",
		j.subject(), where, strings.TrimSuffix(failure.Explain(), "."), needed, j.page(gitlab.KindPersonal)))
}
