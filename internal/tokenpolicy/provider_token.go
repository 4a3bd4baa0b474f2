package tokenpolicy

import (
	"fmt"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// JudgeManagement returns a warning when the token that managed tokens are made with has ended, or has fewer full days
// left than expiryWarningDays. It does not report that GitLab could not be asked: whatever needs the token reports
// that.
func JudgeManagement(description gitlab.Description, instance string, now time.Time, expiryWarningDays int) []Finding {
	j := judgement{Description: description, Case: Case{Instance: instance, Declared: gitlab.KindPersonal, Now: now, ExpiryWarningDays: expiryWarningDays}}
	token := fmt.Sprintf("The provider's GitLab token %q", description.Name)
	const consequence = "Managed tokens are created, rotated and revoked with it"
	remedy := fmt.Sprintf("Create another one at %s, and set gitlab.token or GITLAB_TOKEN to it.", j.page(gitlab.KindPersonal))
	dead := func(why string) []Finding {
		return []Finding{{
			Severity: Warning, Aspect: AspectToken, Summary: "Provider's GitLab token does not work",
			Detail: fmt.Sprintf("%s. %s, which fails until it is replaced.\n%s", why, consequence, remedy),
		}}
	}
	switch expiresAt := description.ExpiresAt; {
	case description.Failure != nil && description.Failure.CondemnsToken():
		return dead(fmt.Sprintf("%s refuses the provider's GitLab token: %s", instance, strings.TrimSuffix(description.Failure.Explain(), ".")))
	case description.Failure != nil:
		return nil
	case description.Revoked:
		return dead(token + " was revoked")
	case expiresAt != nil && !expiresAt.After(now):
		return dead(fmt.Sprintf("%s stopped working on %s at 00:00 UTC", token, day(*expiresAt)))
	case expiresAt == nil || daysLeft(*expiresAt, now) >= expiryWarningDays:
		return nil
	default:
		return []Finding{{
			Severity: Warning, Aspect: AspectToken, Summary: "Provider's GitLab token expires soon",
			Detail: fmt.Sprintf("%s expires %s, %s. %s.\n%s", token, day(*expiresAt), left(*expiresAt, now), consequence, remedy),
		}}
	}
}
