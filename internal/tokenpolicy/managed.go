package tokenpolicy

import (
	"fmt"
	"slices"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// JudgeManaged judges what a configuration asks a new token to be made with. nil
// scopes and a zero access level stand for the defaults, which suffice. Nothing
// is asked of anybody, so its errors are not waivable; only the role that GitLab
// does not insist on is a warning.
func JudgeManaged(kind gitlab.Kind, uses []Use, scopes []string, accessLevel gitlab.AccessLevel) []Finding {
	if impossible := impossibleUses(kind, uses); len(impossible) > 0 {
		return []Finding{{
			Severity: Error,
			Aspect:   AspectUses,
			Summary:  "A project access token cannot serve this use",
			Detail: fmt.Sprintf("A project access token can act on its own project only. %s a group access token: set group instead of project, or remove "+
				"%s from use_cases.",
				need(impossible), list(impossible)),
		}}
	}
	requirement, _ := Requirements(kind, uses) // The error was ruled out above.
	var findings []Finding
	missing := slices.DeleteFunc(requirement.Scopes, func(scope string) bool { return slices.Contains(scopes, scope) })
	if scopes != nil && len(missing) > 0 {
		findings = append(findings, Finding{
			Severity: Error,
			Aspect:   AspectScopes,
			Summary:  "Managed token would lack a scope",
			Detail: fmt.Sprintf("The token would have %s. %s also: %s.\nAdd that, or remove scopes: it defaults to what use_cases need.",
				scopeText(scopes), need(usesLacking(scopes, kind, uses)), list(missing)),
		})
	}
	if accessLevel != 0 && accessLevel < requirement.AccessLevel {
		findings = append(findings, judgeManagedRole(kind, uses, accessLevel))
	}
	return findings
}

func judgeManagedRole(kind gitlab.Kind, uses []Use, accessLevel gitlab.AccessLevel) Finding {
	if refused := usesAbove(accessLevel, kind, uses, row.enforced); len(refused) > 0 {
		return Finding{
			Severity: Error,
			Aspect:   AspectAccessLevel,
			Summary:  "Managed token would have too low a role",
			Detail: fmt.Sprintf("The token would have the role %s. %s at least: %s.\nSet access_level = %q, or remove it: it defaults to that.",
				accessLevel, need(refused), highest(kind, refused, row.advised), highest(kind, uses, row.advised)),
		}
	}
	advised := usesAbove(accessLevel, kind, uses, row.advised)
	return Finding{
		Severity: Warning,
		Aspect:   AspectAccessLevel,
		Summary:  "Managed token would have a lower role than Infisical's manual asks for",
		Detail: fmt.Sprintf("The token would have the role %s. For %s Infisical's manual asks for at least: %s. GitLab itself asks for %s, so the token may "+
			"still work.",
			accessLevel, titlesOf(advised), highest(kind, advised, row.advised), highest(kind, advised, row.enforced)),
	}
}
