package tokenpolicy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// permissions is what a fine-grained token needs on the project or group of a use, by the names that GitLab's API has.
// They are in its source under ci_cd/variable, integrations/webhook, repository/code and projects/project.
// https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/
// https://gitlab.com/gitlab-org/gitlab/-/tree/master/config/authz/permission_groups/assignable_permissions
var permissions = map[Use][]string{
	ProjectSecretSync:     {"create_variable", "delete_variable", readVariable, "update_variable"},
	GroupSecretSync:       {"create_variable", "delete_variable", readVariable, "update_variable"},
	ProjectSecretScanning: {"create_webhook", "delete_webhook", "download_code", "read_project", readWebhook, "update_webhook"},
	GroupSecretScanning:   {"create_webhook", "delete_webhook", "download_code", "read_group", "read_project", readWebhook, "update_webhook"},
}

// ownPermissions is what every fine-grained token needs on its user: Infisical asks GitLab who that is (GET /user), and
// this provider what the token may do.
var ownPermissions = []string{"read_personal_access_token", "read_user"}

const (
	readVariable = "read_variable"
	readWebhook  = "read_webhook"
)

// reading is the permission that the probe of a use proves.
func reading(use Use) string {
	if use.writesVariables() {
		return readVariable
	}
	return readWebhook
}

// permissionsFor returns what uses need together, sorted.
func permissionsFor(uses []Use) []string {
	needed := []string{}
	for _, use := range uses {
		needed = append(needed, permissions[use]...)
	}
	slices.Sort(needed)
	return slices.Compact(needed)
}

// canonical is a permission by the name of GitLab's API, be it written so or as in GitLab's pages: "Webhook: Create".
func canonical(permission string) string {
	resource, action, documented := strings.Cut(permission, ": ")
	if !documented {
		return permission
	}
	return strings.ToLower(action + "_" + strings.ReplaceAll(resource, " ", "_"))
}

// permitted are the permissions of those scopes that keep chooses.
func permitted(scopes []gitlab.GranularScope, keep func(gitlab.GranularScope) bool) []string {
	var all []string
	for _, scope := range scopes {
		if !keep(scope) {
			continue
		}
		for _, permission := range scope.Permissions {
			all = append(all, canonical(permission))
		}
	}
	return all
}

func permits(scope gitlab.GranularScope, permission string) bool {
	return slices.ContainsFunc(scope.Permissions, func(named string) bool { return canonical(named) == permission })
}

func lacking(needed, has []string) []string {
	return slices.DeleteFunc(slices.Clone(needed), func(permission string) bool { return slices.Contains(has, permission) })
}

// mayHoldAt reports a scope that may hold for targets of a level.
func mayHoldAt(level gitlab.Kind) func(gitlab.GranularScope) bool {
	return func(scope gitlab.GranularScope) bool {
		switch scope.Access {
		case gitlab.AccessUser:
			return false
		case gitlab.AccessPersonalProjects:
			return level == gitlab.KindProject
		case gitlab.AccessSelectedMemberships:
			return level == gitlab.KindProject || scope.GroupID != 0
		default:
			return true
		}
	}
}

// usesForbidden returns the uses for which a fine-grained token lacks a permission wherever it has any. None while
// GitLab does not say what it may do.
func usesForbidden(token gitlab.Token, uses []Use) []Use {
	if !token.Granular || token.GranularScopes == nil {
		return nil
	}
	return filter(uses, func(use Use) bool {
		return len(lacking(permissions[use], permitted(token.GranularScopes, mayHoldAt(use.Level())))) > 0
	})
}

// permissions judges a fine-grained token without regard to its targets.
func (j judgment) permissions() []Finding {
	if j.GranularScopes == nil {
		return []Finding{{
			Severity: Warning,
			Aspect:   AspectToken,
			Summary:  "Could not check the permissions of the GitLab token",
			Detail: fmt.Sprintf("%s is fine-grained, and %s does not say what it may do, as GitLab 19.5 and newer do.\n%s: %s. On its user it needs: %s.",
				j.subject(), j.Instance, need(everyUse(j.Uses)), list(permissionsFor(j.Uses)), list(ownPermissions)),
		}}
	}
	return slices.Concat(j.ownPermissions(), j.permissionsAt(gitlab.KindProject), j.permissionsAt(gitlab.KindGroup))
}

func (j judgment) ownPermissions() []Finding {
	has := permitted(j.GranularScopes, func(scope gitlab.GranularScope) bool {
		return scope.Access == gitlab.AccessUser || scope.Access == gitlab.AccessInstance
	})
	missing := lacking(ownPermissions, has)
	if len(missing) == 0 {
		return nil
	}
	return []Finding{fault(AspectToken, "GitLab token lacks a permission",
		fmt.Sprintf("%s does not have on its user: %s. Infisical asks GitLab with it who its user is.\nCreate a token with that permission %s.",
			j.subject(), list(missing), j.at(j.tokenPage())))}
}

