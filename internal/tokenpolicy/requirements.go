// Package tokenpolicy knows what a GitLab token must be able to do for Infisical,
// and judges whether a described token can. It asks nobody and has no clock.
package tokenpolicy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// row is one line of the requirements in Infisical's manual.
type row struct {
	kind   gitlab.Kind
	uses   []Use
	scopes []string
	// accessLevel is the role that Infisical's manual asks for; 0 for tokens
	// that have the roles of their user.
	accessLevel gitlab.AccessLevel
	// gitLabAccessLevel is the role that GitLab itself asks for, where that is
	// less. 0 where it is the same.
	gitLabAccessLevel gitlab.AccessLevel
}

// table is the one place that says who needs what.
// https://infisical.com/docs/integrations/app-connections/gitlab
// https://docs.gitlab.com/api/project_level_variables/ (project variables ask for Maintainer)
var table = []row{
	{kind: gitlab.KindPersonal, uses: []Use{ProjectSecretSync, GroupSecretSync}, scopes: []string{"api"}},
	{kind: gitlab.KindPersonal, uses: []Use{ProjectSecretScanning, GroupSecretScanning}, scopes: []string{"api", "read_repository"}},
	{kind: gitlab.KindProject, uses: []Use{ProjectSecretSync}, scopes: []string{"api"}, accessLevel: gitlab.AccessLevelOwner,
		gitLabAccessLevel: gitlab.AccessLevelMaintainer},
	{kind: gitlab.KindProject, uses: []Use{ProjectSecretScanning}, scopes: []string{"api", "read_repository"}, accessLevel: gitlab.AccessLevelMaintainer},
	{kind: gitlab.KindGroup, uses: []Use{ProjectSecretSync}, scopes: []string{"api"}, accessLevel: gitlab.AccessLevelMaintainer},
	{kind: gitlab.KindGroup, uses: []Use{GroupSecretSync}, scopes: []string{"api"}, accessLevel: gitlab.AccessLevelOwner},
	{kind: gitlab.KindGroup, uses: []Use{ProjectSecretScanning}, scopes: []string{"api"}, accessLevel: gitlab.AccessLevelMaintainer},
	{kind: gitlab.KindGroup, uses: []Use{GroupSecretScanning}, scopes: []string{"api"}, accessLevel: gitlab.AccessLevelOwner},
	{kind: gitlab.KindOAuth, uses: []Use{ProjectSecretSync, GroupSecretSync}, scopes: []string{"api"}},
	{kind: gitlab.KindOAuth, uses: []Use{ProjectSecretScanning, GroupSecretScanning}, scopes: []string{"api", "read_repository"}},
}

func find(kind gitlab.Kind, use Use) (row, bool) {
	for _, row := range table {
		if row.kind == kind && slices.Contains(row.uses, use) {
			return row, true
		}
	}
	return row{}, false
}

// advised is the role that Infisical's manual asks for.
func (r row) advised() gitlab.AccessLevel { return r.accessLevel }

// enforced is the role without which GitLab refuses.
func (r row) enforced() gitlab.AccessLevel {
	if r.gitLabAccessLevel != 0 {
		return r.gitLabAccessLevel
	}
	return r.accessLevel
}

// Requirement is what a token of one kind needs for a set of uses together.
type Requirement struct {
	// Scopes, sorted.
	Scopes []string
	// AccessLevel is the least role that Infisical's manual asks for; 0 when the
	// kind has no role of its own.
	AccessLevel gitlab.AccessLevel
	// Permissions are what a fine-grained token needs instead of scopes, on each project or group that it acts on, and
	// UserPermissions on its user; sorted. nil for kinds that cannot be fine-grained.
	Permissions, UserPermissions []string
}

// ImpossibleError says that tokens of a kind cannot serve some uses, whatever
// their scopes and role.
type ImpossibleError struct {
	Kind gitlab.Kind
	// Uses that cannot be served.
	Uses []Use
}

// Error says what to do instead.
func (e *ImpossibleError) Error() string {
	return fmt.Sprintf("a %s cannot serve %s: use a group or personal access token", kindName(e.Kind), list(e.Uses))
}

