package tokenpolicy

import (
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// JudgeRecorded returns a warning when a token has expired, or has fewer full days left than by.ExpiryWarningDays, by
// what is remembered of it: GitLab cannot be asked, as where the token is not at hand. Otherwise it returns nothing.
func JudgeRecorded(token gitlab.Token, by Case) []Finding {
	token.Active = true
	j := judgment{Description: gitlab.Description{Token: token}, Case: by}
	findings := j.dead()
	if findings == nil {
		findings = j.expiry()
	}
	for i := range findings {
		findings[i] = findings[i].AsWarning()
		findings[i].Detail += "\nThis is what the state records of the token; GitLab could not be asked now."
	}
	return findings
}