// permissionsAt is what the token has on no project, or on no group.
func (j judgment) permissionsAt(level gitlab.Kind) []Finding {
	uses := filter(usesForbidden(j.Token, j.Uses), func(use Use) bool { return use.Level() == level })
	missing := lacking(permissionsFor(uses), permitted(j.GranularScopes, mayHoldAt(level)))
	if len(missing) == 0 {
		return nil
	}
	return []Finding{fault(AspectToken, "GitLab token lacks a permission",
		fmt.Sprintf("%s does not have on any %s: %s.\n%s there: %s.\nCreate a token with these permissions %s.",
			j.subject(), level, list(missing), need(uses), list(permissionsFor(uses)), j.at(j.tokenPage())))}
}

// reach says how a scope stands to a target.
type reach int

const (
	never reach = iota
	// perhaps: the scope is on a group that may be one above, of which GitLab tells the id of the nearest only.
	perhaps
	surely
)

// reachOf a scope: one on a group holds for what is in it. Of a target that the token may not look at, not even its id
// may be known.
func reachOf(scope gitlab.GranularScope, target gitlab.TargetDescription) reach {
	project, seen := target.Asked.Kind == gitlab.KindProject, target.Failure == nil
	switch {
	case scope.Access == gitlab.AccessInstance, scope.Access == gitlab.AccessAllMemberships && !target.Personal:
		return surely
	case scope.Access == gitlab.AccessAllMemberships:
		return perhaps // The project may be another person's.
	case scope.Access == gitlab.AccessPersonalProjects:
		return possible(project && (target.Personal || !seen))
	case scope.Access != gitlab.AccessSelectedMemberships:
		return never
	case project && scope.ProjectID != 0 && target.ID != 0:
		return certain(scope.ProjectID == target.ID)
	case project && scope.ProjectID != 0:
		return perhaps
	case scope.GroupID == 0 || target.Personal:
		return never
	case seen && project && scope.GroupID == target.NamespaceID, !project && scope.GroupID == target.ID:
		return surely
	default:
		return perhaps
	}
}

func certain(same bool) reach {
	if same {
		return surely
	}
	return never
}

func possible(may bool) reach {
	if may {
		return perhaps
	}
	return never
}

// permittedHere are the permissions of a fine-grained token in the target, as far as a use needs them. A list that
// GitLab has shown proves that a scope which may reach the target does.
func (j targetJudgment) permittedHere(use Use) []string {
	probe, read := j.probe(use), reading(use)
	at := func(which reach) func(gitlab.GranularScope) bool {
		return func(scope gitlab.GranularScope) bool { return reachOf(scope, j.target) == which }
	}
	has := permitted(j.GranularScopes, at(surely))
	if !probe.Granted {
		return append(has, permitted(j.GranularScopes, at(perhaps))...)
	}
	proven := permitted(j.GranularScopes, func(scope gitlab.GranularScope) bool { return at(perhaps)(scope) && permits(scope, read) })
	return slices.Concat(has, proven, []string{read})
}

// refusedHere are the permissions that GitLab has refused a fine-grained token in the target, which no scope has then.
func (j targetJudgment) refusedHere(use Use) []string {
	var refused []string
	if failure := j.target.Failure; failure != nil && failure.Reason == gitlab.ReasonGranular {
		refused = append(refused, "read_"+string(j.target.Asked.Kind))
	}
	if failure := j.probe(use).Failure; failure != nil && failure.Reason == gitlab.ReasonGranular {
		refused = append(refused, reading(use))
	}
	return refused
}

// missingHere are the permissions that a fine-grained token lacks in the target for a use.
func (j targetJudgment) missingHere(use Use) []string {
	if !j.Granular {
		return nil
	}
	has := permissions[use]
	if j.GranularScopes != nil {
		has = j.permittedHere(use)
	}
	return lacking(permissions[use], lacking(has, j.refusedHere(use)))
}

// permissions are what a fine-grained token may not do in the target.
func (j targetJudgment) permissions() []Finding {
	var missing []string
	uses := filter(j.usesHere(), func(use Use) bool {
		lacks := j.missingHere(use)
		missing = append(missing, lacks...)
		return len(lacks) > 0
	})
	if len(uses) == 0 {
		return nil
	}
	slices.Sort(missing)
	return []Finding{fault(AspectTargets, "GitLab token lacks a permission in a target",
		fmt.Sprintf("%s does not have in %s: %s.\n%s there: %s.\nCreate a token with these permissions on that %s, or on a group above it, %s.",
			j.subject(), j.target.Resource(), list(slices.Compact(missing)), need(uses), list(permissionsFor(uses)), j.target.Asked.Kind, j.at(j.tokenPage())))}
}

// PermissionTable returns the permissions of fine-grained tokens as a Markdown table, for the documentation.
func PermissionTable() string {
	var text strings.Builder
	text.WriteString("| use case | on | permissions |\n|---|---|---|\n")
	for _, use := range Uses() {
		fmt.Fprintf(&text, "| `%s` | the %s, or a group above it | %s |\n", use, use.Level(), code(permissions[use]))
	}
	fmt.Fprintf(&text, "| all of them | the user | %s |\n", code(ownPermissions))
	return text.String()
}
