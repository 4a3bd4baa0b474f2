package tokenpolicy

import (
	"fmt"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// JudgeOAuth returns the warning that an OAuth connection cannot be judged by its
// uses, or nothing without uses: only Infisical holds its token.
func JudgeOAuth(uses []Use) []Finding {
	if len(uses) == 0 {
		return nil
	}
	requirement, _ := Requirements(gitlab.KindOAuth, uses) // An OAuth application can serve every use.
	return []Finding{{
		Severity: Warning,
		Aspect:   AspectUses,
		Summary:  "Cannot check use_cases of an OAuth connection",
		Detail: fmt.Sprintf("%s %s. Only Infisical and GitLab know whether the OAuth grant covers that.\nRequest it in the authorize URL, and make sure that the GitLab application has it.",
			need(everyUse(uses)), scopeText(requirement.Scopes)),
	}}
}
