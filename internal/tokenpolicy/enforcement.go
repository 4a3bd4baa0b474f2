package tokenpolicy

import (
	"fmt"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// onlyFineGrained reports that GitLab refuses a classic token because it, or a group, takes fine-grained ones only. To
// a fine-grained token the same refusal, in the same words, says that a permission is missing.
// https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/#enforce-fine-grained-personal-access-tokens
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/services/authz/tokens/authorize_granular_scopes_service.rb
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

// tooClassic is the finding on a classic token that is refused in a place, such as "group 87 (acme)", where uses need
// permissions; empty is everywhere.
func (j judgment) tooClassic(aspect Aspect, in string, uses []Use, refusal *gitlab.Error) Finding {
	finding := fmt.Sprintf("%s is a classic one, and %s: %s.\n", j.subject(), takesFineGrained(j.Instance, in), strings.TrimSuffix(refusal.Explain(), "."))
	with := fmt.Sprintf("at least %s of its user", list(ownPermissions))
	if len(uses) > 0 {
		where := " there"
		if in == "" {
			where = ""
		}
		finding += fmt.Sprintf("%s%s: %s; and of the token's user: %s.\n", need(uses), where, list(permissionsFor(uses)), list(ownPermissions))
		with = "these permissions"
	}
	return fault(aspect, "GitLab takes fine-grained tokens only", finding+fmt.Sprintf("Create a fine-grained personal access token with %s at %s, "+
		"or use a token of a service account, a project or a group, which newer versions of GitLab exempt.", with, j.page(gitlab.KindPersonal)))
}

// takesFineGrained says who takes fine-grained tokens only: all of a GitLab, or, in a place, either that or its
// top-level group.
func takesFineGrained(instance, in string) string {
	if in == "" {
		return instance + " takes fine-grained tokens only"
	}
	return fmt.Sprintf("fine-grained ones alone may act on %s, by a setting of its top-level group or of %s", in, instance)
}
