package tokenpolicy

import (
	"fmt"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// Use is what a GitLab connection is for.
type Use string

// The uses, as use_cases spells them.
const (
	ProjectSecretSync     Use = "project_secret_sync"
	GroupSecretSync       Use = "group_secret_sync"
	ProjectSecretScanning Use = "project_secret_scanning"
	GroupSecretScanning   Use = "group_secret_scanning"
)

var titles = map[Use]string{
	ProjectSecretSync:     "Project Secret Sync",
	GroupSecretSync:       "Group Secret Sync",
	ProjectSecretScanning: "Project Secret Scanning",
	GroupSecretScanning:   "Group Secret Scanning",
}

// Uses returns all uses in the order of the manual.
func Uses() []Use {
	return []Use{ProjectSecretSync, GroupSecretSync, ProjectSecretScanning, GroupSecretScanning}
}

// ParseUse returns the use of that name. The error lists the names there are.
func ParseUse(name string) (Use, error) {
	if _, ok := titles[Use(name)]; ok {
		return Use(name), nil
	}
	return "", fmt.Errorf("%q is not a use case: use one of %s", name, list(Uses()))
}

// Title is the use in a sentence, such as "Group Secret Sync".
func (u Use) Title() string { return titles[u] }

// Level is the kind of target that the use acts on: gitlab.KindProject or gitlab.KindGroup.
func (u Use) Level() gitlab.Kind {
	switch u {
	case GroupSecretSync, GroupSecretScanning:
		return gitlab.KindGroup
	default:
		return gitlab.KindProject
	}
}

// writesVariables reports a use that needs the target's CI/CD variables; the others need its webhooks.
func (u Use) writesVariables() bool { return u == ProjectSecretSync || u == GroupSecretSync }

// list joins names with commas: "api, read_repository".
func list[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}

// titlesOf joins the titles of uses as a sentence does: "A, B and C".
func titlesOf(uses []Use) string {
	names := make([]string, len(uses))
	for i, use := range uses {
		names[i] = use.Title()
	}
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// need begins a sentence: "A needs", "A and B need".
func need(uses []Use) string {
	if len(uses) == 1 {
		return titlesOf(uses) + " needs"
	}
	return titlesOf(uses) + " need"
}
