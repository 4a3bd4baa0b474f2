package tokenpolicy

import (
	"fmt"
	"slices"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// JudgeManagedTarget judges a target of a token that a connection makes itself: whether it is there and in reach of the
// project or group that the token is made for. Both are as the provider's GitLab token sees them. What the token may do
// there follows from its role, which JudgeManaged judges.
func JudgeManagedTarget(own, target gitlab.TargetDescription, by TargetCase) []Finding {
	switch {
	case gitlab.IsNotFound(target.Failure):
		check := fmt.Sprintf("A managed token of %s can act only on what is in there, which the provider's GitLab token can see. Check the path.", own.Asked)
		if by.Only {
			check = "Check the path. If it is right, give the user of the provider's GitLab token a role there."
		}
		return []Finding{fault(AspectTargets, "Provider's GitLab token cannot see a target", fmt.Sprintf(
			"GitLab answers 404 when the provider's GitLab token asks for %s: it does not exist, or the provider's GitLab token cannot see it.\n%s", target.Asked, check))}
	case target.Failure != nil:
		return []Finding{notChecked(target, by.Instance)}
	case own.Failure != nil:
		return []Finding{notChecked(own, by.Instance)}
	}
	if ending := ending(target, by); ending != nil {
		return ending
	}
	synced := filter(by.Uses, func(use Use) bool { return use.Level() == target.Asked.Kind && use.writesVariables() })
	return slices.Concat(outside(own, target, by), renamed(target, by), withoutCICD(target, synced, by))
}

// outside: a token reaches its own project, or its group and what is below, or where its group is invited. Invitations
// further up are not known, which the way out of the error is for.
func outside(own, target gitlab.TargetDescription, by TargetCase) []Finding {
	if target.Within(own) {
		return nil
	}
	uses := filter(by.Uses, func(use Use) bool { return use.Level() == target.Asked.Kind })
	level, invited := target.Invited(own.ID)
	if own.Asked.Kind == gitlab.KindGroup && invited && level >= leastRole(uses) {
		return nil
	}
	found := fmt.Sprintf("%s is not %s", sentence(target.Resource().String()), own.Resource())
	if own.Asked.Kind == gitlab.KindGroup {
		found = fmt.Sprintf("%s is not in %s", sentence(target.Resource().String()), own.Resource())
		if invited {
			found += fmt.Sprintf(", which is invited to it with the role %s", level)
		}
	}
	remedy := "Set managed_access_token.group to a group that holds all targets, or remove the target"
	if len(uses) > 0 {
		remedy = fmt.Sprintf("%s at least: %s. %s", need(uses), leastRole(uses), remedy)
	}
	return []Finding{fault(AspectTargets, "Managed token would not reach a target",
		fmt.Sprintf("%s, so a token made there cannot act on it.\n%s.", found, remedy))}
}
