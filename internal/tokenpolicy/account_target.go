package tokenpolicy

import (
	"fmt"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// JudgeAccountTarget judges a target of the tokens that a connection makes for a service account: whether it is there,
// and whether the account has the role that the uses need. Both are as the provider's GitLab token sees them; the
// target's AccessLevel is the account's.
func JudgeAccountTarget(account gitlab.Resource, target gitlab.TargetDescription, by TargetCase) []Finding {
	switch {
	case gitlab.IsNotFound(target.Failure):
		return []Finding{fault(AspectTargets, "Provider's GitLab token cannot see a target", fmt.Sprintf(
			"GitLab answers 404 when the provider's GitLab token asks for %s: it does not exist, or the provider's GitLab token cannot see it. So the role of the %s "+
				"there cannot be checked.\nCheck the path.", target.Asked, account))}
	case target.Failure != nil:
		return []Finding{notChecked(target, by.Instance)}
	}
	if ending := ending(target, by); ending != nil {
		return ending
	}
	uses := filter(by.Uses, func(use Use) bool { return use.Level() == target.Asked.Kind })
	synced := filter(uses, Use.writesVariables)
	return append(append(accountRole(account, target, uses, by.Instance), renamed(target, by)...), withoutCICD(target, synced, by)...)
}

// accountRole: GitLab gives the highest of the account's memberships. A custom role may grant more than the level that
// it is based on.
func accountRole(account gitlab.Resource, target gitlab.TargetDescription, uses []Use, instance string) []Finding {
	least, failure := leastRole(uses), target.AccessLevelFailure
	if len(uses) == 0 || target.AccessLevel >= least {
		return nil
	}
	where := target.Resource()
	give := fmt.Sprintf("%s at least: %s. Give @%s that role at %s.", need(uses), least, account.Account.Username, gitlab.MembersPage(instance, place(target)))
	unproven := func(why string) []Finding {
		return []Finding{{
			Severity: Warning, Aspect: AspectTargets, Summary: "Could not check the service account's role in a target",
			Detail: fmt.Sprintf("%s.\n%s", why, give),
		}}
	}
	switch {
	case failure != nil && !gitlab.IsNotFound(failure):
		return unproven(fmt.Sprintf("Asking for the role of the %s in %s failed: %s", account, where, strings.TrimSuffix(failure.Explain(), ".")))
	case target.CustomRole:
		return unproven(fmt.Sprintf("The %s has a custom role in %s that is based on %s, and GitLab does not say what it adds", account, where,
			target.AccessLevel))
	}
	has := "no role"
	if failure == nil {
		has = fmt.Sprintf("the role %s", target.AccessLevel)
	}
	return []Finding{fault(AspectTargets, "Service account lacks a role in a target",
		fmt.Sprintf("The %s has %s in %s.\n%s", account, has, where, give))}
}