// Requirements returns the union of the scopes and the highest of the roles that
// a token of this kind needs for uses, which may be empty. The error is an
// *ImpossibleError.
func Requirements(kind gitlab.Kind, uses []Use) (Requirement, error) {
	if impossible := impossibleUses(kind, uses); len(impossible) > 0 {
		return Requirement{}, &ImpossibleError{Kind: kind, Uses: impossible}
	}
	requirement := Requirement{Scopes: []string{}, AccessLevel: highest(kind, uses, row.advised)}
	for _, use := range uses {
		row, _ := find(kind, use)
		requirement.Scopes = append(requirement.Scopes, row.scopes...)
	}
	slices.Sort(requirement.Scopes)
	requirement.Scopes = slices.Compact(requirement.Scopes)
	if kind == gitlab.KindPersonal {
		requirement.Permissions, requirement.UserPermissions = permissionsFor(uses), slices.Clone(ownPermissions)
	}
	return requirement, nil
}

// highest returns the highest of the levels that uses ask for.
func highest(kind gitlab.Kind, uses []Use, level func(row) gitlab.AccessLevel) gitlab.AccessLevel {
	var found gitlab.AccessLevel
	for _, use := range uses {
		row, _ := find(kind, use)
		found = max(found, level(row))
	}
	return found
}

// usesAbove returns the uses that ask for a higher level than there is.
func usesAbove(has gitlab.AccessLevel, kind gitlab.Kind, uses []Use, level func(row) gitlab.AccessLevel) []Use {
	return filter(uses, func(use Use) bool {
		row, _ := find(kind, use)
		return level(row) > has
	})
}

// usesLacking returns the uses that need a scope which is not there.
func usesLacking(scopes []string, kind gitlab.Kind, uses []Use) []Use {
	return filter(uses, func(use Use) bool {
		return slices.ContainsFunc(scopesFor(kind, use), func(scope string) bool { return !slices.Contains(scopes, scope) })
	})
}

// scopesFor returns what every token of the kind needs, or a token of any kind
// when that is unknown.
func scopesFor(kind gitlab.Kind, use Use) []string {
	if kind != gitlab.KindUnknown {
		row, _ := find(kind, use)
		return row.scopes
	}
	var common []string
	for _, row := range table {
		switch {
		case !slices.Contains(row.uses, use):
		case common == nil:
			common = slices.Clone(row.scopes)
		default:
			common = slices.DeleteFunc(common, func(scope string) bool { return !slices.Contains(row.scopes, scope) })
		}
	}
	return common
}

func impossibleUses(kind gitlab.Kind, uses []Use) []Use {
	return filter(uses, func(use Use) bool {
		_, possible := find(kind, use)
		return !possible
	})
}

// filter returns the uses for which keep is true, in the manual's order and each
// once.
func filter(uses []Use, keep func(Use) bool) []Use {
	var kept []Use
	for _, use := range Uses() {
		if slices.Contains(uses, use) && keep(use) {
			kept = append(kept, use)
		}
	}
	return kept
}

func everyUse(uses []Use) []Use {
	return filter(uses, func(Use) bool { return true })
}

// Table returns the requirements as a Markdown table, for the documentation.
func Table() string {
	var text strings.Builder
	text.WriteString("| token | use cases | scopes | least role |\n|---|---|---|---|\n")
	for _, row := range table {
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", kindName(row.kind), code(row.uses), code(row.scopes), row.role())
	}
	return text.String()
}

func (r row) role() string {
	switch {
	case r.accessLevel == 0:
		return "-"
	case r.gitLabAccessLevel != 0:
		return fmt.Sprintf("`%s` (GitLab itself asks for `%s`)", r.accessLevel, r.gitLabAccessLevel)
	default:
		return fmt.Sprintf("`%s`", r.accessLevel)
	}
}

func code[T ~string](names []T) string {
	return "`" + strings.ReplaceAll(list(names), ", ", "`, `") + "`"
}

// kindName is a kind as GitLab's manual calls it.
func kindName(kind gitlab.Kind) string {
	switch kind {
	case gitlab.KindUnknown:
		return "access token"
	case gitlab.KindOAuth:
		return "OAuth access token"
	default:
		return string(kind) + " access token"
	}
}
